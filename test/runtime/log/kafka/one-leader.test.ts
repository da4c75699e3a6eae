import { createRequire } from 'node:module';
import kafkajs, { type Producer, type RecordMetadata } from 'kafkajs';
import t from 'tap';
import { createSilentLogger } from '../../../../src/runtime/log/kafka/internals.ts';
import { createOneLeader, type OneLeader } from '../../../../src/runtime/log/kafka/one-leader.ts';

const load = createRequire(import.meta.url);
const createProducer = load('kafkajs/src/producer/index.js') as (options: object) => Producer;

interface Sent {
  readonly node: number;
  /** Partition and sequence number of its first record. */
  readonly partitions: readonly (readonly [partition: number, sequence: number])[];
}

interface Script {
  /** Leader of partitions 0 and 1, at first and after each look at the metadata. */
  readonly leaders: readonly (readonly [number, number])[];
  /** What becomes of a produce request, by its number; it is taken unless told otherwise. */
  readonly answer?: (request: number) => Promise<void> | undefined;
}

const moved = (): Error => new kafkajs.KafkaJSProtocolError({ type: 'NOT_LEADER_FOR_PARTITION', code: 6, message: 'moved', retriable: true } as never); // biome-ignore format: a line

interface Request {
  readonly topicData: readonly { readonly partitions: readonly { readonly partition: number; readonly firstSequence: number }[] }[];
}

/** kafkajs's own producer over brokers that do as they are told. */
const scripted = ({ leaders, answer = () => undefined }: Script, oneLeader: OneLeader | null) => {
  const sent: Sent[] = [];
  let looks = 0;
  const current = () => leaders[Math.min(looks, leaders.length - 1)];
  const nodeOf = (nodeId: number) => ({
    nodeId,
    initProducerId: async () => ({ producerId: 1, producerEpoch: 0 }),
    addPartitionsToTxn: async () => {},
    async produce({ topicData }: Request) {
      const partitions = topicData.flatMap((topic) => topic.partitions);
      const request = sent.push({ node: nodeId, partitions: partitions.map(({ partition, firstSequence }) => [partition, firstSequence]) });
      await answer(request);
      return {
        topics: [{ topicName: 'a', partitions: partitions.map(({ partition }) => ({ partition, errorCode: 0, baseOffset: '7' })) }],
      };
    },
  });
  const nodes = [nodeOf(0), nodeOf(1)];
  const cluster = {
    retry: { retries: 5, initialRetryTime: 1, maxRetryTime: 1, factor: 0, multiplier: 1 },
    isConnected: () => true,
    connect: async () => {},
    refreshMetadata: async () => void looks++,
    refreshMetadataIfNecessary: async () => {},
    addMultipleTargetTopics: async () => {},
    findControllerBroker: async () => nodes[0],
    findGroupCoordinator: async () => nodes[0],
    findBroker: async ({ nodeId }: { readonly nodeId: string }) => nodes[Number(nodeId)],
    findTopicPartitionMetadata: () => current().map((leader, partitionId) => ({ leader, partitionId })),
    findLeaderForPartitions: (_: string, partitions: readonly string[]) => {
      const found: Record<number, number[]> = {};
      for (const partition of partitions.map(Number)) found[current()[partition]] = [...(found[current()[partition]] ?? []), partition];
      return found;
    },
  };
  const logger = createSilentLogger(kafkajs.logLevel.NOTHING);
  const partitioner = oneLeader === null ? {} : { createPartitioner: oneLeader.createPartitioner };
  const producer = createProducer({ cluster, logger, idempotent: true, transactionalId: 't', retry: cluster.retry, ...partitioner });
  const send = async (): Promise<RecordMetadata[]> => {
    await producer.connect();
    const transaction = await producer.transaction();
    oneLeader?.begin();
    const messages = [0, 1].map((partition) => ({ partition, value: `${partition}` }));
    return transaction.sendBatch({ topicMessages: [{ topic: 'a', messages }] });
  };
  return { send, sent };
};

const SPANNING = 'a send would span brokers';

/** The first request fails while the second is under way, and is answered only when the send is tried again. */
const crossing = (): Script => {
  let release = (): void => {};
  const busy = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    leaders: [[0, 1]],
    async answer(request) {
      if (request === 1) throw moved();
      if (request === 2) return busy;
      release();
    },
  };
};

t.test('kafkajs writes twice what a busy broker was sent when another one fails (H1)', async (t) => {
  const { send, sent } = scripted(crossing(), null);
  const told = await send();
  const toSecond = sent.filter(({ node }) => node === 1).map(({ partitions }) => partitions);
  t.strictSame(toSecond, [[[1, 0]], [[1, 1]]], 'the same record, as the next one');
  t.strictSame(told.map(({ partition }) => partition).sort(), [0, 1], 'and what is told shows nothing of it');
});

t.test('kafkajs skips a broker that has answered, to which a leader has moved meanwhile (H1)', async (t) => {
  const script: Script = {
    leaders: [[0, 0], [0, 1], [0, 0]], // biome-ignore format: a table
    async answer(request) {
      if (request === 1 || request === 3) throw moved();
    },
  };
  const told = await scripted(script, null).send();
  t.strictSame(told.map(({ partition }) => partition), [0], 'resolved, and a record is lost'); // biome-ignore format: a line
  const held = scripted(script, createOneLeader());
  await t.rejects(held.send(), { message: SPANNING });
  t.equal(held.sent.length, 1, 'the attempt that spans is not sent');
});

t.test('a send that would span brokers is refused before anything is sent', async (t) => {
  const { send, sent } = scripted(crossing(), createOneLeader());
  await t.rejects(send(), { message: SPANNING, retriable: false });
  t.strictSame(sent, []);
});

t.test('all leaders may move together, and another send may go elsewhere', async (t) => {
  const script: Script = {
    leaders: [[0, 0], [1, 1]], // biome-ignore format: a table
    async answer(request) {
      if (request === 1) throw moved();
    },
  };
  const { send, sent } = scripted(script, createOneLeader());
  await send();
  t.strictSame(sent.map(({ node }) => node), [0, 1]); // biome-ignore format: a line
  const oneLeader = createOneLeader();
  const partitioner = oneLeader.createPartitioner();
  const partitionMetadata = [0, 1].map((partitionId) => ({ partitionId, leader: partitionId })) as never;
  for (const partition of [0, 1]) {
    oneLeader.begin();
    t.equal(partitioner({ topic: 'a', partitionMetadata, message: { partition, value: 'x' } }), partition);
  }
  t.throws(() => partitioner({ topic: 'a', partitionMetadata, message: { partition: 0, value: 'x' } }), { message: SPANNING });
  oneLeader.begin();
  t.throws(() => partitioner({ topic: 'a', partitionMetadata, message: { partition: 2, value: 'x' } }), { message: SPANNING });
});
