import { createReadStream } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { type ContainerHeader, type Inflate, MAX_HEADER_BYTES, readBlock, readHeader } from '../../../decode/container.ts';
import { type ContainerFramer, createContainerFramer } from '../../../decode/datums.ts';
import { looksAround } from '../../../decode/derive.ts';
import { createFramer, FILE_TOPIC, longestLine } from '../../../decode/envelope.ts';
import { TransportError } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { readLines } from './lines.ts';

export type SourceIndex = (topic: string, partition: number) => number;

const CHUNK_BYTES = 4 << 20;

const inflate: Inflate = (bytes, maxBytes) => {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'container-too-large' : 'container-broken';
  }
};

const refuse = (what: string): TransportError => new TransportError('unreadable', `an input file is not ${what}`, false);

const REFUSALS = {
  'container-broken': 'a sound Avro container file',
  'container-schema-unknown': 'an Avro container file whose schema the policy names',
  'container-codec-unknown': 'an Avro container file of codec null or deflate',
  'container-too-large': 'an Avro container file with blocks of 16 MiB at most',
} as const;

/** Bytes of a file as they come; the system's errors name the path, so they are dropped here. */
async function* readChunks(path: string): AsyncGenerator<Buffer> {
  const stream: AsyncIterator<Buffer> = createReadStream(path, { highWaterMark: CHUNK_BYTES })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await stream.next().catch(() => {
        throw new TransportError('unreadable', 'an input file cannot be read to its end', false);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await stream.return?.();
  }
}

/** The header once enough of the file is there to hold any header; null until then. */
const headerOf = (bytes: Uint8Array, isWhole: boolean, plan: Plan): ContainerHeader | null => {
  if (!isWhole && bytes.length < MAX_HEADER_BYTES) return null;
  const header = readHeader(bytes, plan);
  if (typeof header === 'string') throw refuse(REFUSALS[header]);
  return header;
};

/** Whole blocks at the front of `bytes`, as batches; returns where the first unfinished one begins. */
function* readBlocks(bytes: Uint8Array, header: ContainerHeader, frame: ContainerFramer): Generator<readonly SourceBatch[], number> {
  let at = 0;
  for (;;) {
    const block = readBlock(bytes, at, header, inflate);
    if (typeof block === 'string') throw refuse(REFUSALS[block]);
    if (block === null) return at;
    at = block.end;
    for (const batch of frame(block)) yield [batch];
  }
}

/** Reads a container block by block; memory holds one block. */
async function* readContainer(
  path: string,
  fileIndex: number,
  plan: Plan,
  sourceIndex: SourceIndex,
): AsyncGenerator<readonly SourceBatch[]> {
  let rest: Uint8Array = new Uint8Array(0);
  let header: ContainerHeader | null = null;
  let frame: ContainerFramer | null = null;
  const take = function* (isWhole: boolean): Generator<readonly SourceBatch[]> {
    if (header === null) {
      header = headerOf(rest, isWhole, plan);
      if (header === null) return;
      frame = createContainerFramer(plan, header, fileIndex, sourceIndex(FILE_TOPIC, fileIndex));
      rest = rest.subarray(header.end);
    }
    rest = rest.subarray(yield* readBlocks(rest, header, frame as ContainerFramer));
  };
  for await (const part of readChunks(path)) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    yield* take(false);
  }
  yield* take(true);
  if (rest.length > 0) throw refuse(REFUSALS['container-broken']);
}

async function* readText(
  path: string,
  fileIndex: number,
  plan: Plan,
  sourceIndex: SourceIndex,
  lastOffset: Map<number, number>,
): AsyncGenerator<readonly SourceBatch[]> {
  const framer = createFramer({ fileIndex, limits: plan.limits, sourceIndex, lastOffset, keepsAround: looksAround(plan) });
  for await (const lines of readLines(path, longestLine(plan.limits))) yield framer.frame(lines);
}

/**
 * Reads an input file as batches: `.avro` containers, anything else as NDJSON (`.gz` unpacked). `lastOffset` is that of the
 * partitions so far: files may go on where others end.
 */
export const readInput = (
  path: string,
  fileIndex: number,
  plan: Plan,
  sourceIndex: SourceIndex,
  lastOffset: Map<number, number> = new Map(),
): AsyncGenerator<readonly SourceBatch[]> =>
  path.endsWith('.avro') ? readContainer(path, fileIndex, plan, sourceIndex) : readText(path, fileIndex, plan, sourceIndex, lastOffset);
