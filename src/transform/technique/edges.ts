import type { Ladder } from '../../model/ladder.ts';
import { type Compiled, issueAt, type LadderContext } from './context.ts';
import { readNumber } from './values.ts';

const MAX_EDGES = 1000;

/** Null when edges rise and are finite numbers. */
export const checkEdges = (context: LadderContext, edges: readonly number[]): Compiled | null => {
  const isRising = edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > edges[i - 1]));
  if (isRising && edges.length > 0 && edges.length <= MAX_EDGES) return null;
  return [issueAt(context, 'ladder-bad-edges', `expected 1 to ${MAX_EDGES} numbers`)];
};

/** How many edges are not above `value`: the number of its bucket. */
const bucketOf = (edges: readonly number[], value: number): number => {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** One level that sorts numbers from `least` up into the intervals between edges; other values have none. */
export const edgeLadder = (
  technique: 'buckets' | 'count',
  kind: 'number' | 'count',
  edges: readonly number[],
  least: number,
  texts: readonly string[],
): Ladder => ({
  name: '',
  technique,
  levels: [technique === 'count' ? 'count' : 'bucket'],
  inputs: [{ axis: '', kind }],
  apply([column], rows, codes, first) {
    for (let row = 0; row < rows.count; row++) {
      const value = readNumber(column, row);
      const hasValue = value >= least;
      codes[row] = hasValue ? bucketOf(edges, value) : 0;
      first[row] = hasValue ? 0 : 1;
    }
  },
  text: (_level, code) => texts[code],
});
