import { type BatchHeader, corrupt } from './batch.ts';
import { type Cursor, skip, varint, varlong } from './varint.ts';

/** Records that lie over one byte buffer, as arrays: no object per record. Lengths are -1 where there is none. */
export interface RecordRun {
  readonly bytes: Buffer;
  readonly count: number;
  /** The batch did not unpack within its limit: nothing of its records is known but where they stand (packed.ts). */
  readonly isPacked: boolean;
  readonly offset: Float64Array;
  readonly timestampMs: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyLength: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueLength: Int32Array;
  /** The headers, their count first. */
  readonly headersStart: Int32Array;
  readonly headersLength: Int32Array;
  /** The whole record as it lies, its length left out. */
  readonly recordStart: Int32Array;
  readonly recordLength: Int32Array;
}

type Columns = Omit<RecordRun, 'bytes' | 'count' | 'isPacked'>;

const makeColumns = (rows: number): Columns => ({
  offset: new Float64Array(rows),
  timestampMs: new Float64Array(rows),
  keyStart: new Int32Array(rows),
  keyLength: new Int32Array(rows),
  valueStart: new Int32Array(rows),
  valueLength: new Int32Array(rows),
  headersStart: new Int32Array(rows),
  headersLength: new Int32Array(rows),
  recordStart: new Int32Array(rows),
  recordLength: new Int32Array(rows),
});

const mapColumns = (columns: Columns, map: <T extends Float64Array | Int32Array>(column: T) => T): Columns => ({
  offset: map(columns.offset),
  timestampMs: map(columns.timestampMs),
  keyStart: map(columns.keyStart),
  keyLength: map(columns.keyLength),
  valueStart: map(columns.valueStart),
  valueLength: map(columns.valueLength),
  headersStart: map(columns.headersStart),
  headersLength: map(columns.headersLength),
  recordStart: map(columns.recordStart),
  recordLength: map(columns.recordLength),
});

/** Room for more rows, those that are there kept. */
const grow = (columns: Columns, rows: number): Columns => {
  const larger = makeColumns(rows);
  for (const [name, column] of Object.entries(columns)) larger[name as keyof Columns].set(column);
  return larger;
};

/** Length, attributes, two deltas, key and value lengths, headers: what the shortest record takes. */
const SHORTEST = 7;

/** Reads the record at the cursor into a row. */
const readRecord = (cursor: Cursor, header: BatchHeader, columns: Columns, row: number): void => {
  const batchEnd = cursor.end;
  const length = varint(cursor);
  const start = cursor.at;
  if (length < SHORTEST - 1 || length > batchEnd - start) throw corrupt('a record that does not fit into its batch');
  cursor.at = start + 1;
  cursor.end = start + length;
  const timestampDelta = varlong(cursor);
  columns.offset[row] = header.baseOffset + varint(cursor);
  columns.timestampMs[row] = header.isAppendTime ? header.maxTimestampMs : header.baseTimestampMs + timestampDelta;
  const keyLength = varint(cursor);
  columns.keyLength[row] = keyLength < 0 ? -1 : keyLength;
  columns.keyStart[row] = skip(cursor, keyLength);
  const valueLength = varint(cursor);
  columns.valueLength[row] = valueLength < 0 ? -1 : valueLength;
  columns.valueStart[row] = skip(cursor, valueLength);
  columns.headersStart[row] = cursor.at;
  columns.headersLength[row] = cursor.end - cursor.at;
  columns.recordStart[row] = start;
  columns.recordLength[row] = length;
  cursor.at = cursor.end;
  cursor.end = batchEnd;
};

/** Gathers records of batches over one buffer. */
export interface RunBuilder {
  /** Adds the records of a batch with an offset of `fromOffset` or more. `bytes` are those of the builder. */
  add(header: BatchHeader, start: number, end: number, fromOffset: number): void;
  done(): RecordRun | null;
}

export const createRun = (bytes: Buffer): RunBuilder => {
  let columns = makeColumns(0);
  let count = 0;
  return {
    add(header, start, end, fromOffset) {
      if (header.count < 0 || header.count * SHORTEST > end - start) throw corrupt('a batch that claims more records than it can hold');
      const needed = count + header.count;
      if (needed > columns.offset.length) columns = grow(columns, count === 0 ? needed : Math.max(needed, count * 2));
      const cursor: Cursor = { bytes, at: start, end };
      let last = header.baseOffset - 1;
      for (let i = 0; i < header.count; i++) {
        readRecord(cursor, header, columns, count);
        const at = columns.offset[count];
        if (at <= last || at > header.lastOffset) throw corrupt('a batch whose offsets do not rise within their range');
        last = at;
        // A row that is too early is written over by the next one.
        if (at >= fromOffset) count++;
      }
      if (cursor.at !== end) throw corrupt('bytes behind the last record of a batch');
    },
    done: () =>
      count === 0
        ? null
        : { bytes, count, isPacked: false, ...mapColumns(columns, (column) => column.subarray(0, count) as typeof column) },
  };
};

/** One record as it lies in its batch, its length left out (`recordStart`), as a run of its own. Throws `TransportError` `corrupt`. */
export const runOfRecord = (record: Buffer, offset: number): RecordRun => {
  const columns = makeColumns(1);
  const length = Buffer.from(lengthOf(record.length));
  const bytes = Buffer.concat([length, record]);
  const header = { baseOffset: 0, isAppendTime: true, maxTimestampMs: 0, baseTimestampMs: 0 } as BatchHeader;
  const cursor: Cursor = { bytes, at: 0, end: bytes.length };
  readRecord(cursor, header, columns, 0);
  if (cursor.at !== bytes.length) throw corrupt('bytes behind a record');
  columns.offset[0] = offset;
  return { bytes, count: 1, isPacked: false, ...columns };
};

/** A length as a varint of zigzag (Kafka's own, KIP-98). */
const lengthOf = (length: number): number[] => {
  const bytes: number[] = [];
  let left = length * 2;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  bytes.push(left);
  return bytes;
};
