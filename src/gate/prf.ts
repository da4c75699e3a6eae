import { TOKEN_BYTES } from '../model/candidate.ts';
import type { Prf } from '../model/keys.ts';

/** Messages handed to one `Prf.batch` call: enough to share its fixed cost, small enough to stay in cache. */
const BATCH = 2048;

/**
 * PRF outputs, TOKEN_BYTES each, of `count` messages of equal length that begin with the same bytes. `write` fills in
 * what differs: message `row`, which begins at `bytes[at]`.
 */
export const prfOf = (prf: Prf, prefix: Uint8Array, length: number, count: number, write: MessageWriter): Uint8Array => {
  const out = new Uint8Array(count * TOKEN_BYTES);
  const batch = Math.min(BATCH, count);
  const bytes = new Uint8Array(batch * length);
  const starts = Int32Array.from({ length: batch }, (_, i) => i * length);
  const lengths = new Int32Array(batch).fill(length);
  for (const at of starts) bytes.set(prefix, at);
  for (let from = 0; from < count; from += batch) {
    const rows = Math.min(batch, count - from);
    for (let i = 0; i < rows; i++) write(from + i, bytes, i * length);
    prf.batch(bytes, starts, lengths, rows, out.subarray(from * TOKEN_BYTES, (from + rows) * TOKEN_BYTES));
  }
  return out;
};

export type MessageWriter = (row: number, bytes: Uint8Array, at: number) => void;

export const writeInt32 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
};

/** Eight bytes of a big-endian float64 (IEEE 754). */
export const float64Bytes = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
};
