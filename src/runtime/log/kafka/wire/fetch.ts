import { corrupt } from './batch.ts';
import type { AbortedTransaction } from './walk.ts';

/** Fetch, version 11 (Kafka protocol guide, "Fetch API"): the newest that kafkajs's version handshake knows. */
export const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' } as const;

export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
}

export interface FetchRequest {
  readonly partitions: readonly FetchPartition[];
  /** 0: everything up to the high watermark; 1: settled transactions only. */
  readonly isolation: 0 | 1;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
}

const CONSUMER = -1;
const NO_EPOCH = -1;

const grow = (size: number): { readonly bytes: Buffer; at: number } => ({ bytes: Buffer.alloc(size), at: 0 });

/** Bytes of a fetch request. Every partition stands under a topic of its own: that is allowed, and simplest. */
export const encodeFetch = ({ partitions, isolation, maxWaitMs, maxBytes, maxPartitionBytes }: FetchRequest): Buffer => {
  const size = partitions.reduce((sum, { topic }) => sum + 2 + Buffer.byteLength(topic) + 4 + 4 + 4 + 8 + 8 + 4, 64);
  const out = grow(size);
  const int = (value: number): void => {
    out.at = out.bytes.writeInt32BE(value, out.at);
  };
  const long = (value: number): void => {
    out.at = out.bytes.writeBigInt64BE(BigInt(value), out.at);
  };
  const text = (value: string): void => {
    out.at = out.bytes.writeInt16BE(Buffer.byteLength(value), out.at);
    out.at += out.bytes.write(value, out.at);
  };
  int(CONSUMER);
  int(maxWaitMs);
  int(1);
  int(maxBytes);
  out.at = out.bytes.writeInt8(isolation, out.at);
  int(0);
  int(NO_EPOCH);
  int(partitions.length);
  for (const { topic, partition, fromOffset } of partitions) {
    text(topic);
    int(1);
    int(partition);
    int(NO_EPOCH);
    long(fromOffset);
    long(-1);
    int(maxPartitionBytes);
  }
  int(0);
  text('');
  return out.bytes.subarray(0, out.at);
};

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches as they lie, over the response's own bytes. */
  readonly records: Buffer;
}

const createCursor = (bytes: Buffer) => {
  let at = 0;
  const take = (count: number): number => {
    if (count < 0 || at + count > bytes.length) throw corrupt('a fetch response that ends in the middle');
    at += count;
    return at - count;
  };
  return {
    int16: () => bytes.readInt16BE(take(2)),
    int32: () => bytes.readInt32BE(take(4)),
    int64: () => bytes.readBigInt64BE(take(8)),
    text() {
      const length = bytes.readInt16BE(take(2));
      const start = take(length);
      return bytes.toString('utf8', start, start + length);
    },
    span() {
      const length = Math.max(0, bytes.readInt32BE(take(4)));
      const start = take(length);
      return bytes.subarray(start, start + length);
    },
  };
};

/** Reads a fetch response. `errorCode` is that of the whole response; those of partitions stand with them. */
export const decodeFetch = (bytes: Buffer): { readonly errorCode: number; readonly partitions: readonly FetchedPartition[] } => {
  const cursor = createCursor(bytes);
  cursor.int32();
  const errorCode = cursor.int16();
  cursor.int32();
  const partitions: FetchedPartition[] = [];
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.text();
    for (let left = cursor.int32(); left > 0; left--) {
      const head = { topic, partition: cursor.int32(), errorCode: cursor.int16() };
      const offsets = {
        highWatermark: Number(cursor.int64()),
        lastStableOffset: Number(cursor.int64()),
        logStartOffset: Number(cursor.int64()),
      };
      const aborted: AbortedTransaction[] = [];
      for (let more = cursor.int32(); more > 0; more--) aborted.push({ producerId: cursor.int64(), firstOffset: Number(cursor.int64()) });
      cursor.int32();
      partitions.push({ ...head, ...offsets, aborted, records: cursor.span() });
    }
  }
  return { errorCode, partitions };
};
