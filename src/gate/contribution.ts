import { invariant } from '../model/invariant.ts';
import { clearTally, count, countOf, createTally, type Tally } from './tally.ts';
import type { Trial } from './trial.ts';

/**
 * Which records of a released class leave: of each subject the `contribution` with the smallest event tokens and, with a
 * class pseudonym, as many fewer as rule (7) says. Every subject leaves at least one, so the class keeps its subjects.
 */
export interface Contribution {
  /** Moves rows of the class that leave to `leave`, the others to `stay`; returns how many leave. */
  split(trial: Trial, leave: (row: number) => void, stay: (row: number) => void): number;
}

export const createContribution = (trial: Trial): Contribution => {
  const { contribution } = trial.rules.view;
  const totals = trial.subjectTally;
  const ranks = createTally(trial.window.subjects.count);
  return {
    split(trial, leave, stay) {
      const { rows, from, to, window, rules } = trial;
      const allowed = rules.pseudonym ? sharedCounts(histogram(trial, totals, contribution), rules.k) : null;
      clearTally(ranks);
      let leaving = 0;
      for (let i = from; i < to; i++) {
        const row = rows[i]!;
        const subject = window.subject[row]!;
        const limit = allowed === null ? contribution : allowed[Math.min(contribution, countOf(totals, subject))]!;
        if (count(ranks, subject) > limit) {
          stay(row);
        } else {
          leave(row);
          leaving++;
        }
      }
      return leaving;
    },
  };
};

/** Subjects of the class per number of records, capped at `contribution`. Leaves each subject's total in `totals`. */
const histogram = ({ rows, from, to, window }: Trial, totals: Tally, contribution: number): Int32Array => {
  const subjectsWith = new Int32Array(contribution + 1);
  clearTally(totals);
  for (let i = from; i < to; i++) {
    const records = count(totals, window.subject[rows[i]!]!);
    if (records > contribution) continue;
    subjectsWith[records]!++;
    if (records > 1) subjectsWith[records - 1]!--;
  }
  return subjectsWith;
};

/**
 * Rule (7): maps a subject's number of records to the number that leave, so that each number that occurs is shared by at
 * least k subjects. From the greatest number down, a number that fewer than k share is lowered by one, joining those
 * below it; if in the end fewer than k have one record, the next greater number is lowered to one. Each bucket that
 * stays has k subjects, and no number is raised. `subjectsWith[n]` = subjects with n records; at least k in all.
 */
export const sharedCounts = (subjectsWith: Int32Array, k: number): Int32Array => {
  const left = Int32Array.from(subjectsWith);
  const allowed = Int32Array.from(subjectsWith, (_, records) => records);
  const lower = (records: number, to: number): void => {
    left[to]! += left[records]!;
    left[records] = 0;
    for (let i = 1; i < allowed.length; i++) if (allowed[i] === records) allowed[i] = to;
  };
  const isShort = (records: number): boolean => left[records]! > 0 && left[records]! < k;
  for (let records = left.length - 1; records > 1; records--) if (isShort(records)) lower(records, records - 1);
  if (isShort(1)) {
    const next = left.findIndex((subjects, records) => records > 1 && subjects > 0);
    invariant(next > 1, 'a released class has fewer than k subjects');
    lower(next, 1);
  }
  return allowed;
};
