import { invariant } from '../model/invariant.ts';
import type { Rules } from './rules.ts';
import { clearTally, count, createTally, type Tally } from './tally.ts';
import { createTupleTable, internTuple, lookupTuple, type TupleTable } from './tuples.ts';
import type { GateWindow } from './window.ts';

/** One class under trial. A single object is moved from class to class; criteria read it and use its tallies. */
export interface Trial {
  readonly rules: Rules;
  readonly window: GateWindow;
  level: number;
  /** The tuple at `level`. */
  readonly codes: Int32Array;
  /** Rows of the class: `rows[from]` .. `rows[to - 1]`, in the order of their event tokens. */
  rows: Int32Array;
  from: number;
  to: number;
  /** Distinct subjects. */
  subjects: number;
  /** Scratch: whoever uses one clears it first. */
  readonly subjectTally: Tally;
  readonly gatewayTally: Tally;
  /** Per level, the tuples that this close has released; kept only when a dataset asks. */
  readonly releasedTuples: TupleTable[];
}

export const createTrial = (rules: Rules, window: GateWindow): Trial => {
  const attributes = window.view.attributes.length;
  const needsGateways = rules.view.gateways !== null;
  return {
    rules,
    window,
    level: 0,
    codes: new Int32Array(attributes),
    rows: new Int32Array(0),
    from: 0,
    to: 0,
    subjects: 0,
    subjectTally: createTally(window.subjects.count),
    gatewayTally: createTally(needsGateways ? window.gateways.count : 0),
    releasedTuples: rules.datasets.length === 0 ? [] : window.view.path.map(() => createTupleTable(attributes)),
  };
};

/** Moves the trial to another class of its level and counts its subjects. */
export const tryClass = (trial: Trial, codes: Int32Array, codesAt: number, from: number, to: number): void => {
  invariant(to > from, 'a class has at least one record');
  for (let i = 0; i < trial.codes.length; i++) trial.codes[i] = codes[codesAt + i]!;
  trial.from = from;
  trial.to = to;
  const { rows, subjectTally } = trial;
  const { subject } = trial.window;
  clearTally(subjectTally);
  for (let i = from; i < to; i++) count(subjectTally, subject[rows[i]!]!);
  trial.subjects = subjectTally.distinct;
};

export const noteReleased = (trial: Trial): void => {
  if (trial.releasedTuples.length > 0) internTuple(trial.releasedTuples[trial.level]!, trial.codes, 0);
};

export const wasReleased = (trial: Trial, level: number, codes: Int32Array): boolean =>
  level < trial.level && lookupTuple(trial.releasedTuples[level]!, codes, 0) >= 0;
