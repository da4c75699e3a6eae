import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import t from 'tap';
import type { SchemaAnswer } from '../../src/runtime/log/kafka/schemas.ts';
import { ownTopics } from '../../src/runtime/log/kafka/settings.ts';
import { openRegistry } from '../../src/runtime/registry/client.ts';
import type { RegistrySettings } from '../../src/runtime/registry/http.ts';
import { openResolver } from '../../src/runtime/registry/resolver.ts';
import { registeredIds, registerSubjects, surveySubjects, viewSubjects } from '../../src/runtime/registry/subjects.ts';
import { makeCertificates, STORE_PASSWORD } from '../../tools/kafka/certificates.ts';
import { missingRegistry, startRegistry } from '../../tools/kafka/registry.ts';
import { smartHome } from '../properties/world.ts';
import { fakeRegistry } from '../runtime/registry/server.ts';
import { cannotStart } from './support/broker.ts';

/** The real Apicurio registry, by the API that it shares with Confluent's. */
const plan = smartHome();
const subjects = viewSubjects(plan, ownTopics('unjoin.'));

t.test('a registry over TLS is trusted by its authority alone', async (t) => {
  if (await cannotStart(t, missingRegistry())) return;
  const { store, caPem } = await makeCertificates(join(t.testdir(), 'certs'));
  const server = await fakeRegistry(t, { pfx: readFileSync(store), passphrase: STORE_PASSWORD });
  server.login = 'gate:secret';
  const reach = async (more: Partial<RegistrySettings>) => {
    const registry = openRegistry({ ...server.settings, login: { username: 'gate', password: 'secret' }, ...more });
    const { failure } = await registry.schema(server.put('a', { type: 'string' }));
    registry.close();
    return failure;
  };
  t.equal(await reach({ ca: caPem }), null);
  const asked = server.asked.length;
  t.equal(await reach({}), 'untrusted');
  t.equal(await reach({ ca: rootCertificates[0] }), 'untrusted');
  t.equal(await reach({ ca: caPem, url: server.url.replace('127.0.0.1', '127.0.0.2') }), 'silent');
  t.equal(await reach({ ca: caPem, url: server.url.replace('https', 'http') }), 'silent', 'plain text where TLS is spoken');
  t.equal(server.asked.length, asked, 'and nothing was sent to whoever is not trusted');
});

t.test('a real registry', async (t) => {
  if (await cannotStart(t, missingRegistry())) return;
  const server = await startRegistry();
  t.teardown(server.stop);
  const registry = openRegistry({ url: server.url, ca: null, timeoutMs: 10_000, login: null });
  t.teardown(registry.close);
  const clock = { ms: 0 };
  const { resolve } = openResolver({ registry, plan, nowMs: () => clock.ms, pause: async () => {} });
  const inTime = (name: number | string): Promise<SchemaAnswer> => {
    clock.ms += 60_000;
    return resolve(name);
  };

  t.same(await registry.reach(), { value: true, failure: null });
  t.equal(await resolve(1), 'unknown');
  t.equal(await resolve('0'.repeat(32)), 'unknown', 'it has no GUIDs');

  const source = plan.events[1].schemas[0].json as object;
  const put = async (subject: string, schema: object): Promise<number> => {
    const told = await registry.register(subject, JSON.stringify(schema));
    if (told.failure !== null || told.value === null) throw new Error('not registered');
    return told.value;
  };
  const id = await put('telemetry.operation-value', { ...source, doc: 'as a gateway has it' });
  const foreign = await put('telemetry.other-value', { type: 'record', name: 'Other', fields: [] });
  t.equal(await inTime(id), plan.events[0].schemas.length, 'a schema that was registered a moment later');
  t.equal(await inTime(foreign), 'unknown');
  t.match(await registry.latest('telemetry.operation-value'), { value: { kind: 'avro' } });
  t.match(await registry.latest('none-value'), { value: { kind: 'missing' } });

  const survey = await surveySubjects(registry, subjects);
  t.same([survey.register.length, survey.keep.length, survey.refused.length], [3, 0, 0]);
  const ids = await registerSubjects(registry, survey);
  t.equal(new Set(Object.values(ids)).size, 3);
  t.same((await surveySubjects(registry, subjects)).register, []);
  t.same(Object.fromEntries(await registeredIds(registry, subjects)), ids);

  const rule = await fetch(`${server.url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"compatibility":"BACKWARD"}',
  });
  t.equal(rule.status, 200);
  const [first] = subjects;
  const other = { ...first, schema: JSON.stringify({ type: 'record', name: 'Other', fields: [{ name: 'more', type: 'string' }] }) };
  const refused = await surveySubjects(registry, [other]);
  t.equal(refused.refused.length, 1, 'a schema that may not follow');
  t.same(await registry.register(first.subject, other.schema), { value: null, failure: null });

  await server.stop();
  t.equal(await inTime(id + 100), 'unavailable');
  t.equal(await inTime(id), plan.events[0].schemas.length, 'what is known stays known');
});
