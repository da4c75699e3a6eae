const MAGIC = 0x184d2204;
const BLOCK_BYTES = [0, 0, 0, 0, 64 << 10, 256 << 10, 1 << 20, 4 << 20];
const STORED = 0x80000000;
const FIRST_OUTPUT = 64 << 10;

/** Flags of the frame descriptor. */
const FLAG = { blockChecksum: 16, contentSize: 8, dictionary: 1 } as const;
/** The two high bits of the descriptor are the version. */
const VERSION = 1;

const MIN_MATCH = 4;
const MORE = 15;

/** What was unpacked so far; it grows as it fills, so that what a frame announces costs nothing. */
interface Output {
  bytes: Buffer;
  used: number;
  readonly maxBytes: number;
}

const makeRoom = (out: Output, count: number): void => {
  const needed = out.used + count;
  if (needed > out.maxBytes) throw new RangeError('more than allowed');
  if (needed > out.bytes.length) out.bytes = Buffer.concat([out.bytes], Math.min(out.maxBytes, Math.max(needed, out.bytes.length * 2)));
};

/** Unpacks the sequences of one block (LZ4 block format). A match may reach back into the blocks before. */
const unpackBlock = (bytes: Buffer, start: number, end: number, out: Output): void => {
  let at = start;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble < MORE) return length;
    for (;;) {
      if (at >= end) throw new RangeError('a length that ends in the middle');
      const byte = bytes[at++];
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < end) {
    const token = bytes[at++];
    const literals = lengthOf(token >> 4);
    if (literals > end - at) throw new RangeError('a literal that does not fit');
    makeRoom(out, literals);
    out.used += bytes.copy(out.bytes, out.used, at, at + literals);
    at += literals;
    // The last sequence is literals alone.
    if (at === end) return;
    if (at + 2 > end) throw new RangeError('a match that ends in the middle');
    const distance = bytes.readUInt16LE(at);
    at += 2;
    const count = lengthOf(token & MORE) + MIN_MATCH;
    if (distance === 0 || distance > out.used) throw new RangeError('a match that points nowhere');
    makeRoom(out, count);
    const target = out.bytes;
    // Byte by byte: a match may read what it has just written.
    for (const until = out.used + count; out.used < until; out.used++) target[out.used] = target[out.used - distance];
  }
  throw new RangeError('a block that ends in a match');
};

/**
 * Unpacks an LZ4 frame (LZ4 Frame Format 1.6) into at most `maxBytes`. Checksums are not looked at: the batch around it has
 * CRC-32C. Throws for anything that is no such frame.
 */
export const unlz4 = (bytes: Buffer, maxBytes: number): Buffer => {
  if (bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = bytes.readUInt8(4);
  const blockBytes = BLOCK_BYTES[(bytes.readUInt8(5) >> 4) & 7];
  if (flags >> 6 !== VERSION || blockBytes === 0 || (flags & FLAG.dictionary) !== 0) throw new RangeError('an LZ4 frame of another kind');
  const checksumBytes = (flags & FLAG.blockChecksum) !== 0 ? 4 : 0;
  const out: Output = { bytes: Buffer.alloc(Math.min(maxBytes, FIRST_OUTPUT)), used: 0, maxBytes };
  let at = 7 + ((flags & FLAG.contentSize) !== 0 ? 8 : 0);
  for (let told = bytes.readUInt32LE(at); told !== 0; told = bytes.readUInt32LE(at)) {
    const length = told % STORED;
    at += 4;
    if (length > blockBytes || length > bytes.length - at) throw new RangeError('an LZ4 block that does not fit');
    const before = out.used;
    if (told >= STORED) {
      makeRoom(out, length);
      out.used += bytes.copy(out.bytes, out.used, at, at + length);
    } else unpackBlock(bytes, at, at + length, out);
    if (out.used - before > blockBytes) throw new RangeError('an LZ4 block larger than its frame says');
    at += length + checksumBytes;
  }
  return out.bytes.subarray(0, out.used);
};
