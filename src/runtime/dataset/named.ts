import { type ControlLine, createControlFold } from '../../control/fold.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Plan } from '../../model/plan.ts';
import type { Shelf } from './shelf.ts';

/**
 * Refuses to begin when the control log, as far as it goes now, names no index of a dataset, or one that is not to be had. Throws
 * `DatasetError`.
 */
export const requireNamed = (plan: Plan, lines: readonly ControlLine[], shelf: Shelf): void => {
  const fold = createControlFold(plan);
  for (const line of lines) fold.take(line);
  for (const dataset of plan.datasets) {
    const index = fold.named(dataset, Number.POSITIVE_INFINITY);
    if (index === null) throw new DatasetError('dataset-unnamed', `a control record that names an index of \`${dataset.name}\``);
    // Nothing leaves by one that was given up, so that nobody needs it.
    const found = index.isLost ? null : shelf.get(plan, dataset, index.digest);
    if (found instanceof DatasetError) throw found;
  }
};
