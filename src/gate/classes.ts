import type { Trial } from './trial.ts';
import { createTupleTable, internTuple, lookupTuple } from './tuples.ts';

/**
 * Classes of one level: tuple `id` at `codes[id * attributes]`, its rows at `rows[starts[id]]` .. `rows[starts[id + 1] - 1]`
 * and, in the same way, the rows under the same tuple that have left at finer levels.
 */
export interface Classes {
  readonly count: number;
  readonly codes: Int32Array;
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly left: Int32Array;
  readonly leftStarts: Int32Array;
}

const NONE = -1;
/** The tuple has no class at this level: its records start later, or nothing of it is still waiting. */
const NO_CLASS = -2;

/**
 * Groups rows by their tuple at `level`, leaving out those that start later. Stable, so rows stay in the order of their
 * event tokens. Tuples of the window are grouped first, each once, and rows follow their tuple.
 *
 * @param live rows that no level has released yet
 * @param gone rows that finer levels have released
 */
export const classesOf = ({ window, rules }: Trial, level: number, live: Int32Array, gone: Int32Array): Classes => {
  const { tuples, tuple } = window;
  const attributes = rules.view.attributes.length;
  const table = createTupleTable(attributes);
  const classOf = new Int32Array(tuples.count).fill(NONE);
  const at = (id: number): number => id * tuples.width + 1 + level * attributes;
  for (let i = 0; i < live.length; i++) {
    const id = tuple[live[i]!]!;
    if (classOf[id] !== NONE) continue;
    const startsLater = tuples.codes[id * tuples.width]! > level;
    classOf[id] = startsLater ? NO_CLASS : internTuple(table, tuples.codes, at(id));
  }
  for (let i = 0; i < gone.length; i++) {
    const id = tuple[gone[i]!]!;
    if (classOf[id] !== NONE) continue;
    const found = lookupTuple(table, tuples.codes, at(id));
    classOf[id] = found < 0 ? NO_CLASS : found;
  }
  const { rows, starts } = byClass(live, tuple, classOf, table.count);
  const { rows: left, starts: leftStarts } = byClass(gone, tuple, classOf, table.count);
  return { count: table.count, codes: table.codes, rows, starts, left, leftStarts };
};

/** Counting sort of rows by the class of their tuple; rows without a class are left out. */
const byClass = (some: Int32Array, tuple: Int32Array, classOf: Int32Array, count: number): { rows: Int32Array; starts: Int32Array } => {
  const starts = new Int32Array(count + 1);
  for (let i = 0; i < some.length; i++) {
    const group = classOf[tuple[some[i]!]!]!;
    if (group !== NO_CLASS) starts[group + 1]!++;
  }
  for (let id = 0; id < count; id++) starts[id + 1]! += starts[id]!;
  const next = starts.slice();
  const rows = new Int32Array(starts[count]!);
  for (let i = 0; i < some.length; i++) {
    const group = classOf[tuple[some[i]!]!]!;
    if (group !== NO_CLASS) rows[next[group]!++] = some[i]!;
  }
  return { rows, starts };
};
