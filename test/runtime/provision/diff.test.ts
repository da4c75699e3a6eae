import t from 'tap';
import type { TopicState } from '../../../src/runtime/log/kafka/admin.ts';
import { ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { differenceOf, problemsOf } from '../../../src/runtime/provision/diff.ts';
import { aclRules, topicSpecs } from '../../../src/runtime/provision/specs.ts';
import { smartHome } from '../../properties/world.ts';

const input = {
  plan: smartHome(),
  topics: ownTopics('unjoin.'),
  sources: { device: 'telemetry.device', operation: 'telemetry.operation', location: 'telemetry.location' },
  group: 'gate',
  tasks: 16,
  sourcePartitions: 16,
  viewPartitions: 4,
  principals: { service: 'User:gate', gateways: ['User:gateway'] },
};
const specs = topicSpecs(input);
const rules = aclRules(input);

t.test('a fresh cluster lacks everything; one that was provisioned lacks nothing', async (t) => {
  const fresh = differenceOf(specs, [], rules, []);
  t.equal(fresh.create.length, specs.length);
  t.equal(fresh.allow.length, rules.length);
  const again = differenceOf(specs, specs, rules, rules);
  t.match(again, { create: [], allow: [], problems: [] });
  t.equal(again.keep.length, specs.length);
});

const wrong = (name: string, change: Partial<TopicState>): string[] => {
  const spec = specs.find((topic) => topic.name === name);
  if (spec === undefined) throw new Error(`no topic ${name}`);
  const actual = { ...spec, ...change, settings: { ...spec.settings, ...change.settings } };
  return problemsOf(spec, actual).map(({ setting, expected }) => `${setting} ${expected}`);
};

t.test('topics that cannot be used as they are', async (t) => {
  const source = 'telemetry.device';
  t.strictSame(wrong(source, { settings: { 'message.timestamp.type': 'CreateTime' } }), ['message.timestamp.type LogAppendTime']);
  t.strictSame(wrong(source, { settings: { 'cleanup.policy': 'compact' } }), ['cleanup.policy delete']);
  t.match(wrong(source, { settings: { 'retention.ms': '1000' } }), [/^retention.ms at least/]);
  t.strictSame(wrong(source, { settings: { 'retention.ms': '-1' } }), [], 'sources may be kept for as long as their owner wants');
  t.match(
    wrong('unjoin.view.device-health', { settings: { 'retention.ms': '-1' } }),
    [/^retention.ms at most/],
    'longer than the policy says',
  );
  t.match(wrong('unjoin.quarantine', { settings: { 'retention.ms': String(73 * 3_600_000) } }), [/^retention.ms at most 259200000/]);
  t.strictSame(wrong('unjoin.ledger', { partitions: 8 }), ['partitions 16']);
  t.strictSame(wrong('unjoin.ledger', { settings: { 'cleanup.policy': 'delete' } }), ['cleanup.policy compact']);
  t.strictSame(wrong('unjoin.view.device-health', { partitions: 9 }), [], 'a view may have any');
});

t.test('a consumer may read its view and nothing else; nobody but the service reads what is its own', async (t) => {
  const readers = (topic: string): string[] =>
    rules
      .filter(({ resource, name, operation }) => resource === 'topic' && name === topic && operation === 'read')
      .map(({ principal }) => principal);
  for (const { name, consumers } of input.plan.views) t.strictSame(readers(`unjoin.view.${name}`), consumers.map((consumer) => `User:${consumer}`)); // biome-ignore format: a line
  for (const topic of ['unjoin.quarantine', 'unjoin.lineage', 'unjoin.audit']) t.strictSame(readers(topic), [], topic);
  for (const topic of ['unjoin.ledger', 'unjoin.held', 'telemetry.device']) t.strictSame(readers(topic), ['User:gate'], topic);
  const writers = rules
    .filter(({ operation, resource }) => operation === 'write' && resource === 'topic')
    .map(({ principal }) => principal);
  t.strictSame([...new Set(writers)].sort(), ['User:gate', 'User:gateway']);
});
