import type { RecordRun } from './records.ts';
import { type Cursor, skip, varint } from './varint.ts';

/** A header of a record; `value` is null when it has none. */
export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/** The headers of one record of a run. They are identity: whoever reads them decides by them and drops them. */
export const headersOf = (run: RecordRun, row: number): RecordHeader[] => {
  const start = run.headersStart[row];
  const cursor: Cursor = { bytes: run.bytes, at: start, end: start + run.headersLength[row] };
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
