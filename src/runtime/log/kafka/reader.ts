import { TransportError } from '../../../model/log.ts';
import { clusterOf } from './client.ts';
import { errorOfCode, transportErrorOf } from './errors.ts';
import { createEncoder, type InternalCluster } from './internals.ts';
import type { KafkaSettings } from './settings.ts';
import { decodeFetch, encodeFetch, FETCH, type FetchedPartition } from './wire/fetch.ts';
import { headersOf, type RecordHeader, type RecordRun } from './wire/records.ts';
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

export const openReader = async (options: ReaderOptions): Promise<Reader> => {
  const { connection, isolation, maxWaitMs, maxBytes, needsAppendTime = false } = options;
  const places = options.partitions.map(
    ({ topic, partition }): Place => ({ topic, partition, position: 0, highWatermark: -1, lastStableOffset: -1 }),
  );
  const indexOf = new Map(places.map(({ topic, partition }, index) => [`${partition}:${topic}`, index]));
  const cluster = isCluster(connection) ? connection : clusterOf(connection);
  const release = async (): Promise<void> => {
    if (!isCluster(connection)) await cluster.disconnect().catch(() => {});
  };
  let moves = 0;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await release();
      throw transportErrorOf(error);
    }
  };
  const leaders = async (): Promise<Map<string, number[]>> => {
    await cluster.refreshMetadataIfNecessary();
    const byLeader = new Map<string, number[]>();
    for (const [index, { topic, partition }] of places.entries()) {
      const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (leader === undefined) throw new TransportError('unreachable', 'a partition has no leader', true);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), index]);
    }
    return byLeader;
  };
  const take = (answer: FetchedPartition): Polled | null => {
    const index = indexOf.get(`${answer.partition}:${answer.topic}`);
    if (index === undefined) return null;
    if (MOVED.has(answer.errorCode)) {
      moves++;
      return null;
    }
    if (answer.errorCode === OUT_OF_RANGE)
      throw new TransportError('out-of-range', 'a source no longer holds what was not read yet, or holds less than it did', false);
    if (answer.errorCode !== 0) throw errorOfCode(answer.errorCode);
    moves = 0;
    const place = places[index];
    place.highWatermark = answer.highWatermark;
    place.lastStableOffset = answer.lastStableOffset < 0 ? answer.highWatermark : answer.lastStableOffset;
    const walk = { fromOffset: place.position, aborted: answer.aborted, maxInflatedBytes: MAX_INFLATED_BYTES };
    const { runs, nextOffset, isAppendTime } = walkRecords(answer.records, walk);
    if (needsAppendTime && !isAppendTime)
      throw new TransportError('misconfigured', 'a source topic whose message.timestamp.type is not LogAppendTime', false);
    place.position = nextOffset;
    return runs.length === 0 ? null : { index, runs };
  };
  const poll = (wait: number): Promise<Polled[]> =>
    guarded(async () => {
      const asked = [...(await leaders())].map(([nodeId, indexes]) =>
        fetchFrom(cluster, nodeId, {
          partitions: indexes.map((index) => ({ ...places[index], fromOffset: places[index].position })),
          isolation,
          maxWaitMs: wait,
          maxBytes,
          maxPartitionBytes: Math.max(1 << 20, Math.floor(maxBytes / places.length)),
        }),
      );
      const before = moves;
      const polled: Polled[] = [];
      for (const { errorCode, partitions } of await Promise.all(asked)) {
        if (errorCode !== 0) throw errorOfCode(errorCode);
        for (const answer of partitions) {
          const taken = take(answer);
          if (taken !== null) polled.push(taken);
        }
      }
      if (moves > before) {
        if (moves > MAX_MOVES) throw new TransportError('unreachable', 'a partition has had no leader for long', true);
        await cluster.refreshMetadata();
      }
      return polled;
    });
  const earliest = (index: number): Promise<number> =>
    guarded(async () => {
      const { topic, partition } = places[index];
      const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }]);
      return Number(answer.partitions[0].offset);
    });
  /** Looks without reading: what comes with the offsets is read again by the next poll. */
  const look = async (index: number): Promise<Place> => {
    const place = places[index];
    for (let tries = 0; place.highWatermark < 0; tries++) {
      if (tries === 0) for (const [at, { position }] of places.entries()) if (position === 0) places[at].position = await earliest(at);
      if (tries > MAX_MOVES) throw new TransportError('unreachable', 'a partition does not tell its end', true);
      const positions = places.map(({ position }) => position);
      await poll(0);
      for (const [at, position] of positions.entries()) places[at].position = position;
    }
    return place;
  };
  await guarded(async () => {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([...new Set(places.map(({ topic }) => topic))]);
  });
  return {
    seek(index, offset) {
      places[index].position = offset;
    },
    position: (index) => places[index].position,
    poll: () => poll(maxWaitMs),
    highWatermark: async (index) => (await look(index)).highWatermark,
    lastStableOffset: async (index) => (await look(index)).lastStableOffset,
    earliest,
    close: release,
  };
};

/** One record of a small topic of our own. */
export interface OwnRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

const part = (run: RecordRun, start: number, length: number): Buffer | null =>
  length < 0 ? null : Buffer.from(run.bytes.subarray(start, start + length));

/**
 * Reads a partition up to where it stands now: the high watermark is taken first, over uncommitted data, and committed
 * records are read until the position, markers included, has reached it. The last stable offset would not do: below an
 * unsettled transaction there may be another owner's committed records (kafka.md, task contract, step 2).
 */
export async function* readToEnd(connection: Connection, of: TopicPartition, from: number | 'earliest'): AsyncGenerator<OwnRecord> {
  const open = (isolation: 0 | 1): Promise<Reader> =>
    openReader({ connection, partitions: [of], isolation, maxWaitMs: 100, maxBytes: 8 << 20 });
  const watermark = await open(0);
  const end = await watermark.highWatermark(0).finally(watermark.close);
  const reader = await open(1);
  try {
    const earliest = await reader.earliest(0);
    reader.seek(0, from === 'earliest' ? earliest : from);
    while (reader.position(0) < end) {
      for (const { runs } of await reader.poll())
        for (const run of runs)
          for (let i = 0; i < run.count; i++)
            yield {
              offset: run.offset[i],
              key: part(run, run.keyStart[i], run.keyLength[i]),
              value: part(run, run.valueStart[i], run.valueLength[i]),
            };
    }
  } finally {
    await reader.close();
  }
}

/** A record of any topic, copied out with everything around it: for the checker, which looks at all of it. */
export interface WholeRecord extends OwnRecord {
  readonly timestampMs: number;
  readonly headers: readonly RecordHeader[];
  /** The record as it lies in its batch: what quarantine seals. */
  readonly whole: Buffer;
}

/** Committed records of a partition from its start up to an offset (exclusive), or to where it stands now. */
export async function* readRange(connection: Connection, of: TopicPartition, until: number | null): AsyncGenerator<WholeRecord> {
  const reader = await openReader({ connection, partitions: [of], isolation: 1, maxWaitMs: 100, maxBytes: 8 << 20 });
  try {
    const end = until ?? (await reader.highWatermark(0));
    reader.seek(0, await reader.earliest(0));
    while (reader.position(0) < end) {
      for (const { runs } of await reader.poll())
        for (const run of runs)
          for (let i = 0; i < run.count && run.offset[i] < end; i++)
            yield {
              offset: run.offset[i],
              timestampMs: run.timestampMs[i],
              key: part(run, run.keyStart[i], run.keyLength[i]),
              value: part(run, run.valueStart[i], run.valueLength[i]),
              headers: headersOf(run, i),
              whole: Buffer.from(run.bytes.subarray(run.recordStart[i], run.recordStart[i] + run.recordLength[i])),
            };
    }
  } finally {
    await reader.close();
  }
}
