import { setTimeout as sleep } from 'node:timers/promises';
import { TransportError } from '../../../model/log.ts';
import { KAFKAJS, type KafkaClient } from './client.ts';
import { errorOfCode, transportErrorOf } from './errors.ts';
import type { InternalCluster } from './internals.ts';
import { byLeader, earliestOf, fetchFrom, latestOf } from './leaders.ts';
import type { KafkaSettings } from './settings.ts';
import type { FetchedPartition } from './wire/fetch.ts';
import { prepareCodecs } from './wire/inflate.ts';
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
  readonly client?: KafkaClient;
  /** See `WalkOptions`. */
  readonly keepsPacked?: boolean;
  /** Waits between two looks for a leader that moved; tests do not. */
  readonly pause?: (ms: number) => Promise<unknown>;
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
  /** Where the next fetch begins; a partition that was never sought begins at its first record. */
  seek(index: number, offset: number): void;
  /** Offset behind everything read, markers and aborted records included; 0 as long as nothing was asked. */
  position(index: number): number;
  /** Asks for the next records of every partition that is not paused. */
  poll(paused?: ReadonlySet<number>): Promise<readonly Polled[]>;
  /** As of the last answer; as `latest` when there was none yet. */
  highWatermark(index: number): Promise<number>;
  lastStableOffset(index: number): Promise<number>;
  /** The high watermark, asked for now: what was acknowledged before the call lies below it, whoever leads since. */
  latest(index: number): Promise<number>;
  /** Offset of the first record that is still there. */
  earliest(index: number): Promise<number>;
  close(): Promise<void>;
}

interface Place extends TopicPartition {
  /** Null until it was sought or its start was looked up. */
  position: number | null;
  /** -1 until a broker told it. */
  highWatermark: number;
  lastStableOffset: number;
  /** Answers in a row that said that the leader moved. */
  moves: number;
}

/** The next metadata will tell who leads now. */
const MOVED = new Set([3, 5, 6, 9, 74, 75, 76, 78]);
const OUT_OF_RANGE = 1;
/** Pauses before the brokers are asked again who leads; all of them take longer than an election. */
const MAX_MOVES = 60;
const pauseMs = (moves: number): number => Math.min(500, 20 * moves);

const MIN_PARTITION_BYTES = 1 << 20;
const NONE: ReadonlySet<number> = new Set();

/** Everything that one reader owns. */
interface State {
  readonly options: ReaderOptions;
  readonly cluster: InternalCluster;
  readonly places: readonly Place[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Which partition comes first in the next fetch. */
  turn: number;
}

const isCluster = (connection: Connection): connection is InternalCluster => 'findBroker' in connection;

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

const whereOf = ({ topic, partition, position }: Place): string => `${topic}:${partition}, offset ${position ?? 0}`;

/** Says of bytes that are broken where they lie, and what may be done: an operator has to find them. */
const placed = <T>(place: Place, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== 'corrupt') throw error;
    const next = 'nothing is read past it; let another copy of the partition lead, or restore it';
    throw new TransportError('corrupt', `${error.message}: ${whereOf(place)} or soon behind it; ${next}`, error.canRetry);
  }
};

/** Notes what an answer says of its partition's ends; null when it says nothing, as its leader moved. */
const note = ({ places, indexOf }: State, answer: FetchedPartition): number | null => {
  const index = indexOf.get(`${answer.partition}:${answer.topic}`);
  if (index === undefined) return null;
  const place = places[index];
  if (MOVED.has(answer.errorCode)) {
    place.moves++;
    return null;
  }
  if (answer.errorCode === OUT_OF_RANGE)
    throw new TransportError(
      'out-of-range',
      `a partition no longer holds what was not read yet, or holds less than it did: ${whereOf(place)}`,
      false,
    );
  if (answer.errorCode !== 0) throw errorOfCode(answer.errorCode);
  place.moves = 0;
  place.highWatermark = answer.highWatermark;
  place.lastStableOffset = answer.lastStableOffset < 0 ? answer.highWatermark : answer.lastStableOffset;
  return index;
};

/** Asks again who leads, if some leader moved since. */
const follow = async ({ options, cluster, places }: State): Promise<void> => {
  const moves = Math.max(0, ...places.map((place) => place.moves));
  if (moves === 0) return;
  if (moves > MAX_MOVES) throw new TransportError('unreachable', 'a partition has had no leader for long', true);
  await (options.pause ?? sleep)(pauseMs(moves));
  await cluster.refreshMetadata();
};

/** One fetch from every leader, side by side: what each partition answered, in the order that it was asked. */
const ask = async (
  state: State,
  maxWaitMs: number,
  maxBytes: number,
  paused: ReadonlySet<number> = NONE,
): Promise<readonly (FetchedPartition & { index: number })[]> => {
  const { cluster, places, options } = state;
  const unknown = places.filter(({ position }) => position === null);
  for (const place of unknown) place.position = await earliestOf(cluster, place);
  const leaders = [...(await byLeader(cluster, places, state.turn++ % places.length))]
    .map(([nodeId, led]) => [nodeId, led.filter((index) => !paused.has(index))] as const)
    .filter(([, led]) => led.length > 0);
  const asked = leaders.map(([nodeId, indexes]) =>
    fetchFrom(cluster, nodeId, {
      partitions: indexes.map((index) => ({ ...places[index], fromOffset: places[index].position ?? 0 })),
      isolation: options.isolation,
      maxWaitMs,
      maxBytes,
      maxPartitionBytes: Math.max(MIN_PARTITION_BYTES, Math.floor(maxBytes / places.length)),
    }),
  );
  const told: (FetchedPartition & { index: number })[] = [];
  for (const { errorCode, partitions } of await Promise.all(asked)) {
    if (errorCode !== 0) throw errorOfCode(errorCode);
    for (const answer of partitions) {
      const index = note(state, answer);
      if (index !== null) told.push({ ...answer, index });
    }
  }
  return told;
};

const pollOnce = async (state: State, paused?: ReadonlySet<number>): Promise<Polled[]> => {
  const { options, places } = state;
  const polled: Polled[] = [];
  let budgetBytes = MAX_INFLATED_BYTES;
  for (const { index, aborted, records } of await ask(state, options.maxWaitMs, options.maxBytes, paused)) {
    const fromOffset = places[index].position ?? 0;
    const walked = placed(places[index], () =>
      walkRecords(records, {
        fromOffset,
        aborted,
        maxInflatedBytes: MAX_INFLATED_BYTES,
        budgetBytes,
        keepsPacked: options.keepsPacked === true,
      }),
    );
    if (options.needsAppendTime === true && !walked.isAppendTime)
      throw new TransportError('misconfigured', 'a source topic whose message.timestamp.type is not LogAppendTime', false);
    budgetBytes = Math.max(0, budgetBytes - walked.inflatedBytes);
    places[index].position = walked.nextOffset;
    if (walked.runs.length > 0) polled.push({ index, runs: walked.runs });
  }
  await follow(state);
  return polled;
};

/** Asks for the last stable offset without reading: as little as a broker gives, and that is dropped. */
const stableEnd = async (state: State, index: number): Promise<number> => {
  const place = state.places[index];
  for (let tries = 0; place.lastStableOffset < 0; tries++) {
    if (tries > MAX_MOVES) throw new TransportError('unreachable', 'a partition does not tell its end', true);
    await ask(state, 0, 1);
    await follow(state);
  }
  return place.lastStableOffset;
};

/** Asks the leader for the end of a partition until one of them knows it. */
const latest = async ({ cluster, places, options }: State, index: number): Promise<number> => {
  await cluster.refreshMetadataIfNecessary();
  for (let tries = 1; ; tries++) {
    try {
      return await latestOf(cluster, places[index]);
    } catch (error) {
      const code = (error as { readonly code?: unknown }).code;
      if (typeof code !== 'number' || !MOVED.has(code) || tries > MAX_MOVES) throw error;
      await (options.pause ?? sleep)(pauseMs(tries));
      await cluster.refreshMetadata();
    }
  }
};

const stateOf = (options: ReaderOptions): State => {
  const { connection, partitions } = options;
  const unread = { position: null, highWatermark: -1, lastStableOffset: -1, moves: 0 };
  return {
    options,
    cluster: isCluster(connection) ? connection : (options.client ?? KAFKAJS).cluster(connection),
    places: partitions.map(({ topic, partition }): Place => ({ topic, partition, ...unread })),
    indexOf: new Map(partitions.map(({ topic, partition }, index) => [`${partition}:${topic}`, index])),
    turn: 0,
  };
};

export const openReader = async (options: ReaderOptions): Promise<Reader> => {
  const state = stateOf(options);
  const { cluster, places } = state;
  await guarded(state, async () => {
    await prepareCodecs();
    await cluster.connect();
    await cluster.addMultipleTargetTopics([...new Set(places.map(({ topic }) => topic))]);
  });
  return {
    seek(index, offset) {
      places[index].position = offset;
    },
    position: (index) => places[index].position ?? 0,
    poll: (paused) => guarded(state, () => pollOnce(state, paused)),
    async highWatermark(index) {
      const place = places[index];
      if (place.highWatermark < 0) place.highWatermark = await guarded(state, () => latest(state, index));
      return place.highWatermark;
    },
    lastStableOffset: (index) => guarded(state, () => stableEnd(state, index)),
    latest: (index) => guarded(state, () => latest(state, index)),
    earliest: (index) => guarded(state, () => earliestOf(cluster, places[index])),
    close: () => release(state),
  };
};
