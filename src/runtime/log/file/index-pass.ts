import { createFramer, longestLine } from '../../../decode/envelope.ts';
import type { Plan } from '../../../model/plan.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { readInput, type SourceIndex } from './input.ts';
import { type Lines, readLines } from './lines.ts';

/** What the first reading of the input finds out about its sources. */
export interface SourceNotes {
  /** A record of a source that can hold events; the highest offset counts. */
  see(source: number, offset: number): void;
}

/** How most producers of envelopes begin a line. What it says is only believed for the end of a partition. */
const HEAD = /^\{"topic":"([!#-[\]-~]{1,249})","partition":(\d{1,9}),"offset":(\d{1,15}),/;
const HEAD_BYTES = 300;

const isObjectLine = (batch: SourceBatch, i: number): boolean => {
  try {
    const line = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + batch.recordStart[i], batch.recordLength[i]);
    return batch.fault[i] === 0 && typeof JSON.parse(line.toString('utf8')) === 'object';
  } catch {
    return false;
  }
};

/**
 * Notes a batch's source. Broken lines of a file of envelopes have no partition of their own and stand under the file's;
 * that one has no clock, and must not keep every window open until the last broken line.
 */
const seeBatch = (notes: SourceNotes, batch: SourceBatch, live: Set<number>): void => {
  const canHold =
    live.has(batch.source) ||
    !batch.bare ||
    batch.form === 'datum' ||
    Array.from({ length: batch.count }, (_, i) => i).some((i) => isObjectLine(batch, i));
  if (!canHold) return;
  live.add(batch.source);
  for (const offset of batch.offset) notes.see(batch.source, offset);
};

/** Lines whose head does not say where they stood: framed like any other. */
const unusualLines = (lines: Lines, notes: SourceNotes, sourceIndex: SourceIndex): Lines => {
  const bytes = Buffer.from(lines.bytes.buffer, lines.bytes.byteOffset, lines.bytes.length);
  const kept: number[] = [];
  for (let i = 0; i < lines.count; i++) {
    const head = HEAD.exec(bytes.toString('latin1', lines.start[i], lines.start[i] + Math.min(HEAD_BYTES, lines.length[i])));
    if (head === null) kept.push(i);
    else notes.see(sourceIndex(head[1], Number(head[2])), Number(head[3]));
  }
  return {
    bytes: lines.bytes,
    count: kept.length,
    start: Int32Array.from(kept, (i) => lines.start[i]),
    length: Int32Array.from(kept, (i) => lines.length[i]),
    number: Float64Array.from(kept, (i) => lines.number[i]),
  };
};

/**
 * Reads one file to learn which partitions it holds and where each ends, without decoding anything. A line that lies about
 * itself (its head names a partition that framing then refuses) at worst keeps windows open until the end of the input.
 */
export const indexFile = async (
  path: string,
  fileIndex: number,
  plan: Plan,
  sourceIndex: SourceIndex,
  notes: SourceNotes,
): Promise<void> => {
  const live = new Set<number>();
  if (path.endsWith('.avro')) {
    for await (const batches of readInput(path, fileIndex, plan, sourceIndex)) for (const batch of batches) seeBatch(notes, batch, live);
    return;
  }
  const framer = createFramer({ fileIndex, limits: plan.limits, sourceIndex, keepsAround: false });
  for await (const lines of readLines(path, longestLine(plan.limits))) {
    const unusual = unusualLines(lines, notes, sourceIndex);
    if (unusual.count > 0) for (const batch of framer.frame(unusual)) seeBatch(notes, batch, live);
  }
};
