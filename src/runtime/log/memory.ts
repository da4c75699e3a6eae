import type { HeldRecord, Log, SourcePartition, Transaction } from '../../model/log.ts';
import { TransportError } from '../../model/log.ts';
import type { SourceBatch } from '../../model/record.ts';

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

/** The records of a batch from an offset on; null when there are none. */
const tailOf = (batch: SourceBatch, from: number): SourceBatch | null => {
  const first = batch.offset.findIndex((offset) => offset >= from);
  if (first < 0) return null;
  if (first === 0) return batch;
  return {
    ...batch,
    count: batch.count - first,
    valueStart: batch.valueStart.subarray(first),
    valueLength: batch.valueLength.subarray(first),
    recordStart: batch.recordStart.subarray(first),
    recordLength: batch.recordLength.subarray(first),
    offset: batch.offset.subarray(first),
    appendMs: batch.appendMs.subarray(first),
    fault: batch.fault.subarray(first),
  };
};

/** The next batch of a source, from an offset on; null when nothing is there. */
const nextBatch = (batches: readonly SourceBatch[], from: number): SourceBatch | null => {
  for (const batch of batches) {
    const tail = tailOf(batch, from);
    if (tail !== null) return tail;
  }
  return null;
};

/** Opens the log; its owner is whoever called `recover` last, which fences all earlier ones (as InitProducerId does, KIP-98). */
export const openMemoryLog = (broker: MemoryBroker, options: MemoryLogOptions = {}): Log => {
  const { isFinite: ends = true, isDurable = false } = options;
  let epoch = broker.epoch;
  const positions = broker.batches.map(() => 0);
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
      positions[source] = offset;
    },
    highWatermark: async (source) => nextOffset(broker.batches[source]),
    lastStableOffset: async (source) => nextOffset(broker.batches[source]),
    position: (source) => positions[source],
    async fetch() {
      const fetched: SourceBatch[] = [];
      for (const [source, batches] of broker.batches.entries()) {
        const batch = nextBatch(batches, positions[source]);
        if (batch === null) continue;
        positions[source] = nextOffset([batch]);
        fetched.push(batch);
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
