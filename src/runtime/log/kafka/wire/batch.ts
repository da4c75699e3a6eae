import { crc32c } from '@node-rs/crc32';
import { TransportError } from '../../../../model/log.ts';

/** Header of a record batch, message format 2 (Kafka protocol guide, "Record Batch"), by byte position. */
const AT = {
  baseOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;
const LENGTH_FROM = 12;

/** What a batch says of itself. Offsets are exact up to 2^53. */
export interface BatchHeader {
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly codec: number;
  readonly isAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: bigint;
  readonly count: number;
  readonly recordsAt: number;
}

export const corrupt = (what: string): TransportError => new TransportError('corrupt', what, false);

const CODEC_BITS = 7;
const APPEND_TIME = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;

/** The header at `start`, its checksum checked (H13: kafkajs never does); null when the bytes end before the batch does. */
export const readBatchHeader = (bytes: Buffer, start: number): BatchHeader | null => {
  if (start + LENGTH_FROM > bytes.length) return null;
  const length = bytes.readInt32BE(start + AT.length);
  const end = start + LENGTH_FROM + length;
  if (length < 0) throw corrupt('a record batch of negative length');
  if (end > bytes.length) return null;
  if (length < AT.records - LENGTH_FROM) throw corrupt('a record batch shorter than its header');
  if (bytes[start + AT.magic] !== 2) throw corrupt('a record batch of another message format than 2');
  if (crc32c(bytes.subarray(start + AT.attributes, end)) !== bytes.readUInt32BE(start + AT.crc))
    throw corrupt('a record batch whose checksum does not fit');
  const attributes = bytes.readInt16BE(start + AT.attributes);
  const baseOffset = Number(bytes.readBigInt64BE(start + AT.baseOffset));
  const lastOffsetDelta = bytes.readInt32BE(start + AT.lastOffsetDelta);
  if (baseOffset < 0 || lastOffsetDelta < 0) throw corrupt('a record batch without a range of offsets');
  return {
    start,
    end,
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    codec: attributes & CODEC_BITS,
    isAppendTime: (attributes & APPEND_TIME) !== 0,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    baseTimestampMs: Number(bytes.readBigInt64BE(start + AT.baseTimestamp)),
    maxTimestampMs: Number(bytes.readBigInt64BE(start + AT.maxTimestamp)),
    producerId: bytes.readBigInt64BE(start + AT.producerId),
    count: bytes.readInt32BE(start + AT.count),
    recordsAt: start + AT.records,
  };
};
