import type { ReleasedTuples } from '../model/controls.ts';
import { invariant } from '../model/invariant.ts';
import type { Classes } from './classes.ts';
import { createReleasedTuples, type ReleasedLevels } from './released-tuples.ts';
import type { Rules } from './rules.ts';
import { clearTally, count, countOf, createTally, type Tally } from './tally.ts';
import type { GateWindow } from './window.ts';

/** One class under trial. A single object is moved from class to class; criteria read it and use its tallies. */
export interface Trial {
  readonly rules: Rules;
  readonly window: GateWindow;
  level: number;
  /** The tuple at `level`. */
  readonly codes: Int32Array;
  /**
   * Rows of the class: `rows[from]` .. `rows[to - 1]`. Those up to `rows[counted - 1]` are of subjects that count; the rest
   * are of subjects that have already left finer under this tuple. Both parts are in the order of their event tokens.
   */
  rows: Int32Array;
  from: number;
  counted: number;
  to: number;
  /** Distinct subjects that count. */
  subjects: number;
  /** Scratch: whoever uses one clears it first. */
  readonly subjectTally: Tally;
  readonly gatewayTally: Tally;
  /** What this close has released, by level; kept only when a dataset asks. */
  readonly releasedLevels: ReleasedLevels | null;
  /** The same as indexes may ask for it: levels finer than the one under trial. One object a close. */
  readonly released: ReleasedTuples;
}

export const createTrial = (rules: Rules, window: GateWindow): Trial => {
  const attributes = window.view.attributes.length;
  const needsGateways = rules.view.gateways !== null;
  const releasedLevels = rules.datasets.length === 0 ? null : createReleasedTuples(window.view.path.length, attributes);
  const trial: Trial = {
    rules,
    window,
    level: 0,
    codes: new Int32Array(attributes),
    rows: new Int32Array(0),
    from: 0,
    counted: 0,
    to: 0,
    subjects: 0,
    subjectTally: createTally(window.subjects.count),
    gatewayTally: createTally(needsGateways ? window.gateways.count : 0),
    releasedLevels,
    released: { has: (level, codes, columns) => level < trial.level && (releasedLevels?.has(level, codes, columns) ?? false) },
  };
  return trial;
};

/**
 * Moves the trial to class `id` of its level and counts its subjects: only those of whom nothing has left finer under the
 * same tuple. An adversary who knows which households those are takes them away, and has to be left with k.
 */
export const tryClass = (trial: Trial, classes: Classes, id: number): void => {
  const { codes, rows, starts, left, leftStarts } = classes;
  const from = starts[id]!;
  const to = starts[id + 1]!;
  invariant(to > from, 'a class has at least one record');
  for (let i = 0; i < trial.codes.length; i++) trial.codes[i] = codes[id * trial.codes.length + i]!;
  trial.rows = rows;
  trial.from = from;
  trial.to = to;
  trial.counted = knownLast(trial, left, leftStarts[id]!, leftStarts[id + 1]!);
  const { subjectTally } = trial;
  const { subject } = trial.window;
  clearTally(subjectTally);
  for (let i = from; i < trial.counted; i++) count(subjectTally, subject[rows[i]!]!);
  trial.subjects = subjectTally.distinct;
};

/** Moves rows of subjects among `left` behind the others, keeping both orders; returns where they start. */
const knownLast = (
  { rows, from, to, window: { subject }, subjectTally }: Trial,
  left: Int32Array,
  leftFrom: number,
  leftTo: number,
): number => {
  if (leftFrom === leftTo) return to;
  clearTally(subjectTally);
  for (let i = leftFrom; i < leftTo; i++) count(subjectTally, subject[left[i]!]!);
  const known: number[] = [];
  let next = from;
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    if (countOf(subjectTally, subject[row]!) > 0) known.push(row);
    else rows[next++] = row;
  }
  rows.set(known, next);
  return next;
};

export const noteReleased = (trial: Trial): void => trial.releasedLevels?.note(trial.level, trial.codes);
