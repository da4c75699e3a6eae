import type { Classes } from '../classes.ts';
import { type Decisions, placeOf } from '../decisions.ts';
import { createCombined, ORDER_BOUND, orderScore } from '../order.ts';
import type { Findings } from '../report.ts';

/**
 * I17, order: where a record stands among those of its batch, and of its class, must not follow where it stood in the
 * source. Equal records are interchangeable and share their mean position.
 */
export const checkOrder = (decisions: Decisions, classes: Classes, findings: Findings): void => {
  const { view, outputs, output, read, windowStart } = decisions;
  const scoreOf = (rows: readonly number[]): number => {
    const known = rows.filter((row) => output[row] >= 0);
    return orderScore(
      known.map((row) => outputs.position[output[row]] / outputs.count[output[row]]),
      known.map((row) => read[row]),
    );
  };
  const batches = createCombined();
  for (const batch of classes.batches) {
    const score = scoreOf(batch);
    if (Math.abs(score) > ORDER_BOUND) findings.fail('I17', placeOf(view, windowStart[batch[0]], 0), 'order of a batch follows the source');
    batches.add(score);
  }
  const inside = createCombined();
  for (const { released } of classes.all) if (released.length > 2) inside.add(scoreOf(released));
  if (Math.abs(batches.score()) > ORDER_BOUND) findings.fail('I17', view.name, 'order of the batches follows the source');
  if (Math.abs(inside.score()) > ORDER_BOUND) findings.fail('I17', view.name, 'order inside classes follows the source');
};
