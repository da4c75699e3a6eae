import { gunzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import snappy from 'snappyjs';
import { unlz4 } from './lz4.ts';

/** Codecs of a record batch by the low three bits of its attributes. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** First bytes of the framing that Java clients put around snappy blocks (xerial). */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEAD = 16;

const unsnappy = (bytes: Buffer, maxBytes: number): Uint8Array => {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return snappy.uncompress(bytes, maxBytes);
  const parts: Uint8Array[] = [];
  let left = maxBytes;
  for (let at = XERIAL_HEAD; at < bytes.length; ) {
    const length = bytes.readInt32BE(at);
    if (length < 0 || at + 4 + length > bytes.length) throw new RangeError('a block that does not fit');
    const part = snappy.uncompress(bytes.subarray(at + 4, at + 4 + length), left);
    left -= part.length;
    parts.push(part);
    at += 4 + length;
  }
  return Buffer.concat(parts);
};

/** Blocks of a zstd frame hold 128 KiB at most, so that the cap is seen in time. */
const unzstd = (bytes: Buffer, maxBytes: number): Uint8Array => {
  const parts: Uint8Array[] = [];
  let total = 0;
  const stream = new Decompress((part) => {
    total += part.length;
    if (total > maxBytes) throw new RangeError('more than allowed');
    parts.push(Uint8Array.from(part));
  });
  const window = zstdWindow(bytes);
  if (window > maxBytes) throw new RangeError('a window larger than allowed');
  stream.push(bytes, true);
  return Buffer.concat(parts);
};

/** Bytes of the window that a zstd frame asks for (RFC 8878, 3.1.1.1): a decoder allocates them before it has seen anything. */
const zstdWindow = (bytes: Buffer): number => {
  const descriptor = bytes[4];
  if ((descriptor & 32) === 0) return 2 ** (10 + (bytes[5] >> 3)) * (1 + (bytes[5] & 7) / 8);
  const at = 5 + [0, 1, 2, 4][descriptor & 3];
  const size = descriptor >> 6;
  return [() => bytes[at], () => bytes.readUInt16LE(at) + 256, () => bytes.readUInt32LE(at), () => Number(bytes.readBigUInt64LE(at))][
    size
  ]();
};

/**
 * Unpacks the records of a batch into at most `maxBytes` (H12, H13: stock kafkajs has gzip alone, and without a limit). Null
 * when they are broken, too large, or of a codec that nobody knows; the reason is a third party's and is dropped.
 */
export const inflate = (codec: number, bytes: Buffer, maxBytes: number): Buffer | null => {
  try {
    const unpack = [null, gunzip, unsnappy, unlz4, unzstd][codec];
    if (!unpack) return null;
    const unpacked = unpack(bytes, maxBytes);
    return unpacked.length > maxBytes ? null : Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length);
  } catch {
    return null;
  }
};

const gunzip = (bytes: Buffer, maxBytes: number): Uint8Array => gunzipSync(bytes, { maxOutputLength: maxBytes });
