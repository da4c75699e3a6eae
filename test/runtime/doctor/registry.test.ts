import t from 'tap';
import type { Check } from '../../../src/runtime/doctor/check.ts';
import { registryChecks } from '../../../src/runtime/doctor/registry.ts';
import { ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { openRegistry } from '../../../src/runtime/registry/client.ts';
import { registerSubjects, surveySubjects, viewSubjects } from '../../../src/runtime/registry/subjects.ts';
import { smartHome } from '../../properties/world.ts';
import { fakeRegistry, type Mode } from '../registry/server.ts';

const plan = smartHome();
const topics = ownTopics('unjoin.');
const SOURCES = { device: 'telemetry.device', operation: 'telemetry.operation', location: 'telemetry.location' };
const schemaOf = (event: string): unknown => plan.events.find(({ name }) => name === event)?.schemas[0].json;
const told = ({ status, name, told: text }: Check): string => `${status} ${name} ${text}`;

t.test('a registry that has everything, and one that lacks something', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  server.put('telemetry.device-value', schemaOf('device'));
  server.put('telemetry.location-value', { type: 'record', name: 'Other', fields: [] });
  const lacking = await registryChecks(registry, plan, topics, SOURCES);
  t.same(lacking.map(told).toSorted(), [
    'fail schema unjoin.view.device-health-value lacks the schema of released records',
    'fail schema unjoin.view.feature-usage-value lacks the schema of released records',
    'fail schema unjoin.view.presence-by-area-value lacks the schema of released records',
    'ok registry it answers',
    'ok schema the last of telemetry.device-value is one of the policy',
    'warn schema telemetry.operation-value has none',
    'warn schema the last of telemetry.location-value is none of the policy: its records are quarantined',
  ]);
  t.ok(lacking.filter(({ status }) => status === 'fail').every(({ exit, next }) => exit === 78 && next?.includes('provision')));
  await registerSubjects(registry, await surveySubjects(registry, viewSubjects(plan, topics)));
  server.put('telemetry.location-value', { ...(schemaOf('location') as object), doc: 'ours' });
  server.put('telemetry.operation-value', schemaOf('operation'));
  const whole = await registryChecks(registry, plan, topics, SOURCES);
  t.same(new Set(whole.map(({ status }) => status)), new Set(['ok']));
  t.equal(whole.length, 7);
});

t.test('one that cannot be used says why, and what to do', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  const cases: readonly (readonly [Mode, Check['exit'], RegExp])[] = [
    ['broken', 69, /does not answer/],
    ['failing', 69, /cannot answer/],
    ['denied', 77, /refuses/],
    ['redirecting', 78, /elsewhere/],
    ['other', 78, /something else/],
    ['huge', 78, /something else/],
  ];
  for (const [mode, exit, text] of cases) {
    server.mode = mode;
    const checks = await registryChecks(registry, plan, topics, SOURCES);
    t.match(checks, [{ name: 'registry', status: 'fail', exit, told: text, next: /./ }], mode);
    t.equal(checks.length, 1);
  }
});
