import { corrupt } from './batch.ts';

/** Where reading stands in some bytes; reading past `end` is a corrupt batch. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  end: number;
}

const CUT = 'a record that ends in the middle';
const ENDLESS = 'a number in a record that does not end';

/** Zig-zag varint of 32 bits, at most 5 bytes long. */
export const varint = (cursor: Cursor): number => {
  const { bytes } = cursor;
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (cursor.at >= cursor.end) throw corrupt(CUT);
    const byte = bytes[cursor.at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return (value >>> 1) ^ -(value & 1);
  }
  throw corrupt(ENDLESS);
};

/** Zig-zag varint of 64 bits, as a double: timestamp deltas are far below 2^53. */
export const varlong = (cursor: Cursor): number => {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    if (cursor.at >= cursor.end) throw corrupt(CUT);
    const byte = cursor.bytes[cursor.at++];
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  throw corrupt(ENDLESS);
};

/** Goes past so many bytes, none when the length is -1, and returns where they begin. */
export const skip = (cursor: Cursor, length: number): number => {
  const start = cursor.at;
  if (length < 0) return start;
  if (length > cursor.end - start) throw corrupt(CUT);
  cursor.at = start + length;
  return start;
};
