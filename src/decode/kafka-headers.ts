/** Where the value of a header lies; `length` is -1 when there is none. */
export interface FoundHeader {
  start: number;
  length: number;
  /** How often the header stands there; -1 when the headers cannot be read. */
  times: number;
}

interface Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  isLost: boolean;
}

/** Zig-zag varint of 32 bits (KIP-98); 0 and lost when there is none. */
const varint = (cursor: Cursor): number => {
  let value = 0;
  for (let shift = 0; shift < 35 && cursor.at < cursor.end; shift += 7) {
    const byte = cursor.bytes[cursor.at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return (value >>> 1) ^ -(value & 1);
  }
  cursor.isLost = true;
  return 0;
};

/** Goes past `length` bytes (none when it is negative) and gives where they begin. */
const skip = (cursor: Cursor, length: number): number => {
  const start = cursor.at;
  if (length > cursor.end - start) cursor.isLost = true;
  else if (length > 0) cursor.at += length;
  return start;
};

const isAt = (bytes: Uint8Array, start: number, name: Uint8Array): boolean => {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
};

/**
 * Looks for a header in those of a record (count, then length and bytes of each name and value: Kafka protocol, "Record
 * Header") and says how often it is there. It reads to the end of the headers, so that what is said of one holds for all.
 */
export const findHeader = (bytes: Uint8Array, start: number, length: number, name: Uint8Array, found: FoundHeader): void => {
  const cursor: Cursor = { bytes, end: start + length, at: start, isLost: false };
  found.times = 0;
  found.length = -1;
  for (let left = varint(cursor); left > 0 && !cursor.isLost; left--) {
    const nameLength = varint(cursor);
    const nameStart = skip(cursor, nameLength);
    const valueLength = varint(cursor);
    const valueStart = skip(cursor, valueLength);
    if (cursor.isLost || nameLength !== name.length || !isAt(bytes, nameStart, name)) continue;
    found.times++;
    found.start = valueStart;
    found.length = Math.max(-1, valueLength);
  }
  if (cursor.isLost || cursor.at !== cursor.end) found.times = -1;
};
