import t from 'tap';
import { ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { openRegistry } from '../../../src/runtime/registry/client.ts';
import { configuredRegistry, toldBy } from '../../../src/runtime/registry/open.ts';
import { registeredIds, registerSubjects, surveySubjects, viewSubjects } from '../../../src/runtime/registry/subjects.ts';
import { smartHome } from '../../properties/world.ts';
import { fakeRegistry, type Mode } from './server.ts';

const plan = smartHome();
const subjects = viewSubjects(plan, ownTopics('unjoin.'));
const names = subjects.map(({ subject }) => subject);

t.test('subjects are those of the topics', async (t) => {
  t.same(names, ['unjoin.view.device-health-value', 'unjoin.view.feature-usage-value', 'unjoin.view.presence-by-area-value']);
});

t.test('where somebody may announce periods, what subjects authorise has a schema of its own', async (t) => {
  const signers = [{ name: 'officer', key: '', may: ['period'] }];
  const all = viewSubjects({ ...plan, signers }, ownTopics('unjoin.'));
  t.same(all.map(({ subject }) => subject), names.flatMap((name) => [name, name.replace('-value', '.authorised-value')])); // biome-ignore format: a line
  t.equal(new Set(all.map(({ view }) => view)).size, all.length, 'each goes by a name of its own');
  t.match(JSON.parse(all[1].schema), { name: 'DeviceHealthAuthorised' });
  t.equal(viewSubjects({ ...plan, signers: [{ ...signers[0], may: ['erasure'] }] }, ownTopics('unjoin.')).length, names.length);
});

t.test('what is missing is registered once, and a second run changes nothing', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  await t.rejects(registeredIds(registry, subjects), { code: 'misconfigured', message: /device-health-value: unjoin provision/ });
  server.put(names[1], subjects[1].schema);
  const survey = await surveySubjects(registry, subjects);
  t.same([survey.register.map(({ subject }) => subject), survey.keep.map(({ subject, id }) => [subject, id])], [[names[0], names[2]], [[names[1], 1]]]); // biome-ignore format: a line
  t.notOk(
    server.asked.some((asked) => /^POST .*versions$/.test(asked)),
    'nothing is registered by looking',
  );
  const ids = await registerSubjects(registry, survey);
  t.same(ids, { 'device-health': 2, 'feature-usage': 1, 'presence-by-area': 3 });
  const again = await surveySubjects(registry, subjects);
  t.same([again.register, again.refused, again.keep.length], [[], [], 3]);
  t.same(await registerSubjects(registry, again), ids);
  t.same(Object.fromEntries(await registeredIds(registry, subjects)), ids);
});

t.test('a schema that the subject does not let in is told before anything is registered', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  server.put(names[0], { type: 'record', name: 'Old', fields: [] });
  server.compatibility = 'REFUSE';
  const survey = await surveySubjects(registry, subjects);
  t.same(survey.refused.map(({ subject }) => subject), [names[0]]); // biome-ignore format: a line
  const late = { ...survey, register: survey.refused };
  await t.rejects(registerSubjects(registry, late), {
    code: 'misconfigured',
    message: /refuses the schema of unjoin\.view\.device-health-value/,
  });
});

t.test('an id that stands for another schema is not written', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  const lying = {
    ...registry,
    lookUp: async () => ({ value: { id: server.put('other', '"string"'), version: 1 }, failure: null }),
  } as typeof registry;
  await t.rejects(registeredIds(lying, subjects), { code: 'misconfigured', message: /stands for another/ });
});

t.test('a registry that does not answer is an error of its kind', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  const cases: readonly (readonly [Mode, string, boolean])[] = [
    ['failing', 'unreachable', true],
    ['broken', 'unreachable', true],
    ['denied', 'denied', false],
    ['redirecting', 'misconfigured', false],
    ['garbage', 'misconfigured', false],
    ['proxy', 'misconfigured', false],
  ];
  for (const [mode, code, canRetry] of cases) {
    server.mode = mode;
    await t.rejects(surveySubjects(registry, subjects), { name: 'TransportError', code, canRetry }, mode);
    await t.rejects(registeredIds(registry, subjects), { name: 'TransportError', code, canRetry }, mode);
  }
  t.throws(() => toldBy({ failure: 'slow' }), { code: 'unreachable', canRetry: true });
  t.throws(() => toldBy({ failure: 'untrusted' }), { code: 'misconfigured' });
  t.throws(() => toldBy({ failure: 'oversized' }), { code: 'misconfigured' });
});

t.test('a configuration has a registry or a folder', async (t) => {
  t.equal(configuredRegistry({ kind: 'dir', dir: 'x' }), null);
  const server = await fakeRegistry(t);
  const registry = configuredRegistry({ kind: 'registry', ...server.settings });
  t.same(await registry?.reach(), { value: true, failure: null });
  registry?.close();
});
