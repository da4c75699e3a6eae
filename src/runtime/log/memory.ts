import type { Log, SourcePartition, Transaction } from '../../model/log.ts';
import { TransportError } from '../../model/log.ts';
import type { SourceBatch } from '../../model/record.ts';

/** The memory log's shared state: what a broker would hold. Several owners may open it; the newest wins. */
export interface MemoryBroker {
  readonly sources: SourcePartition[];
  /** Batches per source, in order; a batch is never cut, tests choose the cuts. */
  readonly batches: SourceBatch[][];
  readonly transactions: Transaction[];
  /** Fencing epoch: an owner with a lower one is a zombie. */
  epoch: number;
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

/**
 * Opens the log as its newest owner, which fences all earlier ones (as InitProducerId does, KIP-98). Reading starts at
 * the first batch of each source, or where `from` says (batch numbers by source).
 */
export const openMemoryLog = (broker: MemoryBroker, from: readonly number[] = []): Log => {
  broker.epoch++;
  const epoch = broker.epoch;
  const cursor = broker.batches.map((_, source) => from[source] ?? 0);
  return {
    sources: async () => broker.sources,
    highWatermark: async (source) => nextOffset(broker.batches[source]),
    position: (source) => nextOffset(broker.batches[source].slice(0, cursor[source])),
    async fetch() {
      const fetched: SourceBatch[] = [];
      for (const [source, batches] of broker.batches.entries()) {
        if (cursor[source] < batches.length) fetched.push(batches[cursor[source]++]);
      }
      return fetched;
    },
    async append(transaction) {
      if (broker.epoch !== epoch) throw new TransportError('fenced', 'a newer owner opened this log', false);
      broker.transactions.push(transaction);
    },
    close: async () => {},
    abort: async () => {},
  };
};
