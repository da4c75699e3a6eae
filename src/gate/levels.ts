import { invariant } from '../model/invariant.ts';
import { REASONS } from '../model/verdict.ts';
import { createContribution } from './contribution.ts';
import { type Criterion, criteriaInForce } from './criteria.ts';
import { clearTally, count } from './tally.ts';
import { noteReleased, type Trial, tryClass } from './trial.ts';
import { createTupleTable, internTuple } from './tuples.ts';

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
 * U, so that a coarser class counts only the subjects that are really released in it (else coarse minus fine isolates
 * them). A record waits for its start level. What is left after the last level is blocked for the first condition that
 * failed there. O(survivors + tuples) a level.
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
    const classes = classesOf(trial, level, waiting);
    trial.level = level;
    trial.rows = classes.rows;
    for (let id = 0; id < classes.count; id++) {
      tryClass(trial, classes.codes, id * trial.codes.length, classes.starts[id]!, classes.starts[id + 1]!);
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

/** Classes of one level: tuple `id` at `codes[id * attributes]`, its rows at `rows[starts[id]]` .. `rows[starts[id + 1] - 1]`. */
interface Classes {
  readonly count: number;
  readonly codes: Int32Array;
  readonly rows: Int32Array;
  readonly starts: Int32Array;
}

const NONE = -1;
const WAITS = -2;

/**
 * Groups rows by their tuple at `level`, leaving out those that start later. Stable, so rows stay in the order of their
 * event tokens. Tuples of the window are grouped first, each once, and rows follow their tuple.
 */
const classesOf = ({ window, rules }: Trial, level: number, live: Int32Array): Classes => {
  const { tuples, tuple } = window;
  const attributes = rules.view.attributes.length;
  const table = createTupleTable(attributes);
  const classOf = new Int32Array(tuples.count).fill(NONE);
  const sizes: number[] = [];
  for (let i = 0; i < live.length; i++) {
    const id = tuple[live[i]!]!;
    let group = classOf[id]!;
    if (group === NONE) {
      const at = id * tuples.width;
      group = tuples.codes[at]! > level ? WAITS : internTuple(table, tuples.codes, at + 1 + level * attributes);
      classOf[id] = group;
      if (group === sizes.length) sizes.push(0);
    }
    if (group !== WAITS) sizes[group]!++;
  }
  const starts = new Int32Array(table.count + 1);
  for (let id = 0; id < table.count; id++) starts[id + 1] = starts[id]! + sizes[id]!;
  const next = starts.slice();
  const rows = new Int32Array(starts[table.count]!);
  for (let i = 0; i < live.length; i++) {
    const group = classOf[tuple[live[i]!]!]!;
    if (group !== WAITS) rows[next[group]!++] = live[i]!;
  }
  return { count: table.count, codes: table.codes, rows, starts };
};
