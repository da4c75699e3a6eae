import { SENSITIVE_OTHER, SENSITIVE_STAR } from '../model/released.ts';
import type { Decision } from './levels.ts';
import { clearTally, count } from './tally.ts';
import type { Trial } from './trial.ts';
import { createTupleTable, internTuple } from './tuples.ts';

/**
 * Rule (3), over everything that leaves in the window: a value held by fewer than k subjects of the batch leaves as `other`; in
 * a class where one `revealing` value is held by more than `topShare` of the subjects the field leaves as `*` for all. The class does
 * not climb for it: that would tell why it climbed (minimality attack, Wong et al. 2007). A missing value leaves as `*`.
 *
 * @returns per leaving record a ladder code, SENSITIVE_OTHER or SENSITIVE_STAR; empty when the view has no sensitive field
 */
export const hideSensitive = (trial: Trial, decision: Decision): Int32Array => {
  const { sensitive } = trial.rules.view;
  if (sensitive === null) return new Int32Array(0);
  const values = hideRare(trial, decision);
  let from = 0;
  for (const to of decision.ends) {
    if (sensitive.revealing.some((value) => isMostOf(trial, decision, from, to, value, sensitive.topShare))) {
      values.fill(SENSITIVE_STAR, from, to);
    }
    from = to;
  }
  return values;
};

/** Groups the leaving records by value and counts the distinct subjects of each. */
const hideRare = (trial: Trial, decision: Decision): Int32Array => {
  const { window, rules, subjectTally } = trial;
  const table = createTupleTable(1);
  const groups = new Int32Array(decision.count);
  const sizes: number[] = [];
  for (let i = 0; i < decision.count; i++) {
    const group = internTuple(table, window.sensitive, decision.rows[i]!);
    if (group === sizes.length) sizes.push(0);
    sizes[group]!++;
    groups[i] = group;
  }
  const next = new Int32Array(table.count);
  for (let group = 1; group < table.count; group++) next[group] = next[group - 1]! + sizes[group - 1]!;
  const members = new Int32Array(decision.count);
  for (let i = 0; i < decision.count; i++) members[next[groups[i]!]!++] = i;
  const values = new Int32Array(decision.count);
  for (let group = 0; group < table.count; group++) {
    const to = next[group]!;
    const from = to - sizes[group]!;
    clearTally(subjectTally);
    for (let i = from; i < to; i++) count(subjectTally, window.subject[decision.rows[members[i]!]!]!);
    const code = table.codes[group]!;
    const leavesAs = code < 0 ? SENSITIVE_STAR : subjectTally.distinct < rules.k ? SENSITIVE_OTHER : code;
    for (let i = from; i < to; i++) values[members[i]!] = leavesAs;
  }
  return values;
};

const isMostOf = (trial: Trial, { rows }: Decision, from: number, to: number, value: number, topShare: number): boolean => {
  const { window, subjectTally } = trial;
  clearTally(subjectTally);
  for (let i = from; i < to; i++) count(subjectTally, window.subject[rows[i]!]!);
  const subjects = subjectTally.distinct;
  clearTally(subjectTally);
  for (let i = from; i < to; i++) if (window.sensitive[rows[i]!] === value) count(subjectTally, window.subject[rows[i]!]!);
  return subjectTally.distinct / subjects > topShare;
};
