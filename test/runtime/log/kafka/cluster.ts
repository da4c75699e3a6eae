import type { InternalBroker, InternalCluster } from '../../../../src/runtime/log/kafka/internals.ts';
import { type Answer, encodeAnswer } from './wire/answer.ts';

/** What a fetch asked of one partition. */
export interface Asked {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
}

/** One fetch that a reader sent. */
export interface Fetched {
  readonly node: string;
  readonly isolation: number;
  readonly maxBytes: number;
  readonly partitions: readonly Asked[];
}

/** Where a fetch request, version 11, lists its partitions. */
const PARTITIONS_AT = 25;

/** Reads a fetch request, version 11. */
export const parseFetch = (node: string, bytes: Buffer): Fetched => {
  let at = PARTITIONS_AT;
  const skip = (count: number): number => {
    at += count;
    return at - count;
  };
  const int32 = (): number => bytes.readInt32BE(skip(4));
  const int64 = (): number => Number(bytes.readBigInt64BE(skip(8)));
  const text = (): string => {
    const start = skip(2 + bytes.readInt16BE(at));
    return bytes.toString('utf8', start + 2, at);
  };
  const partitions: Asked[] = [];
  for (let topics = int32(); topics > 0; topics--) {
    const topic = text();
    for (let left = int32(); left > 0; left--) {
      const partition = int32();
      int32();
      const fromOffset = int64();
      int64();
      int32();
      partitions.push({ topic, partition, fromOffset });
    }
  }
  return { node, isolation: bytes.readInt8(16), maxBytes: bytes.readInt32BE(12), partitions };
};

export interface FakeCluster extends InternalCluster {
  /** Every fetch so far. */
  readonly fetches: Fetched[];
  /** Who leads a partition, by the next metadata on. */
  readonly leaders: Map<string, string>;
  readonly calls: { refresh: number; disconnect: number };
  /** Isolation of every look for an end. */
  readonly looks: number[];
}

export interface FakeOptions {
  /** Leader by `topic:partition`. */
  readonly leaders: Readonly<Record<string, string>>;
  readonly answer: (asked: Asked, fetch: Fetched) => Omit<Answer, 'topic' | 'partition'>;
  readonly earliest?: (topic: string, partition: number) => number;
  /** The end that a leader tells when it is asked for it alone, or why it does not; as its answers to fetches, unless told. */
  readonly latest?: (asked: Asked) => number | Error;
  /** Error of the whole answer. */
  readonly errorCode?: number;
}

/** Brokers that answer fetches as a test says, behind the part of kafkajs that a reader uses. */
export const fakeCluster = ({ leaders, answer, earliest = () => 0, errorCode = 0, ...more }: FakeOptions): FakeCluster => {
  const fetches: Fetched[] = [];
  const looks: number[] = [];
  const latest =
    more.latest ?? ((asked: Asked) => answer(asked, { node: '', isolation: 0, maxBytes: 1, partitions: [asked] }).highWatermark);
  const coming = new Map(Object.entries(leaders));
  let known = new Map(coming);
  const calls = { refresh: 0, disconnect: 0 };
  const brokerOf = (node: string): InternalBroker => ({
    async listOffsets({ isolationLevel, topics }) {
      looks.push(isolationLevel);
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => {
          const told = latest({ topic, partition, fromOffset: 0 });
          if (told instanceof Error) throw told;
          return { partition, offset: `${told}` };
        }),
      }));
      return { responses };
    },
    connectionPool: {
      async send({ request, response }) {
        const { buffer } = (await request.encode()) as unknown as { readonly buffer: Buffer };
        const fetch = parseFetch(node, buffer);
        fetches.push(fetch);
        const answers = fetch.partitions.map((asked) => ({ topic: asked.topic, partition: asked.partition, ...answer(asked, fetch) }));
        return response.parse(await response.decode(encodeAnswer(answers, errorCode)));
      },
    },
  });
  return {
    fetches,
    looks,
    leaders: coming,
    calls,
    connect: async () => {},
    async disconnect() {
      calls.disconnect++;
    },
    async refreshMetadata() {
      calls.refresh++;
      known = new Map(coming);
    },
    refreshMetadataIfNecessary: async () => {},
    addMultipleTargetTopics: async () => {},
    findBroker: async ({ nodeId }) => brokerOf(nodeId),
    findLeaderForPartitions(topic, [partition]) {
      const leader = known.get(`${topic}:${partition}`);
      return leader === undefined ? {} : { [leader]: [partition] };
    },
    findTopicPartitionMetadata: () => [],
    fetchTopicsOffset: async ([{ topic, partitions }]) => [
      { topic, partitions: partitions.map(({ partition }) => ({ partition, offset: `${earliest(topic, partition)}` })) },
    ],
  };
};
