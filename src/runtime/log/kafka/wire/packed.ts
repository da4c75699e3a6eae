import { type BatchHeader, corrupt } from './batch.ts';
import type { RecordRun } from './records.ts';

/** So many rows at once: a batch can claim more records than anybody wants to write down in one step. */
export const PACKED_ROWS = 10_000;

const NO_HEADERS = Buffer.of(0);

/** Rows of a batch that stays packed, and the offset behind the last of them. */
export interface PackedRows {
  readonly run: RecordRun;
  readonly nextOffset: number;
}

/**
 * The records of a batch that does not unpack within its limit, as far as its header tells them: a gateway can write a bomb,
 * which a broker takes, and nobody else may be stopped by it. Each is a row without key, value and headers; the first row's
 * record is the batch as it lies, so that quarantine keeps it. Gives at most `PACKED_ROWS` from `fromOffset` on: the next fetch goes
 * on within the batch. Throws `TransportError` `corrupt` when the header does not tell every offset.
 */
export const packedRows = (bytes: Buffer, header: BatchHeader, fromOffset: number): PackedRows => {
  const { start, end, baseOffset, lastOffset, count } = header;
  if (count !== lastOffset - baseOffset + 1) throw corrupt('a packed record batch whose header does not tell its offsets');
  const first = Math.max(fromOffset, baseOffset);
  const rows = Math.min(PACKED_ROWS, lastOffset + 1 - first);
  const size = end - start;
  const ints = (value: number): Int32Array => new Int32Array(rows).fill(value);
  const isWhole = (row: number): boolean => first + row === baseOffset;
  const run: RecordRun = {
    bytes: Buffer.concat([bytes.subarray(start, end), NO_HEADERS]),
    count: rows,
    isPacked: true,
    offset: Float64Array.from({ length: rows }, (_, row) => first + row),
    timestampMs: new Float64Array(rows).fill(header.isAppendTime ? header.maxTimestampMs : header.baseTimestampMs),
    keyStart: ints(0),
    keyLength: ints(-1),
    valueStart: ints(0),
    valueLength: ints(-1),
    headersStart: ints(size),
    headersLength: ints(NO_HEADERS.length),
    recordStart: ints(0),
    recordLength: Int32Array.from({ length: rows }, (_, row) => (isWhole(row) ? size : 0)),
  };
  return { run, nextOffset: first + rows };
};
