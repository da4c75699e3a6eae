import type { SourceBatch } from '../model/record.ts';

/** The records of a batch with `from` <= offset < `to`, over the same bytes; null when there are none. */
export const sliceBatch = (batch: SourceBatch, from: number, to: number): SourceBatch | null => {
  let first = 0;
  while (first < batch.count && batch.offset[first] < from) first++;
  let end = batch.count;
  while (end > first && batch.offset[end - 1] >= to) end--;
  if (first === end) return null;
  if (first === 0 && end === batch.count) return batch;
  return {
    ...batch,
    count: end - first,
    valueStart: batch.valueStart.subarray(first, end),
    valueLength: batch.valueLength.subarray(first, end),
    recordStart: batch.recordStart.subarray(first, end),
    recordLength: batch.recordLength.subarray(first, end),
    offset: batch.offset.subarray(first, end),
    appendMs: batch.appendMs.subarray(first, end),
    fault: batch.fault.subarray(first, end),
  };
};
