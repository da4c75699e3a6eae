import { isReleased, REASONS } from '../model/verdict.ts';
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

/** All classes of a view, found by (window, level, tuple of the input). */
export interface Classes {
  readonly all: readonly ReleasedClass[];
  /** The class that a row belongs to by its own tuple at `level`, when it was released. */
  at(row: number, level: number): ReleasedClass | undefined;
  /** Whether of the row's subject something left at a finer level than `level` under the row's own tuple at `level`. */
  leftFiner(row: number, level: number): boolean;
  /** Released rows by window. */
  readonly batches: readonly (readonly number[])[];
}

export const distinct = (values: readonly number[]): number => new Set(values).size;

/** Rows whose record was read and whose verdict is a release. */
export const releasedRows = (decisions: Decisions): number[] => {
  const rows: number[] = [];
  for (let row = 0; row < decisions.count; row++) if (isReleased(decisions.verdict[row]) && decisions.read[row] >= 0) rows.push(row);
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
  return { all, at, leftFiner: leftFinerOf(decisions, rows), batches: groupBy(rows, (row) => windowStart[row]) };
};

/** Looked up by (window, level, tuple, subject). */
const leftFinerOf = ({ view, windowStart, verdict, tuples, subject }: Decisions, rows: readonly number[]): Classes['leftFiner'] => {
  const levels = view.path.length;
  const left = new Set<string>();
  const keyOf = (row: number, level: number): string => `${windowStart[row]} ${level} ${tuples[row * levels + level]} ${subject[row]}`;
  for (const row of rows) for (let level = verdict[row] + 1; level < levels; level++) left.add(keyOf(row, level));
  return (row, level) => level > 0 && left.has(keyOf(row, level));
};
