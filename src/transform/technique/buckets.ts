import type { Compiled, LadderContext, Spec } from './context.ts';
import { checkEdges, edgeLadder } from './edges.ts';

/**
 * Numbers between fixed edges, the ends open: `<100`, `[100,1000)`, `>=1000`. Edges stand in the policy and are never
 * taken from data: quantiles would tell about others.
 */
export const compileBuckets = (spec: Spec<'buckets'>, context: LadderContext): Compiled => {
  const edges = spec.buckets;
  const wrong = checkEdges(context, edges);
  if (wrong !== null) return wrong;
  const between = edges.slice(1).map((edge, i) => `[${edges[i]},${edge})`);
  return edgeLadder('buckets', 'number', edges, Number.NEGATIVE_INFINITY, [`<${edges[0]}`, ...between, `>=${edges[edges.length - 1]}`]);
};
