import { createRequire } from 'node:module';
import kafkajs, { type Producer, type ProducerConfig } from 'kafkajs';
import type { KafkaClient } from '../../src/runtime/log/kafka/client.ts';
import { METADATA_MAX_AGE_MS } from '../../src/runtime/log/kafka/client.ts';
import { createSilentLogger, type InternalBroker, type InternalCluster } from '../../src/runtime/log/kafka/internals.ts';
import { parseFetch } from '../runtime/log/kafka/cluster.ts';
import { encodeAnswer } from '../runtime/log/kafka/wire/answer.ts';
import { type ModelBroker, nameOf, partitionOf, produce } from './broker/broker.ts';
import { addPartitions, endTransaction, initProducerId } from './broker/coordinator.ts';
import { CODE, fetch, lastStableOffset, type Partition } from './broker/partition.ts';
import { type Engine, Refusal, type SimProcess } from './engine.ts';

/** Notes of what clients were given, for the oracle. */
export interface Witness {
  /** A producer id was given out: its owner is the only one from now on. */
  opened(process: SimProcess, transactionalId: string): void;
}

export interface ModelClientOptions {
  readonly engine: Engine;
  readonly broker: ModelBroker;
  readonly process: SimProcess;
  readonly witness: Witness;
  /** How many batches an answer to a fetch holds at most: brokers cut where they like. */
  readonly mostBatches?: number;
}

interface TopicData {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly firstSequence: number;
    readonly messages: readonly { readonly key: Buffer | null; readonly value: Buffer | null; readonly timestamp: string }[];
  }[];
}

interface ProduceRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly topicData: readonly TopicData[];
}

interface OfProducer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

const callerOf = ({ transactionalId, producerId, producerEpoch }: OfProducer) => ({
  id: transactionalId,
  producerId,
  epoch: producerEpoch,
});

const check = (code: number): void => {
  if (code !== CODE.none) throw new Refusal(code);
};

/** Appends partition after partition; what was appended stays when a later one is refused (partial produce). */
const produceAll = ({ broker, engine }: ModelClientOptions, node: number, request: ProduceRequest) => {
  const topics = request.topicData.map(({ topic, partitions }) => ({
    topicName: topic,
    partitions: partitions.map(({ partition, firstSequence, messages }) => {
      const of = partitionOf(broker, topic, partition);
      const batch = {
        producerId: request.producerId,
        epoch: request.producerEpoch,
        firstSequence,
        isTransactional: request.transactionalId !== undefined,
        messages: messages.map(({ key, value, timestamp }) => ({ key, value, timestampMs: Number(timestamp) })),
      };
      const told = produce(broker, node, of, batch, request.transactionalId, engine.nowMs());
      return { partition, errorCode: told.code, baseOffset: 'baseOffset' in told ? told.baseOffset : -1 };
    }),
  }));
  const refused = topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== CODE.none);
  if (refused !== undefined) throw new Refusal(refused.errorCode);
  return topics;
};

type ProduceAnswer = ReturnType<typeof produceAll>;

const isReplicated = (broker: ModelBroker, topics: ProduceAnswer): boolean =>
  topics.every(({ topicName, partitions }) =>
    partitions.every(({ partition, baseOffset }) => partitionOf(broker, topicName, partition).highWatermark > baseOffset),
  );

const transactionCalls = (options: ModelClientOptions) => {
  const { engine, broker, process, witness } = options;
  const { coordinator } = broker;
  const call = <T>(kind: string, effect: () => T): Promise<T> => engine.call({ process, kind, effect });
  return {
    initProducerId: ({ transactionalId, transactionTimeout }: { transactionalId?: string; transactionTimeout: number }) =>
      call('init', () => {
        // kafkajs asks for an id without a transaction first, and never uses it.
        if (transactionalId === undefined) return { producerId: coordinator.nextProducerId++, producerEpoch: 0 };
        const told = initProducerId(coordinator, transactionalId, transactionTimeout);
        if (!('value' in told)) throw new Refusal(told.code);
        witness.opened(process, transactionalId);
        return { producerId: told.value.producerId, producerEpoch: told.value.epoch };
      }),
    addPartitionsToTxn: (of: OfProducer & { readonly topics: readonly { topic: string; partitions: readonly number[] }[] }) =>
      call('add-partitions', () =>
        check(
          addPartitions(
            coordinator,
            callerOf(of),
            of.topics.flatMap(({ topic, partitions }) => partitions.map((partition) => nameOf(topic, partition))),
            engine.nowMs(),
          ),
        ),
      ),
    endTxn: (of: OfProducer & { readonly transactionResult: boolean }) =>
      call('end', () => check(endTransaction(coordinator, callerOf(of), of.transactionResult))),
  };
};

const MOST_BATCHES = 4;

const fetchCall = (
  { engine, broker, process, mostBatches = MOST_BATCHES }: ModelClientOptions,
  node: number,
  bytes: Buffer,
): Promise<Buffer> => {
  const { partitions, isolation } = parseFetch(String(node), bytes);
  const maxWaitMs = bytes.readInt32BE(4);
  const ends = partitions.map((asked) => ({ ...asked, of: partitionOf(broker, asked.topic, asked.partition) }));
  const hasSome = (of: Partition, from: number): boolean =>
    of.leader !== node || from < of.logStart || from < (isolation === 1 ? lastStableOffset(of) : of.highWatermark);
  const answer = (): Buffer =>
    encodeAnswer(
      ends.map(({ topic, partition, of, fromOffset }) => {
        if (of.leader !== node)
          return { topic, partition, errorCode: CODE.notLeader, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: null }; // biome-ignore format: a line
        const { code, highWatermark, lastStableOffset: stable, logStart, aborted, bytes: records } = fetch(of, fromOffset, isolation, mostBatches === 1e9 ? mostBatches : 1 + engine.random.below(mostBatches)); // biome-ignore format: a line
        const ranges = aborted.map(({ producerId, firstOffset }) => ({ producerId: BigInt(producerId), firstOffset }));
        return { topic, partition, errorCode: code, highWatermark, lastStableOffset: stable, logStartOffset: logStart, aborted: ranges, records }; // biome-ignore format: a line
      }),
    );
  return engine.call({
    process,
    kind: 'fetch',
    effect: answer,
    isDue: () => maxWaitMs === 0 || ends.some(({ of, fromOffset }) => hasSome(of, fromOffset)),
    dueMs: engine.nowMs() + maxWaitMs,
  });
};

const EARLIEST = -2;

/** An end or a beginning; a new leader tells no end before it knows how far the others are (KIP-207). */
const offsetAt = (of: Partition, node: number, timestamp: number, isolation: number): number => {
  if (of.leader !== node) throw new Refusal(CODE.notLeader);
  if (timestamp === EARLIEST) return of.logStart;
  if (of.leaderFrom > of.highWatermark) throw new Refusal(CODE.leaderNotAvailable);
  return isolation === 1 ? lastStableOffset(of) : of.highWatermark;
};

/** One node as a client sees it. */
const createNode = (options: ModelClientOptions, node: number) => ({
  nodeId: node,
  ...transactionCalls(options),
  produce: async (request: ProduceRequest) => {
    const { engine, broker, process } = options;
    const topics = await engine.call({
      process,
      kind: 'produce',
      effect: () => produceAll(options, node, request),
      isReady: (told: ProduceAnswer) => isReplicated(broker, told),
    });
    return {
      topics: topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map((one) => ({ ...one, baseOffset: String(one.baseOffset) })),
      })),
    };
  },
  listOffsets: ({ isolationLevel, topics: [{ topic, partitions }] }: Parameters<InternalBroker['listOffsets']>[0]) =>
    options.engine.call({
      process: options.process,
      kind: 'offsets',
      effect: () => ({
        responses: [{ topic, partitions: partitions.map(({ partition, timestamp }) => ({ partition, offset: `${offsetAt(partitionOf(options.broker, topic, partition), node, timestamp, isolationLevel)}` })) }], // biome-ignore format: a line
      }),
    }),
  connectionPool: {
    async send({ request, response }: Parameters<InternalBroker['connectionPool']['send']>[0]) {
      const { buffer } = (await request.encode()) as unknown as { readonly buffer: Buffer };
      return response.parse(await response.decode(await fetchCall(options, node, buffer)));
    },
  },
});

type Node = ReturnType<typeof createNode>;

/** What kafkajs's producer and our reader use of a cluster: metadata that is as old as it is, and nodes. */
export const createModelCluster = (options: ModelClientOptions) => {
  const { engine, broker, process } = options;
  const nodes = new Map<number, Node>();
  let leaders = new Map<string, number>();
  let readMs = Number.NEGATIVE_INFINITY;
  const refreshMetadata = async (): Promise<void> => {
    leaders = await engine.call({
      process,
      kind: 'metadata',
      effect: () => new Map([...broker.partitions].map(([name, { leader }]) => [name, leader])),
    });
    readMs = engine.nowMs();
  };
  const findNode = async (of: number): Promise<Node> => {
    const node = nodes.get(of) ?? createNode(options, of);
    nodes.set(of, node);
    return node;
  };
  return {
    retry: {},
    targetTopics: new Set<string>(),
    isConnected: () => true,
    connect: async () => {},
    disconnect: async () => {},
    removeBroker: () => nodes.clear(),
    refreshMetadata,
    refreshMetadataIfNecessary: async () => {
      if (engine.nowMs() - readMs > METADATA_MAX_AGE_MS) await refreshMetadata();
    },
    addMultipleTargetTopics: async () => {
      if (leaders.size === 0) await refreshMetadata();
    },
    findBroker: ({ nodeId }: { readonly nodeId: string }) => findNode(Number(nodeId)),
    findGroupCoordinator: () => findNode(0),
    findControllerBroker: () => findNode(0),
    findTopicPartitionMetadata: (topic: string) =>
      [...leaders.keys()]
        .filter((name) => name.startsWith(`${topic}:`))
        .map((name) => ({ partitionId: Number(name.split(':')[1]), leader: leaders.get(name) })),
    findLeaderForPartitions(topic: string, partitions: readonly (number | string)[]) {
      const found: Record<string, number[]> = {};
      for (const partition of partitions) {
        const leader = leaders.get(nameOf(topic, Number(partition)));
        if (leader === undefined) continue;
        found[leader] ??= [];
        found[leader].push(Number(partition));
      }
      return found;
    },
    async fetchTopicsOffset([{ topic, partitions }]: Parameters<InternalCluster['fetchTopicsOffset']>[0]) {
      const { leader } = partitionOf(broker, topic, partitions[0].partition);
      const timestamped = partitions.map(({ partition }) => ({ partition, timestamp: EARLIEST }));
      const { responses } = await (await findNode(leader)).listOffsets({ isolationLevel: 1, topics: [{ topic, partitions: timestamped }] });
      return responses;
    },
  };
};

const load = createRequire(import.meta.url);
const createProducer = load('kafkajs/src/producer/index.js') as (options: object) => Producer;

/** kafkajs's own producer, with its retries and its state, over the model. */
const producerOn = (options: ModelClientOptions, config: ProducerConfig): Producer =>
  createProducer({
    ...config,
    cluster: { ...createModelCluster(options), retry: config.retry },
    logger: createSilentLogger(kafkajs.logLevel.NOTHING) as { namespace(name: string): object },
  });

export const createModelClient = (options: ModelClientOptions): KafkaClient => ({
  cluster: () => createModelCluster(options) as unknown as InternalCluster,
  producer: (_, config) => producerOn(options, config),
});
