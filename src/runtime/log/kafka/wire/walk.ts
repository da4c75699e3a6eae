import { type BatchHeader, corrupt, readBatchHeader } from './batch.ts';
import { inflate } from './inflate.ts';
import { createRun, type RecordRun, type RunBuilder } from './records.ts';

/** The beginning of an aborted transaction, as a fetch response tells it. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface WalkOptions {
  /** Records before it are left out: a broker answers with whole batches. */
  readonly fromOffset: number;
  /** Those of the fetch response; empty for a reader of uncommitted data. */
  readonly aborted: readonly AbortedTransaction[];
  readonly maxInflatedBytes: number;
}

export interface Walked {
  readonly runs: readonly RecordRun[];
  /** Where the next fetch begins: behind the last whole batch, whatever it held. */
  readonly nextOffset: number;
  /** Whether every record carries the broker's own time. */
  readonly isAppendTime: boolean;
}

export const MAX_INFLATED_BYTES = 16 << 20;

const ABORT = 0;

/** Version and type of the marker that a control batch holds (KIP-98): its key is two numbers of 16 bits. */
const isAbortMarker = (bytes: Buffer, header: BatchHeader): boolean => {
  const run = createRun(bytes);
  run.add(header, header.recordsAt, header.end, 0);
  const records = run.done();
  if (records === null || records.keyLength[0] < 4) throw corrupt('a control batch without a marker');
  return bytes.readInt16BE(records.keyStart[0] + 2) === ABORT;
};

/**
 * Tells which batches are of aborted transactions. A producer is aborted from the first offset of each of its transactions
 * that the broker lists until its own abort marker, which the control bit tells and no key does (H6, H7).
 */
const createAbortFilter = (aborted: readonly AbortedTransaction[]) => {
  const coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const active = new Set<bigint>();
  let next = 0;
  return (bytes: Buffer, header: BatchHeader): boolean => {
    while (next < coming.length && coming[next].firstOffset <= header.lastOffset) active.add(coming[next++].producerId);
    if (header.isControl) {
      if (active.has(header.producerId) && isAbortMarker(bytes, header)) active.delete(header.producerId);
      return true;
    }
    return header.isTransactional && active.has(header.producerId);
  };
};

/** Walks the batches of one fetched partition, checks them, and gives the records that count. Throws `TransportError` `corrupt`. */
export const walkRecords = (bytes: Buffer, options: WalkOptions): Walked => {
  const isLeftOut = createAbortFilter(options.aborted);
  const runs: RecordRun[] = [];
  let plain: RunBuilder | null = null;
  let nextOffset = options.fromOffset;
  let isAppendTime = true;
  const flush = (run: RunBuilder | null): void => {
    const done = run?.done() ?? null;
    if (done !== null) runs.push(done);
  };
  for (let header = readBatchHeader(bytes, 0); header !== null; header = readBatchHeader(bytes, header.end)) {
    const isOut = isLeftOut(bytes, header);
    if (header.lastOffset < options.fromOffset) continue;
    nextOffset = Math.max(nextOffset, header.lastOffset + 1);
    if (isOut) continue;
    isAppendTime &&= header.isAppendTime;
    if (header.codec === 0) {
      plain ??= createRun(bytes);
      plain.add(header, header.recordsAt, header.end, options.fromOffset);
      continue;
    }
    flush(plain);
    plain = null;
    const inflated = inflate(header.codec, bytes.subarray(header.recordsAt, header.end), options.maxInflatedBytes);
    if (inflated === null) throw corrupt('a record batch that cannot be unpacked within its limit');
    const run = createRun(inflated);
    run.add(header, 0, inflated.length, options.fromOffset);
    flush(run);
  }
  flush(plain);
  return { runs, nextOffset, isAppendTime };
};
