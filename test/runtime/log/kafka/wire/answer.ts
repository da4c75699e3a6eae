import type { AbortedTransaction } from '../../../../../src/runtime/log/kafka/wire/walk.ts';

/** What a broker answers of one partition, for tests. */
export interface Answer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode?: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted?: readonly AbortedTransaction[];
  readonly records: Buffer | null;
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);

const partitionBytes = ({ partition, errorCode = 0, aborted, records, ...ends }: Answer): Buffer =>
  Buffer.concat([
    int32(partition),
    int16(errorCode),
    int64(ends.highWatermark),
    int64(ends.lastStableOffset),
    int64(ends.logStartOffset),
    // A broker that was asked for uncommitted data has no list, which is not an empty one.
    int32(aborted === undefined ? -1 : aborted.length),
    ...(aborted ?? []).flatMap(({ producerId, firstOffset }) => [int64(producerId), int64(firstOffset)]),
    int32(-1),
    int32(records === null ? -1 : records.length),
    records ?? Buffer.alloc(0),
  ]);

/** A response to a fetch, version 11, after the protocol guide. Partitions of one topic that follow one another share it. */
export const encodeAnswer = (answers: readonly Answer[], errorCode = 0): Buffer => {
  const groups: Answer[][] = [];
  for (const answer of answers) {
    const last = groups.at(-1);
    if (last !== undefined && last[0].topic === answer.topic) last.push(answer);
    else groups.push([answer]);
  }
  return Buffer.concat([
    int32(0),
    int16(errorCode),
    int32(0),
    int32(groups.length),
    ...groups.flatMap((group) => [text(group[0].topic), int32(group.length), ...group.map(partitionBytes)]),
  ]);
};
