import t from 'tap';
import { TransportError } from '../../../src/model/log.ts';
import { clusterChecks, reachChecks } from '../../../src/runtime/doctor/cluster.ts';
import type { Reach } from '../../../src/runtime/doctor/reach.ts';
import type { ClusterAdmin, TopicState } from '../../../src/runtime/log/kafka/admin.ts';
import { aclRules } from '../../../src/runtime/provision/access.ts';
import { topicSpecs } from '../../../src/runtime/provision/specs.ts';
import { input } from '../provision/world.ts';

const NOW_MS = Date.UTC(2026, 0, 5);
const refuse = async (): Promise<never> => {
  throw new Error('a diagnosis changes nothing');
};

/** A cluster that was provisioned, with something about it changed. */
const cluster = (other: Partial<ClusterAdmin> = {}): ClusterAdmin => ({
  brokers: async () => 3,
  brokerSetting: async () => '3000',
  describe: async () => topicSpecs(input),
  acls: async () => aclRules(input),
  isAppendedAfter: async () => false,
  create: refuse,
  remove: refuse,
  deleteRecords: refuse,
  change: refuse,
  allow: refuse,
  revoke: refuse,
  warmUp: refuse,
  close: async () => {},
  ...other,
});

const told = async (other: Partial<ClusterAdmin> = {}): Promise<string[]> =>
  (await clusterChecks(cluster(other), input, NOW_MS)).map(
    ({ status, name, told, exit }) => `${status} ${name} ${status === 'fail' ? `${exit} ` : ''}${told}`,
  );

t.test('a provisioned cluster is well', async (t) => {
  t.same(
    (await told()).filter((line) => !line.startsWith('ok')),
    [],
  );
});

const altered = (name: string, change: Partial<TopicState>): Partial<ClusterAdmin> => ({
  describe: async () =>
    topicSpecs(input).map((topic) =>
      topic.name === name ? { ...topic, ...change, settings: { ...topic.settings, ...change.settings } } : topic,
    ),
});

t.test('each thing that is wrong has its line', async (t) => {
  const has = async (other: Partial<ClusterAdmin>, line: RegExp): Promise<void> => {
    t.match((await told(other)).join('\n'), line);
  };
  await has({ brokers: async () => 1 }, /^warn cluster 1 broker$/m);
  await has({ brokerSetting: async () => '9000' }, /^warn brokers .* 9000 ms$/m);
  await has({ brokerSetting: async () => null }, /^skip brokers/m);
  await has({ describe: async () => topicSpecs(input).slice(1) }, /^fail topic 78 telemetry.device does not exist/m);
  await has(altered('unjoin.ledger', { partitions: 2 }), /^fail topic 78 unjoin.ledger needs partitions 16$/m);
  await has(
    altered('unjoin.view.feature-usage', { settings: { 'retention.ms': '-1' } }),
    /^fail topic 78 unjoin.view.feature-usage needs retention.ms at most/m,
  );
  await has(altered('unjoin.audit', { settings: { 'segment.ms': '999999999999' } }), /^warn topic unjoin.audit should have segment.ms/m);
  await has({ acls: async () => aclRules(input).slice(0, 1) }, /^fail rights 77 User:gate/m);
  const former = { principal: 'User:former', resource: 'topic', name: 'unjoin.ledger', isPrefix: false, operation: 'read' } as const;
  await has({ acls: async () => [...aclRules(input), former] }, /^warn rights User:former may read unjoin.ledger/m);
  const failing = (code: 'denied' | 'misconfigured') => async () => {
    throw new TransportError(code, '', false);
  };
  await has({ acls: failing('denied') }, /^skip rights/m);
  await has({ acls: failing('misconfigured') }, /^warn rights the brokers keep no access lists/m);
  await has({ isAppendedAfter: async (_, ms) => ms <= NOW_MS + 60_000 }, /^warn clock .*10 s behind/m);
  await has({ isAppendedAfter: async () => true }, /^fail clock 1 .*5 min behind/m);
  await has({ describe: async () => [] }, /^skip clock/m);
});

t.test('a broker that is silent among others is a warning; alone it is what is wrong', async (t) => {
  const reach = (state: Reach['state'], certifiedUntilMs: number | null = null): Reach => ({ broker: 'b:1', state, certifiedUntilMs });
  t.match(reachChecks([reach('ok'), reach('silent')], NOW_MS), [{ status: 'ok', told: /without TLS/ }, { status: 'warn' }]);
  t.match(reachChecks([reach('silent'), reach('untrusted')], NOW_MS), [
    { status: 'fail', exit: 69 },
    { status: 'fail', exit: 78 },
  ]);
  t.match(reachChecks([reach('ok', NOW_MS + 86_400_000)], NOW_MS), [{ status: 'warn', told: /two weeks/ }]);
  t.match(reachChecks([reach('ok', NOW_MS + 90 * 86_400_000)], NOW_MS), [{ status: 'ok', told: /over TLS/ }]);
});
