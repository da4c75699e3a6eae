import { assetPath, fleetCatalog } from '../../src/cli/assets.ts';
import { createFramer } from '../../src/decode/envelope.ts';
import type { Log, Transaction } from '../../src/model/log.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { SourceBatch } from '../../src/model/record.ts';
import { createPipeline, STAGES, type Stages } from '../../src/pipeline.ts';
import { type ControlSource, fixedControls } from '../../src/runtime/control/source.ts';
import { keysByEpochs } from '../../src/runtime/keys/epochs.ts';
import { memoryKeys, memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createMemoryBroker, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import type { Summary } from '../../src/runtime/summary.ts';
import { runTask } from '../../src/runtime/task.ts';
import { createWriters } from '../../src/runtime/writers.ts';
import { simulateFleet } from '../../src/simulate/fleet.ts';
import type { SimulateOptions } from '../../src/simulate/options.ts';

/** The demo's plan. */
export const smartHome = (): Plan => {
  const { plan, issues } = loadPlan(assetPath('policies/smart-home.yaml'));
  if (plan === null) throw new Error(`the policy does not load: ${issues.map((issue) => issue.code).join(', ')}`);
  return plan;
};

/** Lines of a simulated fleet. */
export const fleetLines = (options: Partial<SimulateOptions>): Buffer[] => {
  const bytes = Buffer.concat([...simulateFleet({ ...fleetCatalog(), ...options })]);
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return lines;
};

/** Frames lines, cut into stretches of the given sizes (the last size repeats), as batches per source in order. */
export const framed = (plan: Plan, lines: readonly Buffer[], cuts: readonly number[]): SourceBatch[][] => {
  const sources: string[] = [];
  const sourceIndex = (topic: string, partition: number): number => {
    const key = `${topic}:${partition}`;
    return sources.includes(key) ? sources.indexOf(key) : sources.push(key) - 1;
  };
  const framer = createFramer({ fileIndex: 0, limits: plan.limits, sourceIndex });
  const batches: SourceBatch[][] = [];
  for (let from = 0, cut = 0; from < lines.length; cut++) {
    const part = lines.slice(from, from + cuts[Math.min(cut, cuts.length - 1)]);
    const bytes = Buffer.concat(part);
    const length = Int32Array.from(part, (line) => line.length);
    const start = new Int32Array(part.length);
    for (let i = 1; i < part.length; i++) start[i] = start[i - 1] + length[i - 1];
    const number = Float64Array.from(part, (_, i) => from + i);
    for (const batch of framer.frame({ bytes, count: part.length, start, length, number })) {
      batches[batch.source] ??= [];
      batches[batch.source].push(batch);
    }
    from += part.length;
  }
  return batches;
};

/** What a run in memory left. */
export interface MemoryRun {
  readonly summary: Summary;
  readonly transactions: readonly Transaction[];
  /** All output records, as text, sorted: the multiset. */
  readonly outputs: readonly string[];
}

/** Runs batches through the whole pipeline on a memory log. The same seed gives the same keys. */
export const runInMemory = async (
  plan: Plan,
  batches: readonly (readonly SourceBatch[])[],
  seed = 'test',
  stages: Stages = STAGES,
  controls: ControlSource = fixedControls(),
): Promise<MemoryRun> => {
  const broker = createMemoryBroker(batches);
  const log: Log = openMemoryLog(broker);
  const keys = keysByEpochs(memoryKeys(seed), controls.epochs);
  const pipeline = createPipeline(plan, keys, stages);
  const writers = createWriters(plan, keys, memoryRecipients(seed).recipients);
  const summary = await runTask({ plan, pipeline, log, writers, controls });
  const outputs = broker.transactions
    .flatMap(({ outputs: released }) => released.flatMap(({ view, json }) => json.map((line) => `${view} ${line}`)))
    .sort();
  return { summary, transactions: broker.transactions, outputs };
};
