import type { Log, SourcePartition } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { readInput } from './input.ts';
import type { Sink } from './sink.ts';

/** The (topic, partition) of all input files, numbered in order of first appearance. */
interface SourceList {
  readonly partitions: SourcePartition[];
  index(topic: string, partition: number): number;
}

const createSourceList = (): SourceList => {
  const partitions: SourcePartition[] = [];
  const known = new Map<string, number>();
  return {
    partitions,
    index(topic, partition) {
      const key = `${partition}:${topic}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const source = partitions.length;
      partitions.push({ source, topic, partition });
      known.set(key, source);
      return source;
    },
  };
};

/** Remembers the highest offset seen of each source; repeated offsets are faults and never move it. */
const note = (next: number[], batch: SourceBatch): void => {
  for (let i = 0; i < batch.count; i++) next[batch.source] = Math.max(next[batch.source] ?? 0, batch.offset[i] + 1);
};

const isObjectLine = (batch: SourceBatch, i: number): boolean => {
  try {
    const line = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + batch.recordStart[i], batch.recordLength[i]);
    return batch.fault[i] === 0 && typeof JSON.parse(line.toString('utf8')) === 'object';
  } catch {
    return false;
  }
};

/**
 * Whether a source can hold events at all. Broken lines of a file of envelopes have no partition of their own and stand
 * under the file's; that one has no clock and must not keep every window open until the last broken line.
 */
const canHoldEvents = (batch: SourceBatch): boolean => {
  if (!batch.bare || batch.form === 'datum') return true;
  for (let i = 0; i < batch.count; i++) if (isObjectLine(batch, i)) return true;
  return false;
};

/** Reads the files in turns, a stretch of each, so that files that are partitions of one log stay side by side in time. */
async function* inTurns(readers: readonly AsyncGenerator<readonly SourceBatch[]>[]): AsyncGenerator<readonly SourceBatch[]> {
  let active = [...readers];
  while (active.length > 0) {
    for (const reader of [...active]) {
      const { value, done } = await reader.next();
      if (done) active = active.filter((other) => other !== reader);
      else yield value;
    }
  }
}

/**
 * A log of files: it reads `.ndjson`, `.ndjson.gz` and `.avro`, and writes into a folder that appears only when it is
 * complete. The files are read twice: first to learn which partitions exist and where each ends, as a broker's
 * metadata would say, so that no partition turns up after a window was closed without it.
 *
 * A file run is one transaction as a whole: after a crash nothing of it is there, and running it again with the same
 * keys gives the same releases. That is why the ledger entry of a step is not kept.
 */
export const openFileLog = async (files: readonly string[], plan: Plan, sink: Sink): Promise<Log> => {
  const list = createSourceList();
  const readers = () => files.map((file, fileIndex) => readInput(file, fileIndex, plan, list.index));
  const highWatermark: number[] = [];
  const live = new Set<number>();
  for await (const batches of inTurns(readers())) {
    for (const batch of batches) {
      note(highWatermark, batch);
      if (!live.has(batch.source) && canHoldEvents(batch)) live.add(batch.source);
    }
  }
  const batches = inTurns(readers());
  const position: number[] = [];
  return {
    sources: async () => list.partitions,
    highWatermark: async (source) => (live.has(source) ? highWatermark[source] : 0),
    position: (source) => position[source] ?? 0,
    async fetch() {
      const { value, done } = await batches.next();
      if (done) return [];
      for (const batch of value) note(position, batch);
      return value;
    },
    append: async (transaction) => sink.append(transaction),
    close: async () => {},
    abort: async () => sink.discard(),
  };
};
