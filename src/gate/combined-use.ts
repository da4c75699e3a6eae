import type { Criterion } from './criteria.ts';

/**
 * (6) A combined-use period with unindexed information lets only the path's coarsest level leave, and one that is announced but not
 * active nothing. A period's k is already in `rules.k`; that no pseudonym leaves, and that late records of a past period are
 * blocked, is in rules.ts.
 */
export const combinedUse: Criterion = {
  reason: 'combined-use',
  applies: (rules) => rules.coarsestOnly || rules.isSuspended,
  passes: ({ rules, level }) => !rules.isSuspended && level === rules.view.path.length - 1,
};
