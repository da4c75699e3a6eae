import { FILE_TOPIC } from '../../../decode/envelope.ts';
import { invariant } from '../../../model/invariant.ts';
import type { Log, SourcePartition } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { indexFile } from './index-pass.ts';
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

/** Next offset after the highest one seen, by source. */
const createNotes = () => {
  const next: number[] = [];
  return {
    next,
    see(source: number, offset: number): void {
      next[source] = Math.max(next[source] ?? 0, offset + 1);
    },
  };
};

/**
 * Groups files that share a partition, in the order given: they are one log in pieces, so they are read one after another,
 * and an offset that an earlier piece had is a fault. Files that share none are read side by side.
 */
const chainsOf = (sourcesOfFiles: readonly ReadonlySet<number>[]): number[][] => {
  const chains: { readonly files: number[]; readonly sources: Set<number> }[] = [];
  for (const [file, sources] of sourcesOfFiles.entries()) {
    const joined = chains.filter((chain) => [...sources].some((source) => chain.sources.has(source)));
    for (const chain of joined) chains.splice(chains.indexOf(chain), 1);
    chains.push({
      files: [...joined.flatMap(({ files }) => files), file].sort((a, b) => a - b),
      sources: new Set([...joined.flatMap((chain) => [...chain.sources]), ...sources]),
    });
  }
  return chains.map(({ files }) => files).sort(([a], [b]) => a - b);
};

async function* inSequence(readers: readonly AsyncGenerator<readonly SourceBatch[]>[]): AsyncGenerator<readonly SourceBatch[]> {
  for (const reader of readers) yield* reader;
}

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
 * metadata would say, so that no partition turns up after a window was closed without it. Files that share a partition
 * are pieces of one log.
 *
 * A file run is one transaction as a whole: after a crash nothing of it is there, and running it again with the same
 * keys gives the same releases.
 */
export const openFileLog = async (files: readonly string[], plan: Plan, sink: Sink): Promise<Log> => {
  const list = createSourceList();
  const ends = createNotes();
  const sourcesOfFiles: Set<number>[] = [];
  for (const [fileIndex, file] of files.entries()) {
    const sources = new Set<number>();
    const see = (source: number, offset: number): void => {
      sources.add(source);
      ends.see(source, offset);
    };
    await indexFile(file, fileIndex, plan, list.index, { see });
    sourcesOfFiles.push(sources);
  }
  // Lines that are broken behind a sound head turn up under their file when they are read: it is listed before anything is.
  for (const fileIndex of files.keys()) list.index(FILE_TOPIC, fileIndex);
  const lastOffset = new Map<number, number>();
  const batches = inTurns(
    chainsOf(sourcesOfFiles).map((chain) => inSequence(chain.map((file) => readInput(files[file], file, plan, list.index, lastOffset)))),
  );
  const passed = createNotes();
  const highWatermark = async (source: number): Promise<number> => ends.next[source] ?? 0;
  return {
    isDurable: false,
    isFinite: true,
    recover: async () => null,
    async *held() {},
    sources: async () => list.partitions,
    seek: () => invariant(false, 'a file is read from its start'),
    highWatermark,
    lastStableOffset: highWatermark,
    position: (source) => passed.next[source] ?? 0,
    async fetch() {
      const { value, done } = await batches.next();
      if (done) return [];
      for (const batch of value) for (const offset of batch.offset) passed.see(batch.source, offset);
      return value;
    },
    async append(transaction) {
      sink.append(transaction);
      return { heldNext: 0 };
    },
    close: async () => {},
    abort: async () => sink.discard(),
  };
};
