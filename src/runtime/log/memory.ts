import type { HeldRecord, Log, SourcePartition, Transaction } from '../../model/log.ts';
import { TransportError } from '../../model/log.ts';
import type { SourceBatch } from '../../model/record.ts';
import { sliceBatch } from '../slice-batch.ts';

/** The memory log's shared state: what a broker would hold for one task. Several owners may open it; the newest wins. */
export interface MemoryBroker {
  readonly sources: SourcePartition[];
  /** Batches per source, in order; a batch is never cut where it is read from its start, tests choose the cuts. */
  readonly batches: SourceBatch[][];
  /** What was committed, in order. */
  readonly transactions: Transaction[];
  /** Fencing epoch: an owner with a lower one is a zombie. */
  epoch: number;
}

export interface MemoryLogOptions {
  /** Whether an empty fetch is the end of everything. Default true. */
  readonly isFinite?: boolean;
  /** Whether transactions carry ledger and held records. Default false. */
  readonly isDurable?: boolean;
}

export const createMemoryBroker = (batchesBySource: readonly (readonly SourceBatch[])[]): MemoryBroker => ({
  sources: batchesBySource.map((batches, source) => ({
    source,
    topic: batches[0]?.topic ?? 'empty',
    partition: batches[0]?.partition ?? source,
  })),
  batches: batchesBySource.map((batches) => [...batches]),
  transactions: [],
  epoch: 0,
});

const nextOffset = (batches: readonly SourceBatch[]): number => {
  const last = batches[batches.length - 1];
  return last === undefined || last.count === 0 ? 0 : last.offset[last.count - 1] + 1;
};

/** Where a reader stands in one source: the next batch, and what of it was read already. */
interface Cursor {
  batch: number;
  from: number;
  position: number;
}

/** Opens the log; its owner is whoever called `recover` last, which fences all earlier ones (as InitProducerId does, KIP-98). */
export const openMemoryLog = (broker: MemoryBroker, options: MemoryLogOptions = {}): Log => {
  const { isFinite: ends = true, isDurable = false } = options;
  let epoch = broker.epoch;
  const cursors = broker.batches.map((): Cursor => ({ batch: 0, from: 0, position: 0 }));
  const owned = (): void => {
    if (broker.epoch !== epoch) throw new TransportError('fenced', 'a newer owner opened this log', false);
  };
  const heldRecords = (): HeldRecord[] => broker.transactions.flatMap(({ held }) => held).map((bytes, offset) => ({ offset, bytes }));
  return {
    isDurable,
    isFinite: ends,
    async recover() {
      epoch = ++broker.epoch;
      return broker.transactions.at(-1)?.ledger ?? null;
    },
    async *held(from) {
      yield* heldRecords().slice(from);
    },
    sources: async () => broker.sources,
    seek(source, offset) {
      const next = broker.batches[source].findIndex((batch) => nextOffset([batch]) > offset);
      cursors[source] = { batch: next < 0 ? broker.batches[source].length : next, from: offset, position: offset };
    },
    highWatermark: async (source) => nextOffset(broker.batches[source]),
    lastStableOffset: async (source) => nextOffset(broker.batches[source]),
    position: (source) => cursors[source].position,
    async fetch(paused) {
      const fetched: SourceBatch[] = [];
      for (const [source, batches] of broker.batches.entries()) {
        if (paused?.has(source)) continue;
        const cursor = cursors[source];
        if (cursor.batch >= batches.length) continue;
        const batch = batches[cursor.batch++];
        cursor.position = Math.max(cursor.position, nextOffset([batch]));
        const rest = sliceBatch(batch, cursor.from, Number.POSITIVE_INFINITY);
        if (rest !== null) fetched.push(rest);
      }
      return fetched;
    },
    async append(transaction) {
      owned();
      broker.transactions.push(transaction);
      return { heldNext: heldRecords().length };
    },
    close: async () => {},
    abort: async () => {},
  };
};
