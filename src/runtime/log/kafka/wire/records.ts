import { type BatchHeader, corrupt } from './batch.ts';

/** Records that lie over one byte buffer, as arrays: no object per record. Lengths are -1 where there is none. */
export interface RecordRun {
  readonly bytes: Buffer;
  readonly count: number;
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

/** A cursor over the records of one batch; reading past the end is a corrupt batch. */
interface Cursor {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
}

/** Zig-zag varint of 32 bits at most 5 bytes long. */
const varint = (cursor: Cursor): number => {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (cursor.at >= cursor.end) throw corrupt('a record that ends in the middle');
    const byte = cursor.bytes[cursor.at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return (value >>> 1) ^ -(value & 1);
  }
  throw corrupt('a number in a record that does not end');
};

/** Zig-zag varint of 64 bits, as a double: timestamp deltas are far below 2^53. */
const varlong = (cursor: Cursor): number => {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    if (cursor.at >= cursor.end) throw corrupt('a record that ends in the middle');
    const byte = cursor.bytes[cursor.at++];
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  throw corrupt('a number in a record that does not end');
};

const skip = (cursor: Cursor, length: number): number => {
  const start = cursor.at;
  if (length < 0) return start;
  if (length > cursor.end - start) throw corrupt('a record that ends in the middle');
  cursor.at += length;
  return start;
};

/** Gathers records of batches over one buffer. */
export interface RunBuilder {
  /** Adds the records of a batch with an offset of `fromOffset` or more. `bytes` are those of the builder. */
  add(header: BatchHeader, start: number, end: number, fromOffset: number): void;
  done(): RecordRun | null;
}

const COLUMNS = 10;
/** Length, attributes, two deltas, key and value lengths, headers: what the shortest record takes. */
const SHORTEST = 7;

export const createRun = (bytes: Buffer): RunBuilder => {
  const columns: number[][] = Array.from({ length: COLUMNS }, () => []);
  const [offset, timestamp, keyStart, keyLength, valueStart, valueLength, headersStart, headersLength, recordStart, recordLength] = columns;
  const addRecord = (cursor: Cursor, header: BatchHeader, fromOffset: number): void => {
    const length = varint(cursor);
    if (length < SHORTEST - 1 || length > cursor.end - cursor.at) throw corrupt('a record that does not fit into its batch');
    const start = cursor.at;
    const inner: Cursor = { bytes, end: start + length, at: start + 1 };
    cursor.at = inner.end;
    const timestampDelta = varlong(inner);
    const at = header.baseOffset + varint(inner);
    const keyBytes = varint(inner);
    const key = skip(inner, keyBytes);
    const valueBytes = varint(inner);
    const value = skip(inner, valueBytes);
    if (at < fromOffset) return;
    offset.push(at);
    timestamp.push(header.isAppendTime ? header.maxTimestampMs : header.baseTimestampMs + timestampDelta);
    keyStart.push(key);
    keyLength.push(Math.max(-1, keyBytes));
    valueStart.push(value);
    valueLength.push(Math.max(-1, valueBytes));
    headersStart.push(inner.at);
    headersLength.push(inner.end - inner.at);
    recordStart.push(start);
    recordLength.push(length);
  };
  return {
    add(header, start, end, fromOffset) {
      if (header.count < 0 || header.count * SHORTEST > end - start) throw corrupt('a batch that claims more records than it can hold');
      const cursor: Cursor = { bytes, end, at: start };
      for (let i = 0; i < header.count; i++) addRecord(cursor, header, fromOffset);
      if (cursor.at !== end) throw corrupt('bytes behind the last record of a batch');
    },
    done: () =>
      offset.length === 0
        ? null
        : {
            bytes,
            count: offset.length,
            offset: Float64Array.from(offset),
            timestampMs: Float64Array.from(timestamp),
            keyStart: Int32Array.from(keyStart),
            keyLength: Int32Array.from(keyLength),
            valueStart: Int32Array.from(valueStart),
            valueLength: Int32Array.from(valueLength),
            headersStart: Int32Array.from(headersStart),
            headersLength: Int32Array.from(headersLength),
            recordStart: Int32Array.from(recordStart),
            recordLength: Int32Array.from(recordLength),
          },
  };
};

/** A header of a record; `value` is null when it has none. */
export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/** The headers of one record of a run. They are identity: whoever reads them decides by them and drops them. */
export const headersOf = (run: RecordRun, row: number): RecordHeader[] => {
  const start = run.headersStart[row];
  const cursor: Cursor = { bytes: run.bytes, end: start + run.headersLength[row], at: start };
  const headers: RecordHeader[] = [];
  for (let left = varint(cursor); left > 0; left--) {
    const nameBytes = varint(cursor);
    const name = run.bytes.toString('utf8', skip(cursor, nameBytes), cursor.at);
    const valueBytes = varint(cursor);
    const value = skip(cursor, valueBytes);
    headers.push({ name, value: valueBytes < 0 ? null : run.bytes.subarray(value, cursor.at) });
  }
  return headers;
};
