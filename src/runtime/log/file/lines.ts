import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { TransportError } from '../../../model/log.ts';

/** Lines of one stretch of a file: spans over `bytes`, without line ends. Blank lines are counted but not listed. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly start: Int32Array;
  readonly length: Int32Array;
  /** 0-based line number of each line in the file. */
  readonly number: Float64Array;
}

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;
const RETURN = 13;

const isBlank = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (bytes[i] !== 32 && bytes[i] !== 9) return false;
  return true;
};

/** Splits whole lines off `bytes`; `rest` is where the unfinished last line begins. */
const split = (bytes: Uint8Array, firstLine: number): { lines: Lines; rest: number; nextLine: number } => {
  const starts: number[] = [];
  const lengths: number[] = [];
  const numbers: number[] = [];
  let line = firstLine;
  let from = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
    const stop = end > from && bytes[end - 1] === RETURN ? end - 1 : end;
    if (!isBlank(bytes, from, stop)) {
      starts.push(from);
      lengths.push(stop - from);
      numbers.push(line);
    }
    line++;
    from = end + 1;
  }
  const lines = {
    bytes,
    count: starts.length,
    start: Int32Array.from(starts),
    length: Int32Array.from(lengths),
    number: Float64Array.from(numbers),
  };
  return { lines, rest: from, nextLine: line };
};

/** A file's bytes, unpacked when it ends in `.gz`; unpacking streams, so a gzip bomb costs time and never memory. */
const open = (path: string): AsyncIterable<Buffer> => {
  const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (!path.endsWith('.gz')) return raw;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  raw.on('error', () => unpacked.destroy(new TransportError('unreadable', 'an input file cannot be read', false)));
  return raw.pipe(unpacked);
};

/**
 * Reads a file as lines, about 1 MiB at a time. A line longer than `maxLineBytes` is cut there (framing then faults it
 * as too long), so that one endless line cannot fill the memory. Throws `TransportError` `unreadable`, without the
 * path or the system's text.
 */
export async function* readLines(path: string, maxLineBytes: number): AsyncGenerator<Lines> {
  let carry: Uint8Array = new Uint8Array(0);
  let skipping = false;
  let line = 0;
  try {
    for await (const part of open(path)) {
      let chunk: Uint8Array = part;
      if (skipping) {
        const end = chunk.indexOf(NEWLINE);
        if (end < 0) continue;
        skipping = false;
        chunk = chunk.subarray(end);
      }
      const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      const { lines, rest, nextLine } = split(bytes, line);
      line = nextLine;
      carry = bytes.slice(rest);
      if (carry.length > maxLineBytes) {
        carry = carry.slice(0, maxLineBytes + 1);
        skipping = true;
      }
      if (lines.count > 0) yield lines;
    }
  } catch {
    throw new TransportError('unreadable', 'an input file cannot be read to its end', false);
  }
  if (carry.length > 0) {
    const { lines } = split(Buffer.concat([carry, Uint8Array.of(NEWLINE)]), line);
    if (lines.count > 0) yield lines;
  }
}
