import { createReadStream } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { createContainerFramer, type Inflate, readBlock, readHeader } from '../../../decode/container.ts';
import { createFramer, FILE_TOPIC, longestLine } from '../../../decode/envelope.ts';
import { TransportError } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { readLines } from './lines.ts';

type SourceIndex = (topic: string, partition: number) => number;

const inflate: Inflate = (bytes, maxBytes) => {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maxBytes });
  } catch {
    return null;
  }
};

const refuse = (what: string): TransportError => new TransportError('unreadable', what, false);

const REFUSALS = {
  'container-broken': 'a sound Avro container file',
  'container-schema-unknown': 'an Avro container file whose schema the policy names',
  'container-codec-unknown': 'an Avro container file of codec null or deflate',
  'container-too-large': 'an Avro container file with blocks of 64 MiB at most',
} as const;

/** Reads a container block by block; memory holds one block. */
async function* readContainer(
  path: string,
  fileIndex: number,
  plan: Plan,
  sourceIndex: SourceIndex,
): AsyncGenerator<readonly SourceBatch[]> {
  let rest: Uint8Array = new Uint8Array(0);
  let frame: ReturnType<typeof createContainerFramer> | null = null;
  let header: Exclude<ReturnType<typeof readHeader>, string> | null = null;
  for await (const part of createReadStream(path, { highWaterMark: 4 << 20 }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    if (header === null) {
      const read = readHeader(rest, plan);
      if (typeof read === 'string') throw refuse(REFUSALS[read]);
      header = read;
      frame = createContainerFramer(plan, header, fileIndex, sourceIndex(FILE_TOPIC, fileIndex));
      rest = rest.subarray(header.end);
    }
    for (;;) {
      const block = readBlock(rest, 0, header, inflate);
      if (typeof block === 'string') throw refuse(REFUSALS[block]);
      if (block === null) break;
      rest = rest.subarray(block.end);
      if (block.count > 0) yield [(frame as NonNullable<typeof frame>)(block)];
    }
  }
  if (header === null || rest.length > 0) throw refuse(REFUSALS['container-broken']);
}

async function* readText(path: string, fileIndex: number, plan: Plan, sourceIndex: SourceIndex): AsyncGenerator<readonly SourceBatch[]> {
  const framer = createFramer({ fileIndex, limits: plan.limits, sourceIndex });
  for await (const lines of readLines(path, longestLine(plan.limits))) yield framer.frame(lines);
}

/** Reads an input file as batches: `.avro` containers, anything else as NDJSON (`.gz` unpacked). */
export const readInput = (path: string, fileIndex: number, plan: Plan, sourceIndex: SourceIndex): AsyncGenerator<readonly SourceBatch[]> =>
  (path.endsWith('.avro') ? readContainer : readText)(path, fileIndex, plan, sourceIndex);
