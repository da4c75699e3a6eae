import { type BatchHeader, corrupt, readBatchHeader } from './batch.ts';
import { inflate } from './inflate.ts';
import { packedRows } from './packed.ts';
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
  /** A batch that unpacks to more is corrupt, or stays packed. */
  readonly maxInflatedBytes: number;
  /** Whether a batch that does not unpack within its limit stays packed (packed.ts): for sources, which gateways write. Default false. */
  readonly keepsPacked?: boolean;
  /**
   * Once batches have unpacked to so many bytes, the next packed one waits for another fetch: what one answer unpacks to is
   * bounded, however small its batches are. At 0 none is unpacked. Default: as `maxInflatedBytes`.
   */
  readonly budgetBytes?: number;
}

export interface Walked {
  readonly runs: readonly RecordRun[];
  /** Where the next fetch begins: behind the last batch that was walked, whatever it held. */
  readonly nextOffset: number;
  readonly inflatedBytes: number;
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

/** The records of a packed batch, and how many bytes they are; null when they do not unpack within the limit. */
const unpack = (bytes: Buffer, header: BatchHeader, { fromOffset, maxInflatedBytes }: WalkOptions) => {
  const inflated = inflate(header.codec, bytes.subarray(header.recordsAt, header.end), maxInflatedBytes);
  if (inflated === null) return null;
  const run = createRun(inflated);
  run.add(header, 0, inflated.length, fromOffset);
  return { run, size: inflated.length };
};

/** Batches from the start on, each behind the one before. A broker never answers with less than one whole batch. */
function* batchesOf(bytes: Buffer): Generator<BatchHeader> {
  let header = readBatchHeader(bytes, 0);
  if (header === null && bytes.length > 0) throw corrupt('a fetch without a whole record batch');
  for (let last = -1; header !== null; header = readBatchHeader(bytes, header.end)) {
    if (header.baseOffset <= last) throw corrupt('record batches whose offsets do not rise');
    last = header.lastOffset;
    yield header;
  }
}

/** Walks the batches of one fetched partition, checks them, and gives the records that count. Throws `TransportError` `corrupt`. */
export const walkRecords = (bytes: Buffer, options: WalkOptions): Walked => {
  const { fromOffset, aborted, budgetBytes = options.maxInflatedBytes } = options;
  const isLeftOut = createAbortFilter(aborted);
  const runs: RecordRun[] = [];
  let plain: RunBuilder | null = null;
  let nextOffset = fromOffset;
  let inflatedBytes = 0;
  let isAppendTime = true;
  const flush = (run: RunBuilder | null): void => {
    const done = run?.done() ?? null;
    if (done !== null) runs.push(done);
  };
  for (const header of batchesOf(bytes)) {
    const isOut = isLeftOut(bytes, header);
    if (header.lastOffset < fromOffset) continue;
    // Compaction leaves batches without records behind.
    const isPacked = header.codec !== 0 && header.count > 0;
    if (isPacked && !isOut && inflatedBytes >= budgetBytes) break;
    nextOffset = header.lastOffset + 1;
    if (isOut) continue;
    isAppendTime &&= header.isAppendTime;
    if (isPacked) {
      flush(plain);
      plain = null;
      const unpacked = unpack(bytes, header, options);
      if (unpacked === null) {
        if (!options.keepsPacked) throw corrupt('a record batch that cannot be unpacked within its limit');
        const packed = packedRows(bytes, header, fromOffset);
        runs.push(packed.run);
        nextOffset = packed.nextOffset;
        // The next fetch goes on within this batch.
        if (nextOffset <= header.lastOffset) break;
        continue;
      }
      inflatedBytes += unpacked.size;
      flush(unpacked.run);
    } else if (header.codec === 0) {
      plain ??= createRun(bytes);
      plain.add(header, header.recordsAt, header.end, fromOffset);
    }
  }
  flush(plain);
  return { runs, nextOffset, inflatedBytes, isAppendTime };
};
