import type { Criterion } from './criteria.ts';
import { isStale } from './dataset.ts';
import type { Trial } from './trial.ts';

/**
 * (5) No outgoing value is in a direct join index. The tuple's values are asked for at their ladder level; `*` is no
 * value, and an index that is stale holds every value. Of the sensitive field every value of the class is asked for, also one that rule (3) would hide.
 */
export const direct: Criterion = {
  reason: 'direct',
  applies: (rules) => rules.direct.length > 0,
  passes: (trial) =>
    !trial.rules.direct.some((index) => isStale(index, trial.window.endMs)) && !tupleJoins(trial) && !sensitiveJoins(trial),
};

const tupleJoins = ({ rules, level, codes }: Trial): boolean => {
  const { attributes } = rules.plan.events[rules.view.event]!;
  return rules.view.attributes.some((attribute, i) => {
    const ladderLevel = rules.view.path[level]![i]!;
    const isStar = ladderLevel >= attributes[attribute]!.ladder.levels.length;
    return !isStar && rules.direct.some((index) => index.has(attribute, ladderLevel, codes[i]!));
  });
};

const sensitiveJoins = ({ rules, window, rows, from, to }: Trial): boolean => {
  const { sensitive } = rules.view;
  if (sensitive === null) return false;
  for (let i = from; i < to; i++) {
    const code = window.sensitive[rows[i]!]!;
    if (code >= 0 && rules.direct.some((index) => index.has(sensitive.attribute, 0, code))) return true;
  }
  return false;
};
