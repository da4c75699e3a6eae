import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
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
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

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
  // What goes wrong in either stream ends the other and is thrown by the loop that reads.
  return path.endsWith('.gz') ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : raw;
};

/** Cuts chunks into stretches of whole lines; a line over `maxLineBytes` is cut, and the rest of it is not kept. */
const createSplitter = (maxLineBytes: number) => {
  // Two bytes more than allowed: the second may be a carriage return that is then taken for a line end.
  const keptBytes = maxLineBytes + 2;
  let carry: Uint8Array = new Uint8Array(0);
  let isSkipping = false;
  let line = 0;
  return (chunk: Uint8Array): Lines | null => {
    let fresh = chunk;
    if (isSkipping) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) return null;
      isSkipping = false;
      fresh = chunk.subarray(end);
    }
    const bytes = carry.length === 0 ? fresh : Buffer.concat([carry, fresh]);
    const { lines, rest, nextLine } = split(bytes, line);
    line = nextLine;
    isSkipping = bytes.length - rest > keptBytes;
    carry = Uint8Array.from(bytes.subarray(rest, Math.min(bytes.length, rest + keptBytes)));
    return lines.count > 0 ? lines : null;
  };
};

const startsWithMark = (bytes: Uint8Array): boolean => BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte);

/**
 * Reads a file as lines, about 1 MiB at a time. A line longer than `maxLineBytes` is cut behind that (framing then faults it
 * as too long), so that one endless line cannot fill the memory. A byte order mark at the front is no part of the first
 * line. Throws `TransportError` `unreadable`, without the path or the system's text.
 */
export async function* readLines(path: string, maxLineBytes: number): AsyncGenerator<Lines> {
  const splitter = createSplitter(maxLineBytes);
  let isFirst = true;
  let isOpenEnded = false;
  try {
    for await (const part of open(path)) {
      const lines = splitter(isFirst && startsWithMark(part) ? part.subarray(BYTE_ORDER_MARK.length) : part);
      isFirst = false;
      isOpenEnded = part[part.length - 1] !== NEWLINE;
      if (lines !== null) yield lines;
    }
  } catch {
    throw new TransportError('unreadable', 'an input file cannot be read to its end', false);
  }
  const last = isOpenEnded ? splitter(Uint8Array.of(NEWLINE)) : null;
  if (last !== null) yield last;
}
