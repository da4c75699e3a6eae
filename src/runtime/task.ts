import type { Encoded } from '../encode/encode.ts';
import type { Controls } from '../model/controls.ts';
import { NO_CONTROLS } from '../model/controls.ts';
import { invariant } from '../model/invariant.ts';
import type { Log, SourcePartition, ViewOutput } from '../model/log.ts';
import type { Plan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import type { Released } from '../model/released.ts';
import { isReleased, type Verdicts } from '../model/verdict.ts';
import type { Pipeline } from '../pipeline.ts';
import { releasePrint } from './fingerprint.ts';
import { createLineageBook, type LineageBook } from './lineage-book.ts';
import { addWindow, createSummary, type Summary } from './summary.ts';
import { createWindowBook, type WindowBook, type WindowEntry } from './window-book.ts';
import type { Writers } from './writers.ts';

/** Everything one task owns while it runs. */
interface State {
  readonly plan: Plan;
  readonly pipeline: Pipeline;
  readonly log: Log;
  readonly writers: Writers;
  readonly controls: Controls;
  readonly sources: readonly SourcePartition[];
  /** Per source: running maximum of append times, ms. */
  readonly clockMs: number[];
  readonly windows: WindowBook;
  readonly lineage: LineageBook;
  readonly summary: Summary;
}

/** After the last record of a finite log. */
const END = Number.POSITIVE_INFINITY;

const note = (state: State, verdicts: Verdicts): void => {
  const window = state.windows.entry(verdicts.view, verdicts.windowStartMs);
  state.windows.decide(window, verdicts);
  state.lineage.block(verdicts);
};

/** Scrubs and offers one batch; returns its quarantine rows. */
const take = (state: State, batch: SourceBatch): readonly string[] => {
  const { plan, pipeline, summary } = state;
  const scrubbed = pipeline.scrub(batch, state.clockMs[batch.source]);
  state.clockMs[batch.source] = scrubbed.clockMs;
  let entered = scrubbed.noView + scrubbed.faults.count;
  for (const decoded of scrubbed.decoded) {
    for (const view of plan.events[decoded.event].views) state.windows.enter(view, batch.source, decoded);
    entered += decoded.count;
  }
  invariant(entered === batch.count, `conservation in a batch: ${batch.count} records read, ${entered} accounted for`);
  for (const verdicts of scrubbed.settled) note(state, verdicts);
  for (const candidates of scrubbed.candidates) for (const verdicts of pipeline.offer(candidates)) note(state, verdicts);
  summary.read += batch.count;
  summary.noView += scrubbed.noView;
  summary.quarantined += scrubbed.faults.count;
  return state.writers.quarantine(batch, scrubbed.faults, scrubbed.clockMs, summary);
};

/** Up to where every partition has passed: nothing that is still to come can fall before it. */
const watermark = async (state: State): Promise<number> => {
  let passed = END;
  for (const { source } of state.sources) {
    const ended = state.log.position(source) >= (await state.log.highWatermark(source));
    if (!ended) passed = Math.min(passed, state.clockMs[source]);
  }
  return passed;
};

/** What leaves is what the verdicts say, record by record and level by level: no more, no less, nothing twice. */
const assertReleases = (released: Released, verdicts: Verdicts, { count, json, avro }: Encoded): void => {
  let decided = 0;
  let prints = 0;
  for (let i = 0; i < verdicts.count; i++) {
    if (!isReleased(verdicts.verdict[i])) continue;
    decided++;
    prints = (prints + releasePrint(verdicts.source[i], verdicts.offset[i], verdicts.verdict[i])) | 0;
  }
  for (let i = 0; i < released.count; i++) prints = (prints - releasePrint(released.source[i], released.offset[i], released.level[i])) | 0;
  invariant(
    decided === released.count && prints === 0,
    `conservation of a release: ${decided} verdicts release, ${released.count} records leave`,
  );
  invariant(
    count === released.count && json.length === count && avro.length === count,
    `conservation of a release: ${released.count} records leave, ${count} were written`,
  );
};

const closeWindow = (state: State, window: WindowEntry): { output: ViewOutput; audit: readonly string[] } => {
  const view = state.plan.views[window.view];
  const { released, verdicts, smallestClass } = state.pipeline.close(window.view, window.windowStartMs, state.controls);
  const encoded = state.pipeline.encode(released);
  assertReleases(released, verdicts, encoded);
  note(state, verdicts);
  for (let i = 0; i < released.count; i++) {
    const digest = encoded.digest.subarray(i * 8, i * 8 + 8);
    state.lineage.release(window.view, window.windowStartMs, released.source[i], released.offset[i], released.level[i], digest);
  }
  state.windows.settle(window);
  addWindow(state.summary.views[view.name], window.verdicts, smallestClass);
  return {
    output: { view: view.name, windowEndMs: released.windowEndMs, count: released.count, json: encoded.json, avro: encoded.avro },
    audit: state.writers.audit(window, state.sources),
  };
};

/** Closes every window that ends by `untilMs` and appends all that the step decided, in one transaction. */
const commit = async (state: State, quarantine: readonly string[], untilMs: number): Promise<void> => {
  const outputs: ViewOutput[] = [];
  const audit: string[] = [];
  for (const view of state.plan.views) {
    for (const window of state.windows.due(view.index, untilMs)) {
      const closed = closeWindow(state, window);
      outputs.push(closed.output);
      audit.push(...closed.audit);
    }
  }
  const lineage = state.lineage.take().map((rows) => state.writers.lineage(rows, state.sources));
  await state.log.append({ outputs, quarantine, lineage, audit, held: [], ledger: null });
};

/** One step: everything fetched, everything decided by it. False when nothing is left, and then every window is closed. */
const step = async (state: State): Promise<boolean> => {
  const batches = await state.log.fetch();
  if (batches.length === 0) {
    await commit(state, [], END);
    return false;
  }
  const quarantine = batches.flatMap((batch) => take(state, batch));
  await commit(state, quarantine, await watermark(state));
  return true;
};

/** At the end of a finite log nothing may be open, and every record of a view's event has exactly one verdict. */
const assertConservation = ({ plan, summary, windows }: State): void => {
  for (const view of plan.views) {
    const { released, blocked } = summary.views[view.name];
    const verdicts = [...released, ...Object.values(blocked)].reduce((sum, count) => sum + count, 0);
    invariant(verdicts === windows.entered(view.index), 'conservation of a view: every record of its event has one verdict');
  }
};

export interface TaskOptions {
  readonly plan: Plan;
  readonly pipeline: Pipeline;
  readonly log: Log;
  readonly writers: Writers;
  readonly controls?: Controls;
  /** Called after each step with the records read so far; what it throws ends the task. */
  readonly onStep?: (read: number) => void;
}

/**
 * Runs a task to the end of its log: fetch, scrub, offer, close what is due, one transaction, again. Returns exact
 * counts. Throws `InvariantError` before anything of a step is appended when the sums do not add up.
 */
export const runTask = async (options: TaskOptions): Promise<Summary> => {
  const { plan, pipeline, log, writers, onStep } = options;
  const sources = await log.sources();
  const state: State = {
    plan,
    pipeline,
    log,
    writers,
    controls: options.controls ?? NO_CONTROLS,
    sources,
    clockMs: sources.map(() => Number.NEGATIVE_INFINITY),
    windows: createWindowBook(plan),
    lineage: createLineageBook(),
    summary: createSummary(plan),
  };
  while (await step(state)) onStep?.(state.summary.read);
  onStep?.(state.summary.read);
  assertConservation(state);
  return state.summary;
};
