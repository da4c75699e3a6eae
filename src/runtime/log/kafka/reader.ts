import { TransportError } from '../../../model/log.ts';
import { clusterOf } from './client.ts';
import { errorOfCode, transportErrorOf } from './errors.ts';
import { createEncoder, type InternalCluster } from './internals.ts';
import type { KafkaSettings } from './settings.ts';
import { decodeFetch, encodeFetch, FETCH, type FetchedPartition } from './wire/fetch.ts';
import type { RecordRun } from './wire/records.ts';
import { MAX_INFLATED_BYTES, walkRecords } from './wire/walk.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** How a reader reaches the brokers: by connections of its own, or by some that others use and close. */
export type Connection = KafkaSettings | InternalCluster;

export interface ReaderOptions {
  readonly connection: Connection;
  readonly partitions: readonly TopicPartition[];
  readonly isolation: 0 | 1;
  /** How long a broker may wait for something to answer with. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** Whether records without the broker's own time are refused. */
  readonly needsAppendTime?: boolean;
}

/** What one fetch brought of one partition. */
export interface Polled {
  /** Index into `ReaderOptions.partitions`. */
  readonly index: number;
  readonly runs: readonly RecordRun[];
}

/**
 * Everything read from Kafka comes through here: raw fetches over kafkajs's connections, our own walk, abort filter and
 * checksums. It never jumps: an offset that is gone is an error (H8). Throws `TransportError`; after that it is closed.
 */
export interface Reader {
  seek(index: number, offset: number): void;
  /** Offset behind everything read, markers and aborted records included. */
  position(index: number): number;
  poll(): Promise<readonly Polled[]>;
  /** As of the last answer; asks when there was none yet. */
  highWatermark(index: number): Promise<number>;
  lastStableOffset(index: number): Promise<number>;
  /** Offset of the first record that is still there. */
  earliest(index: number): Promise<number>;
  close(): Promise<void>;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  position: number;
  highWatermark: number;
  lastStableOffset: number;
}

/** The next metadata will tell who leads now. */
const MOVED = new Set([3, 5, 6, 9, 74, 75, 76]);
const OUT_OF_RANGE = 1;
const MAX_MOVES = 100;

const fetchFrom = async (cluster: InternalCluster, nodeId: string, request: Parameters<typeof encodeFetch>[0]) => {
  const broker = await cluster.findBroker({ nodeId });
  const bytes = encodeFetch(request);
  return broker.connectionPool.send({
    request: { ...FETCH, encode: async () => createEncoder().writeBuffer(bytes) },
    response: { decode: async (raw) => raw, parse: async (raw) => decodeFetch(raw) },
    requestTimeout: request.maxWaitMs + 10_000,
    logResponseError: false,
  });
};

const isCluster = (connection: Connection): connection is InternalCluster => 'findBroker' in connection;

/** Everything that one reader owns. */
interface State {
  readonly options: ReaderOptions;
  readonly cluster: InternalCluster;
  readonly places: readonly Place[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Answers in a row that said that a leader moved. */
  moves: number;
}

const release = async ({ options, cluster }: State): Promise<void> => {
  if (!isCluster(options.connection)) await cluster.disconnect().catch(() => {});
};

/** After an error nothing is read any more. */
const guarded = async <T>(state: State, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    await release(state);
    throw transportErrorOf(error);
  }
};

/** Indexes of the partitions by who leads them now. */
const leadersOf = async ({ cluster, places }: State): Promise<Map<string, number[]>> => {
  await cluster.refreshMetadataIfNecessary();
  const byLeader = new Map<string, number[]>();
  for (const [index, { topic, partition }] of places.entries()) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    if (leader === undefined) throw new TransportError('unreachable', 'a partition has no leader', true);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), index]);
  }
  return byLeader;
};

/** Takes what a leader answered of one partition; null when it brought nothing. */
const take = (state: State, answer: FetchedPartition): Polled | null => {
  const index = state.indexOf.get(`${answer.partition}:${answer.topic}`);
  if (index === undefined) return null;
  if (MOVED.has(answer.errorCode)) {
    state.moves++;
    return null;
  }
  if (answer.errorCode === OUT_OF_RANGE)
    throw new TransportError('out-of-range', 'a source no longer holds what was not read yet, or holds less than it did', false);
  if (answer.errorCode !== 0) throw errorOfCode(answer.errorCode);
  state.moves = 0;
  const place = state.places[index];
  place.highWatermark = answer.highWatermark;
  place.lastStableOffset = answer.lastStableOffset < 0 ? answer.highWatermark : answer.lastStableOffset;
  const walk = { fromOffset: place.position, aborted: answer.aborted, maxInflatedBytes: MAX_INFLATED_BYTES };
  const { runs, nextOffset, isAppendTime } = walkRecords(answer.records, walk);
  if (state.options.needsAppendTime === true && !isAppendTime)
    throw new TransportError('misconfigured', 'a source topic whose message.timestamp.type is not LogAppendTime', false);
  place.position = nextOffset;
  return runs.length === 0 ? null : { index, runs };
};

/** One fetch from every leader, side by side. */
const pollOnce = async (state: State, maxWaitMs: number): Promise<Polled[]> => {
  const { cluster, places, options } = state;
  const asked = [...(await leadersOf(state))].map(([nodeId, indexes]) =>
    fetchFrom(cluster, nodeId, {
      partitions: indexes.map((index) => ({ ...places[index], fromOffset: places[index].position })),
      isolation: options.isolation,
      maxWaitMs,
      maxBytes: options.maxBytes,
      maxPartitionBytes: Math.max(1 << 20, Math.floor(options.maxBytes / places.length)),
    }),
  );
  const before = state.moves;
  const polled: Polled[] = [];
  for (const { errorCode, partitions } of await Promise.all(asked)) {
    if (errorCode !== 0) throw errorOfCode(errorCode);
    for (const answer of partitions) {
      const taken = take(state, answer);
      if (taken !== null) polled.push(taken);
    }
  }
  if (state.moves > before) {
    if (state.moves > MAX_MOVES) throw new TransportError('unreachable', 'a partition has had no leader for long', true);
    await cluster.refreshMetadata();
  }
  return polled;
};

const earliestOf = ({ cluster, places }: State, index: number): Promise<number> => {
  const { topic, partition } = places[index];
  const asked = cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }]);
  return asked.then(([answer]) => Number(answer.partitions[0].offset));
};

/** Asks for the ends without reading: what comes with them is read again by the next poll. */
const look = async (state: State, index: number): Promise<Place> => {
  const { places } = state;
  for (let tries = 0; places[index].highWatermark < 0; tries++) {
    if (tries === 0) for (const [at, place] of places.entries()) if (place.position === 0) place.position = await earliestOf(state, at);
    if (tries > MAX_MOVES) throw new TransportError('unreachable', 'a partition does not tell its end', true);
    const positions = places.map(({ position }) => position);
    await pollOnce(state, 0);
    for (const [at, position] of positions.entries()) places[at].position = position;
  }
  return places[index];
};

export const openReader = async (options: ReaderOptions): Promise<Reader> => {
  const { connection, partitions, maxWaitMs } = options;
  const places = partitions.map(
    ({ topic, partition }): Place => ({ topic, partition, position: 0, highWatermark: -1, lastStableOffset: -1 }),
  );
  const state: State = {
    options,
    cluster: isCluster(connection) ? connection : clusterOf(connection),
    places,
    indexOf: new Map(places.map(({ topic, partition }, index) => [`${partition}:${topic}`, index])),
    moves: 0,
  };
  await guarded(state, async () => {
    await state.cluster.connect();
    await state.cluster.addMultipleTargetTopics([...new Set(places.map(({ topic }) => topic))]);
  });
  return {
    seek(index, offset) {
      places[index].position = offset;
    },
    position: (index) => places[index].position,
    poll: () => guarded(state, () => pollOnce(state, maxWaitMs)),
    highWatermark: async (index) => (await guarded(state, () => look(state, index))).highWatermark,
    lastStableOffset: async (index) => (await guarded(state, () => look(state, index))).lastStableOffset,
    earliest: (index) => guarded(state, () => earliestOf(state, index)),
    close: () => release(state),
  };
};
