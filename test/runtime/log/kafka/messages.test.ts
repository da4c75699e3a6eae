import t from 'tap';
import type { Transaction, ViewOutput } from '../../../../src/model/log.ts';
import { messagesOf, type ViewTopic } from '../../../../src/runtime/log/kafka/messages.ts';
import { ownTopics } from '../../../../src/runtime/log/kafka/settings.ts';

const output = (more: Partial<ViewOutput> = {}): ViewOutput => ({
  ...{ view: 'v', period: null, isAuthorised: false, windowEndMs: 60_000, count: 2, json: [], avro: [Buffer.from('a'), Buffer.from('b')] },
  ...more,
});

const nothing: Transaction = { outputs: [], quarantine: [], lineage: [], audit: [], held: [], ledger: null };

const messages = (transaction: Partial<Transaction>, views: readonly ViewTopic[] = [{ view: 'v', schemaId: 7, authorisedSchemaId: 9, partitions: 2 }]) =>
  messagesOf({ ...nothing, ...transaction }, { topics: ownTopics('p.'), task: 3, views, nowMs: () => 5 }); // biome-ignore format: a table

const TOPICS = {
  'p.view.v': [output(), 7],
  'p.view.v.period.trial': [output({ period: 'trial' }), 7],
  'p.view.v.period.trial.authorised': [output({ period: 'trial', isAuthorised: true }), 9],
} as const;

t.test('an output leaves to its own topic, by its own schema, without a key or headers', async (t) => {
  for (const [topic, [of, schemaId]] of Object.entries(TOPICS)) {
    const sent = messages({ outputs: [of] });
    t.same(sent.map((message) => [message.topic, message.partition, message.key, message.timestampMs]), [[topic, 0, null, 60_000], [topic, 1, null, 60_000]]); // biome-ignore format: a table
    for (const [i, { value, headers }] of sent.entries()) {
      t.equal(headers, undefined);
      t.same([value?.[0], value?.readInt32BE(1), value?.subarray(5).toString()], [0, schemaId, ['a', 'b'][i]]);
    }
  }
});

t.test('what subjects authorised is written nowhere else: without its schema, or outside a period, nothing is', async (t) => {
  const authorised = output({ period: 'trial', isAuthorised: true });
  t.throws(() => messages({ outputs: [authorised] }, [{ view: 'v', schemaId: 7, partitions: 2 }]), { name: 'TransportError', code: 'misconfigured' });
  t.throws(() => messages({ outputs: [output({ isAuthorised: true })] }), { name: 'TransportError', code: 'misconfigured' });
}); // biome-ignore format: long lines

t.test('what is our own lies in the partition of the task', async (t) => {
  const sent = messages({ quarantine: ['q'], lineage: ['l'], audit: ['a'], held: [Buffer.from('h')], ledger: Buffer.from('e') });
  t.same(
    sent.map(({ topic, partition, timestampMs }) => [topic, partition, timestampMs]),
    ['quarantine', 'lineage', 'audit', 'held', 'ledger'].map((name) => [`p.${name}`, 3, 5]),
  );
  t.equal(sent.at(-1)?.key?.toString(), 'task-00000000003');
});
