import type { Polled, Reader, TopicPartition } from '../../../../src/runtime/log/kafka/reader.ts';
import { walkRecords } from '../../../../src/runtime/log/kafka/wire/walk.ts';
import { encodeBatch, type TestRecord } from './wire/encode.ts';

/** A record of a partition in memory; its offset is its place. */
export interface MemoryRecord extends TestRecord {
  readonly appendMs: number;
}

export interface MemoryPartition extends TopicPartition {
  readonly records: MemoryRecord[];
}

const runsOf = (records: readonly MemoryRecord[], from: number): Polled['runs'] => {
  const baseTimestampMs = records[0].appendMs;
  const timed = records.map((record) => ({ ...record, timestampDelta: record.appendMs - baseTimestampMs }));
  const bytes = encodeBatch({ baseOffset: from, records: timed, baseTimestampMs });
  return walkRecords(bytes, { fromOffset: from, aborted: [], maxInflatedBytes: 0 }).runs;
};

/** A reader over partitions in memory that gives up to `count` records of each at a time. */
export const memoryReader = (partitions: readonly MemoryPartition[], count: number): Reader => {
  const positions = partitions.map(() => 0);
  const end = async (index: number): Promise<number> => partitions[index].records.length;
  return {
    seek(index, offset) {
      positions[index] = offset;
    },
    position: (index) => positions[index],
    async poll() {
      const polled: Polled[] = [];
      for (const [index, { records }] of partitions.entries()) {
        const from = positions[index];
        const part = records.slice(from, from + count);
        positions[index] += part.length;
        if (part.length > 0) polled.push({ index, runs: runsOf(part, from) });
      }
      return polled;
    },
    highWatermark: end,
    lastStableOffset: end,
    latest: end,
    earliest: async () => 0,
    close: async () => {},
  };
};
