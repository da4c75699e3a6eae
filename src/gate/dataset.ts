import type { DatasetIndex, ReleasedTuples } from '../model/controls.ts';
import type { Criterion } from './criteria.ts';

/**
 * (4) Against registered personal datasets: nobody could match the tuple, or at least kMap persons certainly do. Counted alone:
 * a person whose finer tuple has left in this window no longer hides the leftovers.
 *
 * When nobody matches the whole tuple, an attacker may drop a column and join on the rest, so every subset of the dataset's
 * columns must also give nobody or kMap. An index that cannot answer for subsets fails a tuple of several columns, and one
 * that is stale fails every tuple (fail closed).
 */
export const dataset: Criterion = {
  reason: 'dataset',
  applies: (rules) => rules.datasets.length > 0,
  passes: ({ rules, window, level, codes, released }) =>
    rules.datasets.every(
      (index) => !isStale(index, window.endMs) && hides(index, Math.max(index.kMap, rules.kMap), level, codes, released),
    ),
};

/** Whether what is known of persons is too old for a window that ends at `endMs`. */
export const isStale = ({ untilMs }: Pick<DatasetIndex, 'untilMs'>, endMs: number): boolean => untilMs !== undefined && !(endMs <= untilMs);

/** Subsets of columns are enumerated; no view comes near this many. */
const MAX_COLUMNS = 16;

/**
 * Whether a tuple at a level points at nobody of a dataset, or at kMap at least; `released` has what left finer beside it. Written so that a
 * count that is no number (a broken index) fails.
 */
export const hides = (index: DatasetIndex, kMap: number, level: number, codes: Int32Array, released: ReleasedTuples): boolean => {
  if (index.possible(level, codes, 1) !== 0) return index.certain(level, codes, released, kMap) >= kMap;
  if (codes.length > MAX_COLUMNS) return false;
  const columns = index.columns ?? 2 ** codes.length - 1;
  for (let subset = (columns - 1) & columns; subset > 0; subset = (subset - 1) & columns) {
    if (index.possibleIn === undefined || index.certainIn === undefined) return false;
    if (index.possibleIn(level, codes, subset, 1) === 0) continue;
    if (!(index.certainIn(level, codes, subset, released, kMap) >= kMap)) return false;
  }
  return true;
};
