import { AUTHORISED, isReleased, REASONS } from '../model/verdict.ts';
import { type Decisions, groupBy } from './decisions.ts';

/** One released equivalence class, by lineage: what left together. */
export interface ReleasedClass {
  readonly windowStart: number;
  readonly level: number;
  readonly tuple: number;
  /** Rows that left. */
  readonly released: readonly number[];
  /** Rows that were in the class and stayed behind because their subject had its contribution. */
  readonly dropped: number[];
}

/** One window of a view: what left in it. */
export interface WindowClasses {
  readonly windowStart: number;
  readonly classes: readonly ReleasedClass[];
  /** Rows that left. */
  readonly released: readonly number[];
}

/** All classes of a view, found by (window, level, tuple of the input). */
export interface Classes {
  readonly all: readonly ReleasedClass[];
  /** The class that a row belongs to by its own tuple at `level`, when it was released. */
  at(row: number, level: number): ReleasedClass | undefined;
  readonly windows: readonly WindowClasses[];
}

export const distinct = (values: readonly number[]): number => new Set(values).size;

/** Whether a verdict releases in a class; what somebody authorised is in none. */
export const isInClass = (verdict: number): boolean => isReleased(verdict) && verdict !== AUTHORISED;

/** Rows whose record was read and whose verdict is a release in a class. */
export const releasedRows = (decisions: Decisions): number[] => {
  const rows: number[] = [];
  for (let row = 0; row < decisions.count; row++) if (isInClass(decisions.verdict[row]) && decisions.read[row] >= 0) rows.push(row);
  return rows;
};

/** Puts released rows into the classes that their raw data give at the level at which they left. */
export const classesOf = (decisions: Decisions): Classes => {
  const { view, windowStart, verdict, tuples } = decisions;
  const levels = view.path.length;
  const keyOf = (row: number, level: number): string => `${windowStart[row]} ${level} ${tuples[row * levels + level]}`;
  const rows = releasedRows(decisions);
  const index = new Map<string, ReleasedClass>();
  const all = groupBy(rows, (row) => keyOf(row, verdict[row])).map((released): ReleasedClass => {
    const [first] = released;
    const level = verdict[first];
    const found = { windowStart: windowStart[first], level, tuple: tuples[first * levels + level], released, dropped: [] };
    index.set(keyOf(first, level), found);
    return found;
  });
  const at = (row: number, level: number): ReleasedClass | undefined => index.get(keyOf(row, level));
  for (let row = 0; row < decisions.count; row++) {
    if (verdict[row] !== REASONS.contribution.code || decisions.start[row] < 0) continue;
    for (let level = decisions.start[row]; level < levels; level++) {
      const home = at(row, level);
      if (home === undefined) continue;
      home.dropped.push(row);
      break;
    }
  }
  const classesByWindow = new Map(groupBy(all, (one) => one.windowStart).map((own) => [own[0].windowStart, own]));
  const windows = groupBy(rows, (row) => windowStart[row]).map((released): WindowClasses => {
    const [first] = released;
    return { windowStart: windowStart[first], classes: classesByWindow.get(windowStart[first]) ?? [], released };
  });
  return { all, at, windows };
};

/** Subjects are numbered from 0 and fewer than this, so that (tuple, subject) is one exact number. */
const SUBJECTS = 2 ** 26;

/** Whether of the row's subject something left at a finer level than `level` under the row's own tuple at `level`. */
export type LeftFiner = (row: number, level: number) => boolean;

/**
 * Who left finer, for the rows of one window, given what left in it. It takes some hundred bytes a released row and level, so
 * it is made for one window at a time and dropped.
 */
export const leftFinerOf = ({ view, verdict, tuples, subject }: Decisions, released: readonly number[]): LeftFiner => {
  const levels = view.path.length;
  const left = view.path.map(() => new Set<number>());
  const keyOf = (row: number, level: number): number => tuples[row * levels + level] * SUBJECTS + subject[row];
  for (const row of released) for (let level = verdict[row] + 1; level < levels; level++) left[level].add(keyOf(row, level));
  // A verdict beyond the path is a level all the same; I5 tells of it.
  return (row, level) => left[level]?.has(keyOf(row, level)) ?? false;
};
