import type { Classes } from '../classes.ts';
import { type Decisions, placeOf } from '../decisions.ts';
import { createCombined, MATCH_BOUND, matchScore, ORDER_BOUND, orderScore } from '../order.ts';
import type { Findings } from '../report.ts';

/** Orders in which a source can be gone through; none may show in what leaves. */
const sourceOrders = ({ read, source, offset }: Decisions): Readonly<Record<string, (row: number) => number>> => ({
  'the order of arrival': (row) => read[row],
  'the order of partitions': (row) => source[row],
  'the order of offsets': (row) => offset[row],
  // Source numbers are small, so that the sum stays exact enough to sort by.
  'the order of the log': (row) => source[row] * 2 ** 40 + offset[row],
});

/** The batch as it would stand in an order of the source, compared with how it stands. */
const checkMatches = (
  decisions: Decisions,
  batch: readonly number[],
  orderOf: (row: number) => number,
  what: string,
  findings: Findings,
): void => {
  const { view, outputs, output, windowStart } = decisions;
  const start = windowStart[batch[0]];
  const found = outputs.sequences.get(start + view.windowMs) ?? [];
  if (found.length !== batch.length) return;
  const sorted = [...batch].sort((a, b) => orderOf(a) - orderOf(b)).map((row) => output[row]);
  if (Math.max(matchScore(found, sorted), matchScore(found, sorted.reverse())) > MATCH_BOUND) {
    findings.fail('I17', placeOf(view, start, 0), `batch is written in ${what}`);
  }
};

/**
 * I17, order: where a record stands among those of its batch, and of its class, must not follow where it stood in the
 * source. Equal records are interchangeable and share their mean position.
 */
export const checkOrder = (decisions: Decisions, classes: Classes, findings: Findings): void => {
  const { view, outputs, output, windowStart } = decisions;
  const known = (rows: readonly number[]): number[] => rows.filter((row) => output[row] >= 0);
  const positions = (rows: readonly number[]): number[] => rows.map((row) => outputs.position[output[row]] / outputs.count[output[row]]);
  for (const [name, orderOf] of Object.entries(sourceOrders(decisions))) {
    const batches = createCombined();
    for (const batch of classes.windows.map(({ released }) => known(released))) {
      const score = orderScore(positions(batch), batch.map(orderOf));
      if (Math.abs(score) > ORDER_BOUND) findings.fail('I17', placeOf(view, windowStart[batch[0]], 0), `batch follows ${name}`);
      batches.add(score);
      if (batch.length > 0) checkMatches(decisions, batch, orderOf, name, findings);
    }
    const inside = createCombined();
    for (const rows of classes.all.map(({ released }) => known(released))) {
      if (rows.length > 2) inside.add(orderScore(positions(rows), rows.map(orderOf)));
    }
    if (Math.abs(batches.score()) > ORDER_BOUND) findings.fail('I17', view.name, `batches follow ${name}`);
    if (Math.abs(inside.score()) > ORDER_BOUND) findings.fail('I17', view.name, `classes follow ${name}`);
  }
};
