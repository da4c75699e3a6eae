import t from 'tap';
import type { TopicState } from '../../../src/runtime/log/kafka/admin.ts';
import { aclRules } from '../../../src/runtime/provision/access.ts';
import { changesOf, differenceOf, problemsOf, standingProblems } from '../../../src/runtime/provision/diff.ts';
import { topicSpecs } from '../../../src/runtime/provision/specs.ts';
import { input } from './world.ts';

const specs = topicSpecs(input);
const rules = aclRules(input);

t.test('a fresh cluster lacks everything; one that was provisioned lacks nothing', async (t) => {
  const fresh = differenceOf(specs, [], rules, []);
  t.equal(fresh.create.length, specs.length);
  t.equal(fresh.allow.length, rules.length);
  const again = differenceOf(specs, specs, rules, rules);
  t.match(again, { create: [], change: [], allow: [], problems: [] });
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
  t.match(wrong('unjoin.quarantine', { settings: { 'max.message.bytes': '1048588' } }), [/^max.message.bytes at least 25165824/]);
  t.strictSame(wrong('unjoin.ledger', { partitions: 8 }), ['partitions 16']);
  t.strictSame(wrong('unjoin.ledger', { settings: { 'cleanup.policy': 'delete' } }), ['cleanup.policy compact']);
  t.strictSame(wrong('unjoin.view.device-health', { partitions: 9 }), [], 'a view may have any');
});

const changed = (name: string, settings: Readonly<Record<string, string>>): string[] => {
  const spec = specs.find((topic) => topic.name === name);
  if (spec === undefined) throw new Error(`no topic ${name}`);
  return changesOf(spec, { ...spec, settings: { ...spec.settings, ...settings } }).map(
    ({ setting, from, to }) => `${setting} ${from} ${to}`,
  );
};

t.test('only what loses nothing and keeps nothing longer is changed by itself', async (t) => {
  const week = String(7 * 86_400_000);
  t.strictSame(
    changed('unjoin.quarantine', { 'segment.ms': week }),
    [`segment.ms ${week} 10800000`],
    'a segment a day would keep it longer',
  );
  t.strictSame(changed('unjoin.view.device-health', { 'segment.ms': '1000' }), [], 'a shorter one is as good');
  t.strictSame(
    changed('unjoin.quarantine', { 'max.message.bytes': '1048588' }),
    ['max.message.bytes 1048588 25165824'],
    'a record that quarantine does not take would stop its task',
  );
  t.strictSame(changed('unjoin.quarantine', { 'max.message.bytes': '99999999' }), [], 'a larger one is as good');
  t.match(changed('unjoin.held', { 'retention.ms': '1000' }), [/^retention.ms 1000 /]);
  t.strictSame(changed('unjoin.view.device-health', { 'retention.ms': '-1' }), [], 'what was kept too long is for an operator to decide');
  t.strictSame(changed('telemetry.device', { 'retention.ms': '1', 'segment.ms': week }), [], 'sources belong to the gateways');
});

t.test('a problem that a change mends does not stand in the way', async (t) => {
  const held = { name: 'unjoin.held', partitions: 16, settings: { 'retention.ms': '1000', 'cleanup.policy': 'delete' } };
  const found = differenceOf(specs, [held, { name: 'unjoin.ledger', partitions: 3, settings: { 'cleanup.policy': 'compact' } }], [], []);
  t.equal(found.problems.length, 2, 'the service would not start');
  t.match(standingProblems(found), [{ topic: 'unjoin.ledger', setting: 'partitions', value: null }]);
  t.notOk(found.keep.some(({ name }) => name === 'unjoin.held'));
});

t.test('each topic has the retention of the policy, and segments that end in time', async (t) => {
  const of = (name: string) => specs.find((topic) => topic.name === name)?.settings ?? {};
  for (const { name, retentionMs } of input.plan.views) t.equal(of(`unjoin.view.${name}`)['retention.ms'], String(retentionMs), name);
  t.match(of('unjoin.quarantine'), { 'retention.ms': '259200000', 'cleanup.policy': 'delete' });
  t.match(of('unjoin.ledger'), { 'cleanup.policy': 'compact' });
  const longest = Math.max(...input.plan.views.map(({ windowMs }) => windowMs));
  for (const name of ['unjoin.held', 'telemetry.device']) t.ok(Number(of(name)['retention.ms']) > longest, name);
  for (const { kind, settings } of specs)
    if (settings['retention.ms'] !== undefined && kind !== 'source' && kind !== 'control')
      t.ok(Number(settings['segment.ms']) <= Number(settings['retention.ms']) / 24 + 3_600_000);
  t.equal(of('unjoin.ledger')['min.insync.replicas'], undefined, 'the copies are those of the cluster');
  const three = topicSpecs({ ...input, replication: 3 });
  t.ok(three.every(({ settings }) => settings['min.insync.replicas'] === '2'));
});

t.test('the control log keeps every record, in the one order of the broker', async (t) => {
  const spec = specs.find(({ kind }) => kind === 'control') as (typeof specs)[number];
  const found = (settings: Readonly<Record<string, string>>, partitions = 1): string[] =>
    problemsOf(spec, { ...spec, partitions, settings: { ...spec.settings, ...settings } }).map(({ setting }) => setting);
  t.same(found({}), []);
  t.same(found({ 'cleanup.policy': 'compact' }), ['cleanup.policy'], 'an earlier consent would be gone');
  t.same(found({ 'retention.ms': '31536000000' }), ['retention.ms'], 'so would one of last year');
  t.same(found({ 'message.timestamp.type': 'CreateTime' }), ['message.timestamp.type'], 'its writer would say when it counts');
  t.same(found({}, 2), ['partitions'], 'two partitions have no order');
});
