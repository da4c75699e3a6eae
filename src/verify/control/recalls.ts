import type { PeriodOutput } from '../../model/output.ts';
import type { ViewRule } from '../rules.ts';
import type { Judged } from './judge.ts';

/** Records of a partition of an output before an offset were recalled, and when that was said, ms. */
export interface Recalled {
  /** Null: the view's own. */
  readonly output: PeriodOutput | null;
  readonly partition: number;
  readonly before: number;
  readonly atMs: number;
}

/** What was recalled of the outputs of a view: for a period that came, or for an index of a dataset. */
export type Recalls = (view: ViewRule) => readonly Recalled[];

export const createRecalls =
  (judged: readonly Judged[]): Recalls =>
  (view) =>
    judged.flatMap(({ saying, atMs }): Recalled[] => {
      if (saying?.kind !== 'recall' || saying.view !== view.name) return [];
      const { partition, before } = saying;
      return [{ output: 'output' in saying ? saying.output : null, partition, before, atMs }];
    });
