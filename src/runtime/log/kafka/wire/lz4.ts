import lz4 from 'lz4js';

const MAGIC = 0x184d2204;
const BLOCK_BYTES = [0, 0, 0, 0, 64 << 10, 256 << 10, 1 << 20, 4 << 20];
const HIGH_BIT = 0x80000000;

/** Flags of the frame descriptor: independent blocks, block checksums, content size, content checksum, dictionary. */
const FLAG = { blockChecksum: 16, contentSize: 8, dictionary: 1 } as const;

/**
 * Unpacks an LZ4 frame (LZ4 Frame Format 1.6) into at most `maxBytes`. Checksums are not looked at: the batch around it has
 * CRC-32C. Throws for anything that is no such frame.
 */
export const unlz4 = (bytes: Buffer, maxBytes: number): Uint8Array => {
  if (bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = bytes[4];
  const blockBytes = BLOCK_BYTES[(bytes[5] >> 4) & 7];
  if (blockBytes === 0 || (flags & FLAG.dictionary) !== 0) throw new RangeError('an LZ4 frame of another kind');
  let at = 6 + ((flags & FLAG.contentSize) !== 0 ? 8 : 0) + 1;
  let out = Buffer.alloc(Math.min(maxBytes, Math.max(blockBytes, bytes.length * 4)) + blockBytes);
  let used = 0;
  for (let told = bytes.readUInt32LE(at); told !== 0; told = bytes.readUInt32LE(at)) {
    const length = told >= HIGH_BIT ? told - HIGH_BIT : told;
    at += 4;
    if (length > blockBytes + 64 || at + length > bytes.length) throw new RangeError('an LZ4 block that does not fit');
    if (out.length < used + blockBytes) out = Buffer.concat([out], out.length * 2 + blockBytes);
    const end = told >= HIGH_BIT ? used + bytes.copy(out, used, at, at + length) : lz4.decompressBlock(bytes, out, at, length, used);
    if (end - used > blockBytes || end > maxBytes) throw new RangeError('more than allowed');
    used = end;
    at += length + ((flags & FLAG.blockChecksum) !== 0 ? 4 : 0);
  }
  return out.subarray(0, used);
};
