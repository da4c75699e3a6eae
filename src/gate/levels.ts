import { invariant } from '../model/invariant.ts';
import { REASONS } from '../model/verdict.ts';
import { classesOf } from './classes.ts';
import { createContribution } from './contribution.ts';
import { type Criterion, criteriaInForce } from './criteria.ts';
import { clearTally, count } from './tally.ts';
import { noteReleased, type Trial, tryClass } from './trial.ts';

/** Verdict of a row that nobody has decided yet. */
export const UNDECIDED = 255;

/** What the levels decided: a verdict per row of the window, and the rows that leave, class by class. */
export interface Decision {
  readonly verdict: Uint8Array;
  /** Rows that leave; class c is `rows[ends[c - 1]]` .. `rows[ends[c] - 1]`. */
  readonly rows: Int32Array;
  readonly count: number;
  readonly ends: readonly number[];
  /** Distinct subjects of the smallest released class; 0 when none was released. */
  readonly smallestClass: number;
}

/**
 * The level loop: from the finest level on, classes of the records not yet released are tried; what passes leaves the set
 * U, so that a coarser class counts only the subjects that are really released in it and of whom nothing has left finer
 * under its tuple (else coarse minus fine isolates the others). A record waits for its start level. What is left after the
 * last level is blocked for the first condition that failed there. O(survivors + tuples) a level.
 *
 * @param live rows of U in the order of their event tokens; used up
 * @param verdict per row; UNDECIDED for the rows of U
 */
export const decideLevels = (trial: Trial, live: Int32Array, verdict: Uint8Array): Decision => {
  const criteria = criteriaInForce(trial.rules);
  const contribution = createContribution(trial);
  const rows = new Int32Array(live.length);
  const ends: number[] = [];
  let leaving = 0;
  let smallestClass = 0;
  let waiting = live;
  const leave = (row: number): void => {
    decide(verdict, row, trial.level);
    rows[leaving++] = row;
  };
  const stay = (row: number): void => decide(verdict, row, REASONS.contribution.code);
  const { path } = trial.rules.view;
  for (let level = 0; level < path.length; level++) {
    const isLast = level === path.length - 1;
    const classes = classesOf(trial, level, waiting, rows.subarray(0, leaving));
    trial.level = level;
    for (let id = 0; id < classes.count; id++) {
      tryClass(trial, classes, id);
      const failed = firstFailure(criteria, trial);
      if (failed === undefined) {
        noteReleased(trial);
        const from = leaving;
        contribution.split(trial, leave, stay);
        const subjects = distinctSubjects(trial, rows, from, leaving);
        invariant(subjects >= trial.rules.k, 'a released class has fewer than k subjects');
        smallestClass = smallestClass === 0 ? subjects : Math.min(smallestClass, subjects);
        ends.push(leaving);
      } else if (isLast) {
        for (let i = trial.from; i < trial.to; i++) decide(verdict, trial.rows[i]!, REASONS[failed.reason].code);
      }
    }
    waiting = undecided(waiting, verdict);
  }
  invariant(waiting.length === 0, 'a survivor has no verdict');
  return { verdict, rows, count: leaving, ends, smallestClass };
};

const undecided = (rows: Int32Array, verdict: Uint8Array): Int32Array => {
  const left = new Int32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (verdict[rows[i]!] === UNDECIDED) left[count++] = rows[i]!;
  return left.subarray(0, count);
};

const decide = (verdict: Uint8Array, row: number, value: number): void => {
  invariant(verdict[row] === UNDECIDED, 'a survivor has two verdicts');
  verdict[row] = value;
};

const firstFailure = (criteria: readonly Criterion[], trial: Trial): Criterion | undefined => {
  for (const criterion of criteria) if (!criterion.passes(trial)) return criterion;
  return undefined;
};

/** Counts again, over what leaves, what criterion (1) counted over the class. */
const distinctSubjects = ({ window, subjectTally }: Trial, rows: Int32Array, from: number, to: number): number => {
  clearTally(subjectTally);
  for (let i = from; i < to; i++) count(subjectTally, window.subject[rows[i]!]!);
  return subjectTally.distinct;
};
