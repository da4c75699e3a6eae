import type { Around, SourceBatch } from '../model/record.ts';

/** What is around the records `from` to `to` (exclusive). */
export const sliceAround = (around: Around | null, from: number, to: number): Around | null =>
  around === null
    ? null
    : {
        form: around.form,
        keyStart: around.keyStart.subarray(from, to),
        keyLength: around.keyLength.subarray(from, to),
        headersStart: around.headersStart.subarray(from, to),
        headersLength: around.headersLength.subarray(from, to),
      };

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
    around: sliceAround(batch.around, first, end),
    fault: batch.fault.subarray(first, end),
  };
};
