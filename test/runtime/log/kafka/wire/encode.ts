import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import lz4 from 'lz4js';
import snappy from 'snappyjs';

/** Writes record batches as a broker would hold them, byte by byte after the protocol guide, for tests of the walk. */
export interface TestRecord {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly (readonly [string, string | Buffer])[];
  readonly timestampDelta?: number;
}

export interface TestBatch {
  readonly baseOffset: number;
  readonly records: readonly TestRecord[];
  readonly codec?: number;
  readonly producerId?: bigint;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly isAppendTime?: boolean;
  readonly baseTimestampMs?: number;
  readonly maxTimestampMs?: number;
  /** Offsets that compaction took away stay in the batch's range. */
  readonly lastOffsetDelta?: number;
  /** Offset of each record from the base; the default counts from 0. */
  readonly offsetDeltas?: readonly number[];
  /** Bytes of the records as they are to lie, instead of packed records. */
  readonly payload?: Buffer;
}

const varint = (value: number): Buffer => {
  let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
  bytes.push(Number(zigzag));
  return Buffer.from(bytes);
};

const sized = (bytes: Buffer | null): Buffer => (bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]));

const recordBytes = ({ key = null, value = null, headers = [], timestampDelta = 0 }: TestRecord, offsetDelta: number): Buffer => {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestampDelta),
    varint(offsetDelta),
    sized(key),
    sized(value),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [sized(Buffer.from(name)), sized(typeof value === 'string' ? Buffer.from(value) : value)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
};

/** Snappy as Java clients frame it, in blocks of so many bytes. */
export const xerial = (bytes: Buffer, blockBytes = 1 << 15): Buffer => {
  const blocks: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = Buffer.from(snappy.compress(bytes.subarray(at, at + blockBytes)));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat(blocks);
};

/** A zstd frame of one raw block (RFC 8878): valid, if not small. */
export const rawZstd = (bytes: Buffer): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0b1010_0000;
  head.writeUInt32LE(bytes.length, 5);
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([head, block, bytes]);
};

const PACK: readonly ((bytes: Buffer) => Buffer)[] = [(bytes) => bytes, (bytes) => gzipSync(bytes), (bytes) => xerial(bytes), (bytes) => Buffer.from(lz4.compress(bytes)), rawZstd]; // biome-ignore format: a list

export const encodeBatch = (batch: TestBatch): Buffer => {
  const { baseOffset, records, codec = 0, producerId = -1n, baseTimestampMs = 1_700_000_000_000 } = batch;
  const packed = batch.payload ?? PACK[codec](Buffer.concat(records.map((record, i) => recordBytes(record, batch.offsetDeltas?.[i] ?? i))));
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(baseOffset), 0);
  head.writeInt32BE(61 - 12 + packed.length, 8);
  head[16] = 2;
  const flags = (batch.isAppendTime === false ? 0 : 8) | (batch.isTransactional ? 16 : 0) | (batch.isControl ? 32 : 0);
  head.writeInt16BE(codec | flags, 21);
  head.writeInt32BE(batch.lastOffsetDelta ?? Math.max(0, records.length - 1), 23);
  head.writeBigInt64BE(BigInt(baseTimestampMs), 27);
  head.writeBigInt64BE(BigInt(batch.maxTimestampMs ?? baseTimestampMs), 35);
  head.writeBigInt64BE(producerId, 43);
  head.writeInt32BE(records.length, 57);
  const bytes = Buffer.concat([head, packed]);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
};

/** A marker at the end of a producer's transaction. */
export const marker = (baseOffset: number, producerId: bigint, isAbort: boolean): Buffer =>
  encodeBatch({
    baseOffset,
    producerId,
    isTransactional: true,
    isControl: true,
    records: [{ key: Buffer.from([0, 0, 0, isAbort ? 0 : 1]), value: Buffer.alloc(6) }],
  });
