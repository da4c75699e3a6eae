import { createDecoder } from '../src/decode/decoder.ts';
import { NO_CONTROLS } from '../src/model/controls.ts';
import type { Plan, ViewPlan } from '../src/model/plan.ts';
import { createTransform } from '../src/transform/transform.ts';
import { createReferenceGate, type PlainReleased, plainCandidates } from '../test/reference/gate.ts';
import { multisetDigest } from './contenders.ts';
import { makeWorkload, type WorkloadOptions } from './workload.ts';

/** What every contender has to release: the outcome of the reference gate, which shares nothing with `src/gate`. */
export interface Oracle {
  readonly digest: string;
  readonly released: number;
  readonly records: number;
}

const lineOf = (plan: Plan, view: ViewPlan, windowEnd: number, of: PlainReleased): string => {
  const { attributes } = plan.events[view.event];
  const row: Record<string, unknown> = { windowEnd, level: of.level };
  for (const [a, index] of view.attributes.entries()) {
    const { name, ladder } = attributes[index];
    row[name] = view.path[of.level][a] < ladder.levels.length ? ladder.text(view.path[of.level][a], of.codes[a]) : '*';
  }
  if (view.sensitive !== null) {
    const { ladder } = attributes[view.sensitive.attribute];
    row[view.sensitive.name] = typeof of.sensitive === 'number' ? ladder.text(0, of.sensitive) : of.sensitive;
  }
  return `${view.name} ${JSON.stringify(row)}`;
};

/** Decides a workload slowly and obviously. */
export const oracleOf = (options: WorkloadOptions): Oracle => {
  const workload = makeWorkload(options);
  const { plan, keys } = workload;
  const decoder = createDecoder(plan);
  const transform = createTransform(plan, keys);
  const gate = createReferenceGate(plan, { keys });
  const clocks = Array.from({ length: workload.sources }, () => Number.NEGATIVE_INFINITY);
  const windows = new Map<string, { view: number; startMs: number }>();
  for (const batch of workload.batches) {
    const decoded = decoder.decode(batch, clocks[batch.source]);
    clocks[batch.source] = decoded.clockMs;
    for (const columns of decoded.columns) {
      for (const candidates of transform.transform(columns, batch).candidates) {
        gate.offer(plainCandidates(candidates, plan));
        const { windowMs } = plan.views[candidates.view];
        for (const atMs of candidates.appendMs) {
          const startMs = Math.floor(atMs / windowMs) * windowMs;
          windows.set(`${candidates.view}/${startMs}`, { view: candidates.view, startMs });
        }
      }
    }
  }
  const lines = [...windows.values()].flatMap(({ view, startMs }) => {
    const end = startMs + plan.views[view].windowMs;
    return gate.close(view, startMs, NO_CONTROLS).released.map((released) => lineOf(plan, plan.views[view], end, released));
  });
  return { digest: multisetDigest(lines), released: lines.length, records: workload.records };
};
