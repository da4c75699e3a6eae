import { createDecoder } from '../../decode/decoder.ts';
import { createFramer } from '../../decode/envelope.ts';
import type { Plan } from '../../model/plan.ts';
import type { SourceBatch } from '../../model/record.ts';
import type { OpenRow } from './choose.ts';

const LINE_FEED = 0x0a;

/** Whether the decoder of a plan finds no fault with any record of some batches. */
export const readableBy = (plan: Plan): ((batches: readonly SourceBatch[]) => boolean) => {
  const decoder = createDecoder(plan);
  return (batches) => batches.length > 0 && batches.every((batch) => decoder.decode(batch, Number.NEGATIVE_INFINITY).faults.count === 0);
};

/**
 * Whether a line that was quarantined is one that the plan reads now. What repeated an offset is not mended by anything: it may have been
 * read before.
 */
export const mendedLines = (plan: Plan): ((row: OpenRow) => boolean) => {
  const isReadable = readableBy(plan);
  return ({ reason, partition, record }) => {
    if (reason === 'offset-repeated' || record.includes(LINE_FEED)) return false;
    const framer = createFramer({ fileIndex: partition, limits: plan.limits, sourceIndex: () => 0 });
    const lines = { bytes: record, count: 1, start: Int32Array.of(0), length: Int32Array.of(record.length), number: Float64Array.of(0) };
    return isReadable(framer.frame(lines));
  };
};
