import { type Connection, openReader, type TopicPartition } from './reader.ts';
import { headersOf, type RecordHeader } from './wire/headers.ts';
import type { RecordRun } from './wire/records.ts';

/** One record of a small topic of our own. */
export interface OwnRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

const part = (run: RecordRun, start: number, length: number): Buffer | null =>
  length < 0 ? null : Buffer.from(run.bytes.subarray(start, start + length));

/** Offsets before the end that are the tail of a partition. */
const TAIL = 200;

/**
 * Reads a partition up to where it stands now: the high watermark is asked for first, and committed records are read until
 * the position, markers included, has reached it. The last stable offset would not do: above an unsettled transaction there
 * may be committed records (kafka.md, task contract, step 2).
 */
export async function* readToEnd(
  connection: Connection,
  of: TopicPartition,
  from: number | 'earliest' | 'tail',
): AsyncGenerator<OwnRecord> {
  const reader = await openReader({ connection, partitions: [of], isolation: 1, maxWaitMs: 100, maxBytes: 8 << 20 });
  try {
    const end = await reader.latest(0);
    const earliest = await reader.earliest(0);
    reader.seek(0, from === 'earliest' ? earliest : from === 'tail' ? Math.max(earliest, end - TAIL) : from);
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

/**
 * The last committed value of a partition, such as a task's ledger entry; null when there is none. A ledger of days need not be read
 * for that: only when nothing at its end is committed, all of it is.
 */
export const lastValue = async (connection: Connection, of: TopicPartition): Promise<Buffer | null> => {
  for (const from of ['tail', 'earliest'] as const) {
    let last: Buffer | null = null;
    for await (const { value } of readToEnd(connection, of, from)) last = value ?? last;
    if (last !== null) return last;
  }
  return null;
};

/** Offset of the first record that is still in a partition, or of its end when there is none. */
export const earliestOf = async (connection: Connection, of: TopicPartition): Promise<number> => {
  const reader = await openReader({ connection, partitions: [of], isolation: 1, maxWaitMs: 100, maxBytes: 1 << 20 });
  return await reader.earliest(0).finally(() => reader.close());
};

/** A record of any topic, copied out with everything around it: for the checker, which looks at all of it. */
export interface WholeRecord extends OwnRecord {
  readonly timestampMs: number;
  readonly headers: readonly RecordHeader[];
  /** The record as it lies in its batch: what quarantine seals. */
  readonly whole: Buffer;
}

/** Committed records of a partition from its start up to an offset (exclusive), or to where it stands now. */
export async function* readRange(connection: Connection, of: TopicPartition, until: number | null): AsyncGenerator<WholeRecord> {
  const reader = await openReader({ connection, partitions: [of], isolation: 1, maxWaitMs: 100, maxBytes: 8 << 20, keepsPacked: true });
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
