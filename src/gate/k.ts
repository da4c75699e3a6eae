import type { Criterion } from './criteria.ts';

/** (1) At least k distinct subjects of the view's unit, counted exactly, among those who leave at this level. */
export const k: Criterion = {
  reason: 'k',
  applies: () => true,
  passes: (trial) => trial.subjects >= trial.rules.k,
};
