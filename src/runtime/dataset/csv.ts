import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RowBlock } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { BlockBuilder } from './block.ts';
import { matchColumns } from './columns.ts';

const CHUNK_BYTES = 1 << 20;
/** The longest record: an opening quote that nobody closes would otherwise be the rest of the file. */
const MAX_RECORD_BYTES = 1 << 20;
const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;

/** Fields of one record as spans over the bytes; `isSound` is false when quotes stand where none may. */
interface Record {
  readonly start: number[];
  readonly end: number[];
  /** Bit 0: quotes in it stand for one each. */
  readonly isQuoted: boolean[];
  isSound: boolean;
  /** Where the next record begins. */
  next: number;
}

/**
 * Reads the record at `from` (RFC 4180). False when the bytes end before it does; at the end of the file (`isLast`) that ends it,
 * too, unless it is inside quotes.
 */
const readRecord = (bytes: Uint8Array, from: number, isLast: boolean, record: Record): boolean => {
  record.start.length = 0;
  record.end.length = 0;
  record.isQuoted.length = 0;
  record.isSound = true;
  let at = from;
  for (;;) {
    const isQuoted = bytes[at] === QUOTE;
    let end = isQuoted ? closingQuote(bytes, at + 1) : at;
    if (end < 0) return endOfFile(record, bytes, isLast);
    const start = isQuoted ? at + 1 : at;
    at = isQuoted ? end + 1 : at;
    while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== NEWLINE) {
      // Behind a closing quote only the end of the field may stand, and inside a bare field no quote.
      if (bytes[at] === QUOTE || (isQuoted && !isReturn(bytes, at))) record.isSound = false;
      at++;
    }
    if (at >= bytes.length && !isLast) return false;
    if (!isQuoted) end = at > start && bytes[at] !== COMMA && bytes[at - 1] === RETURN ? at - 1 : at;
    record.start.push(start);
    record.end.push(end);
    record.isQuoted.push(isQuoted);
    record.next = at + 1;
    if (bytes[at] !== COMMA) return true;
    at++;
  }
};

const isReturn = (bytes: Uint8Array, at: number): boolean => bytes[at] === RETURN && (at + 1 >= bytes.length || bytes[at + 1] === NEWLINE);

/** Where the quote is that closes a field; -1 when it is not there. Two quotes stand for one. */
const closingQuote = (bytes: Uint8Array, from: number): number => {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== QUOTE) continue;
    if (bytes[at + 1] !== QUOTE) return at;
    at++;
  }
  return -1;
};

const endOfFile = (record: Record, bytes: Uint8Array, isLast: boolean): boolean => {
  if (!isLast) return false;
  record.isSound = false;
  record.next = bytes.length + 1;
  return true;
};

const isBlank = ({ start, end, isQuoted }: Record): boolean => start.length === 1 && start[0] === end[0] && !isQuoted[0];

/** Text of a field, doubled quotes made one. */
const textOf = (bytes: Uint8Array, { start, end, isQuoted }: Record, field: number): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start[field], end[field] - start[field]).toString('utf8');
  return isQuoted[field] ? text.replaceAll('""', '"') : text;
};

const hasQuote = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (bytes[i] === QUOTE) return true;
  return false;
};

const fill = (builder: BlockBuilder, bytes: Uint8Array, record: Record, columns: readonly number[]): void => {
  builder.begin();
  const isSound = record.isSound && record.start.length === columns.length;
  if (!isSound) builder.spoil();
  for (let field = 0; isSound && field < columns.length; field++) {
    const start = record.start[field];
    const end = record.end[field];
    if (record.isQuoted[field] && hasQuote(bytes, start, end)) builder.setText(columns[field], textOf(bytes, record, field));
    else builder.setBytes(columns[field], bytes, start, end);
  }
};

const open = (path: string): AsyncIterable<Buffer> => {
  const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return /\.gz$/i.test(path) ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : raw;
};

/** The file's bytes, and an empty chunk at its end. */
async function* chunksOf(path: string): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isLast: boolean }> {
  try {
    for await (const bytes of open(path)) yield { bytes, isLast: false };
  } catch {
    throw new DatasetError('dataset-unreadable', 'a file that can be read to its end');
  }
  yield { bytes: new Uint8Array(0), isLast: true };
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Columns by the header. */
const readHeader = (bytes: Uint8Array, record: Record, declared: readonly string[]): number[] => {
  if (!record.isSound) throw new DatasetError('dataset-unreadable', 'a header as CSV has it (RFC 4180)');
  return matchColumns(
    record.start.map((_, field) => textOf(bytes, record, field)),
    declared,
  );
};

/** Rows of a CSV file with a header. Blank lines are none. */
export async function* readCsvRows(path: string, declared: readonly string[], builder: BlockBuilder): AsyncGenerator<RowBlock> {
  const record: Record = { start: [], end: [], isQuoted: [], isSound: true, next: 0 };
  let columns: number[] | null = null;
  let rest: Uint8Array = new Uint8Array(0);
  let isFirst = true;
  for await (const { bytes: chunk, isLast } of chunksOf(path)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = isFirst && BYTE_ORDER_MARK.equals(bytes.subarray(0, 3)) ? 3 : 0;
    isFirst = false;
    while (from < bytes.length && readRecord(bytes, from, isLast, record)) {
      from = record.next;
      if (isBlank(record)) continue;
      if (columns === null) {
        columns = readHeader(bytes, record, declared);
        continue;
      }
      fill(builder, bytes, record, columns);
      if (!builder.isFull()) continue;
      const block = builder.take();
      if (block !== null) yield block;
    }
    rest = bytes.slice(Math.min(from, bytes.length));
    if (rest.length > MAX_RECORD_BYTES)
      throw new DatasetError('dataset-unreadable', 'records of at most 1 MiB; a quote may lack its other half');
  }
  if (columns === null) throw new DatasetError('dataset-empty', 'a header and at least one row');
  const block = builder.take();
  if (block !== null) yield block;
}
