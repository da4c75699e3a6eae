import type { Producer, ProducerBatch, RecordMetadata } from 'kafkajs';
import t from 'tap';
import type { InternalCluster } from '../../../../src/runtime/log/kafka/internals.ts';
import { openPublisher, type Publication } from '../../../../src/runtime/log/kafka/publisher.ts';

const settings = { brokers: ['127.0.0.1:1'], clientId: 'c', tls: null, sasl: null, connectTimeoutMs: 100, requestTimeoutMs: 100 };
const PARTITIONS = 6;

/** Six partitions a topic; partition p is led by broker p % 3. */
const metadata = {
  connect: async () => {},
  disconnect: async () => {},
  addMultipleTargetTopics: async () => {},
  refreshMetadataIfNecessary: async () => {},
  findTopicPartitionMetadata: () => Array.from({ length: PARTITIONS }, (_, partitionId) => ({ partitionId, leader: partitionId % 3 })),
  findLeaderForPartitions: (_: string, [partition]: readonly number[]) => ({ [partition % 3]: [partition] }),
} as unknown as InternalCluster;

const acknowledged = ({ topicMessages = [] }: ProducerBatch): RecordMetadata[] =>
  topicMessages.flatMap(({ topic, messages }) =>
    [...new Set(messages.map(({ partition }) => partition as number))].map((partition) => ({
      topicName: topic,
      partition,
      errorCode: 0,
      baseOffset: '10',
    })),
  );

const opened = async (answer: (batch: ProducerBatch) => RecordMetadata[]) => {
  const batches: ProducerBatch[] = [];
  const producer = {
    connect: async () => {},
    disconnect: async () => {},
    async sendBatch(batch: ProducerBatch) {
      batches.push(batch);
      return answer(batch);
    },
  } as unknown as Producer;
  return { batches, publisher: await openPublisher(settings, 'none', { producer, metadata }) };
};

const records = (count: number): Publication[] =>
  Array.from({ length: count }, (_, i) => ({ topic: i % 2 === 0 ? 'a' : 'b', key: `key ${i % 20}`, value: i === 7 ? null : Buffer.from(`${i}`), headers: { client: 'c' } })); // biome-ignore format: a record

t.test('no send spans brokers, for kafkajs loses records of such a one when a leader moves (H1)', async (t) => {
  const { batches, publisher } = await opened(acknowledged);
  await publisher.publish(records(100));
  const sent = batches.map(({ topicMessages = [] }) => topicMessages.flatMap(({ messages }) => messages));
  t.equal(sent.flat().length, 100);
  for (const messages of sent) t.equal(new Set(messages.map(({ partition }) => (partition as number) % 3)).size, 1);
  t.ok(
    sent.flat().every(({ headers }) => headers?.['client'] === 'c'),
    'with their headers',
  );
  t.equal(sent.flat().filter(({ value }) => value === null).length, 1, 'and a tombstone stays one');
});

t.test('the key chooses the partition, as it does for every gateway', async (t) => {
  const { batches, publisher } = await opened(acknowledged);
  await publisher.publish(records(100));
  const partitions = new Map<string, Set<unknown>>();
  for (const { key, partition } of batches.flatMap(({ topicMessages = [] }) => topicMessages.flatMap(({ messages }) => messages)))
    partitions.set(String(key), (partitions.get(String(key)) ?? new Set()).add(partition));
  t.equal(partitions.size, 20);
  for (const [key, own] of partitions) t.equal(own.size, 1, key);
  t.ok(new Set([...partitions.values()].flatMap((own) => [...own])).size > 1);
});

t.test('records without a key are spread', async (t) => {
  const { batches, publisher } = await opened(acknowledged);
  await publisher.publish(records(60).map((record) => ({ ...record, key: null })));
  const partitions = batches.flatMap(({ topicMessages = [] }) =>
    topicMessages.flatMap(({ messages }) => messages.map(({ partition }) => partition)),
  );
  t.equal(new Set(partitions).size, PARTITIONS);
});

t.test('a send that a partition did not acknowledge is no success, and its producer is not used again', async (t) => {
  const { publisher, batches } = await opened((batch) => acknowledged(batch).slice(1));
  await t.rejects(publisher.publish(records(100)), { code: 'unreachable', canRetry: true });
  const tries = batches.length;
  await t.rejects(publisher.publish(records(10)), { code: 'closed' });
  t.equal(batches.length, tries);
});
