import { type Compiled, issueAt, type LadderContext, type Spec } from './context.ts';
import { checkEdges, edgeLadder } from './edges.ts';

const range = (low: number, high: number): string => (low === high ? String(low) : `${low}-${high}`);

/** How many items an array holds: `[1, 4, 10]` gives `0`, `1-3`, `4-9`, `10+`. An array that is missing has no value. */
export const compileCount = (spec: Spec<'count'>, context: LadderContext): Compiled => {
  const edges = spec.count;
  const wrong = checkEdges(context, edges);
  if (wrong !== null) return wrong;
  if (!edges.every((edge) => Number.isInteger(edge) && edge >= 1))
    return [issueAt(context, 'ladder-bad-edges', 'expected whole numbers from 1')];
  const starts = [0, ...edges];
  const texts = edges.map((edge, i) => range(starts[i], edge - 1));
  return edgeLadder('count', 'count', edges, 0, [...texts, `${edges[edges.length - 1]}+`]);
};
