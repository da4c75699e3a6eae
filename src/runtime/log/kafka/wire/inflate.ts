import { gunzipSync } from 'node:zlib';
import { ZSTDDecoder } from 'zstddec';
import { unlz4 } from './lz4.ts';
import { unsnappyFramed } from './snappy.ts';

/** Codecs of a record batch by the low three bits of its attributes. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

const zstd = new ZSTDDecoder();

/** Loads what unpacking needs; until then, zstd is a codec that nobody knows. */
export const prepareCodecs = (): Promise<void> => zstd.init();

const gunzip = (bytes: Buffer, maxBytes: number): Uint8Array => gunzipSync(bytes, { maxOutputLength: maxBytes });

/** The reference decoder answers with nothing when a frame is broken or larger than allowed. */
const unzstd = (bytes: Buffer, maxBytes: number): Uint8Array | null => {
  const unpacked = zstd.decode(bytes, maxBytes);
  return unpacked.length === 0 ? null : unpacked;
};

const UNPACK = [null, gunzip, unsnappyFramed, unlz4, unzstd] as const;

/**
 * Unpacks the records of a batch into at most `maxBytes` (H12, H13: stock kafkajs has gzip alone, and without a limit). Null
 * when they are broken, too large, or of a codec that nobody knows; the reason is a third party's and is dropped.
 */
export const inflate = (codec: number, bytes: Buffer, maxBytes: number): Buffer | null => {
  const unpack = UNPACK[codec];
  if (!unpack) return null;
  try {
    const unpacked = unpack(bytes, maxBytes);
    return unpacked === null || unpacked.length > maxBytes ? null : Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length);
  } catch {
    return null;
  }
};
