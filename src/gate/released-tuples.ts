import type { ReleasedTuples } from '../model/controls.ts';
import { createTupleTable, internTuple, lookupTuple, type TupleTable } from './tuples.ts';

/** The tuples that one close releases, level by level. */
export interface ReleasedLevels extends ReleasedTuples {
  note(level: number, codes: Int32Array): void;
}

/** Released tuples of a level as seen through some of their columns; grows after the level's own table, when asked. */
interface Projection {
  readonly seen: TupleTable;
  upTo: number;
}

/**
 * Remembers released tuples exactly and answers for any choice of their columns. Each choice that is asked for costs one
 * pass over the tuples of its level, once.
 */
export const createReleasedTuples = (levels: number, width: number): ReleasedLevels => {
  const whole = Array.from({ length: levels }, () => createTupleTable(width));
  const projections = whole.map(() => new Map<number, Projection>());
  const all = 2 ** width - 1;
  const scratch = new Int32Array(width);
  const project = (codes: Int32Array, at: number, columns: number): Int32Array => {
    for (let i = 0; i < width; i++) scratch[i] = ((columns >>> i) & 1) === 1 ? codes[at + i]! : 0;
    return scratch;
  };
  const projectionOf = (level: number, columns: number): TupleTable => {
    const known = projections[level]!.get(columns);
    const projection = known ?? { seen: createTupleTable(width), upTo: 0 };
    if (known === undefined) projections[level]!.set(columns, projection);
    const table = whole[level]!;
    for (; projection.upTo < table.count; projection.upTo++)
      internTuple(projection.seen, project(table.codes, projection.upTo * width, columns), 0);
    return projection.seen;
  };
  return {
    note: (level, codes) => void internTuple(whole[level]!, codes, 0),
    has(level, codes, columns = all) {
      if (columns === all) return lookupTuple(whole[level]!, codes, 0) >= 0;
      return lookupTuple(projectionOf(level, columns), project(codes, 0, columns), 0) >= 0;
    },
  };
};
