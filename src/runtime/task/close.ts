import type { Encoded } from '../../encode/encode.ts';
import { invariant } from '../../model/invariant.ts';
import type { ViewOutput } from '../../model/log.ts';
import type { ViewPlan } from '../../model/plan.ts';
import type { Released } from '../../model/released.ts';
import { AUTHORISED, isReleased, type Verdicts } from '../../model/verdict.ts';
import { requireGuards, staleDataset } from '../dataset/guards.ts';
import { releasePrint } from '../fingerprint.ts';
import type { PendingRows } from '../lineage-book.ts';
import { addWindow } from '../summary.ts';
import type { WindowEntry } from '../window-book.ts';
import type { PeriodKey } from '../writers.ts';
import { type State, windowName } from './state.ts';
import { note } from './take.ts';

/** A batch that leaves, as the gate made it and as it is written. */
interface Leaving {
  readonly released: Released;
  readonly encoded: Encoded;
}

/** What verdicts call a record of a batch. */
const verdictAt = ({ isAuthorised, level }: Released, i: number): number => (isAuthorised ? AUTHORISED : level[i]);

/** What leaves is what the verdicts say, record by record and level by level: no more, no less, nothing twice. */
const assertReleases = (leaving: readonly Leaving[], verdicts: Verdicts): void => {
  let decided = 0;
  let prints = 0;
  for (let i = 0; i < verdicts.count; i++) {
    if (!isReleased(verdicts.verdict[i])) continue;
    decided++;
    prints = (prints + releasePrint(verdicts.source[i], verdicts.offset[i], verdicts.verdict[i])) | 0;
  }
  let leaves = 0;
  for (const { released, encoded } of leaving) {
    const { source, offset, count } = released;
    for (let i = 0; i < count; i++) prints = (prints - releasePrint(source[i], offset[i], verdictAt(released, i))) | 0;
    leaves += count;
    invariant(
      encoded.count === count && encoded.json.length === count && encoded.avro.length === count,
      `conservation of a release: ${count} records leave, ${encoded.count} were written`,
    );
  }
  invariant(decided === leaves && prints === 0, `conservation of a release: ${decided} verdicts release, ${leaves} records leave`);
};

const closeWindow = (state: State, window: WindowEntry): Closed => {
  const view = state.plan.views[window.view];
  const name = windowName(view.name, window.windowStartMs);
  const controls = state.pinned.get(name);
  invariant(controls !== undefined, 'a window is completed by what held when it was decided');
  state.pinned.delete(name);
  requireGuards(state.plan, controls, window.view);
  const { released, authorised, verdicts, smallestClass } = state.pipeline.close(window.view, window.windowStartMs, controls);
  const leaving = [released, ...(authorised === null ? [] : [authorised])].map((batch) => ({
    released: batch,
    encoded: state.pipeline.encode(batch),
  }));
  assertReleases(leaving, verdicts);
  note(state, verdicts);
  for (const { released: batch, encoded } of leaving) {
    for (let i = 0; i < batch.count; i++) {
      const digest = encoded.digest.subarray(i * 8, i * 8 + 8);
      state.lineage.release(window.view, window.windowStartMs, batch.source[i], batch.offset[i], verdictAt(batch, i), digest);
    }
  }
  state.windows.settle(window);
  addWindow(state.summary.views[view.name], window.verdicts, smallestClass);
  state.closedUntilMs[window.view] = window.windowStartMs + view.windowMs;
  state.heldFirst.delete(name);
  return {
    view,
    outputs: leaving.map(({ released: { period, isAuthorised, windowEndMs, count }, encoded: { json, avro } }) => ({
      view: view.name,
      period,
      isAuthorised,
      windowEndMs,
      count,
      json,
      avro,
    })),
    windowEndMs: released.windowEndMs,
    audit: state.writers.audit.close(window, state.sources, controls.version),
    verdicts: window.verdicts,
    isStale: staleDataset(controls, view.index, window.windowStartMs + view.windowMs) !== undefined,
  };
};

export interface Closed {
  readonly view: ViewPlan;
  /** What leaves to the ordinary output or to that of a period, and to the authorised one of the period where anything does. */
  readonly outputs: readonly ViewOutput[];
  readonly windowEndMs: number;
  readonly audit: readonly string[];
  /** Exact counts by verdict byte. */
  readonly verdicts: Float64Array;
  /** Nothing left, as no index of a dataset was in force that is fresh enough. */
  readonly isStale: boolean;
}

/** Completes the windows that the last transaction decided. */
export const closeDecided = (state: State): readonly Closed[] => {
  const decided = state.decided.map(({ view, windowStart }) => {
    const index = state.plan.views.findIndex(({ name }) => name === view);
    invariant(index >= 0, 'a decided window is of a view that the plan has');
    return state.windows.entry(index, windowStart);
  });
  state.decided = [];
  return decided.map((window) => closeWindow(state, window));
};

/** The active period that a window is of, as far as is known, when its lineage has a key of its own; of several the one announced first. */
const periodOf = ({ plan, controls }: State, { view: index, windowStartMs }: PendingRows): PeriodKey | null => {
  const view = plan.views[index];
  const endMs = windowStartMs + view.windowMs;
  const period = controls
    .periodsAt(view, windowStartMs)
    .find((rule) => rule.view === index && !rule.isSuspended && rule.startMs < endMs && windowStartMs < rule.endMs);
  return period?.lineage == null ? null : { id: period.id, lineage: period.lineage };
};

/** The lineage of a step: one sealed chunk for each window that something became final in. Closed windows end their numbering. */
export const lineageLines = (state: State): readonly string[] => {
  const lines = state.lineage.take().map((rows) => {
    const name = windowName(state.plan.views[rows.view].name, rows.windowStartMs);
    const chunk = state.chunks.get(name) ?? 0;
    state.chunks.set(name, chunk + 1);
    return state.writers.lineage(rows, state.sources, chunk, periodOf(state, rows));
  });
  const open = new Set(state.windows.open().map(({ view, windowStartMs }) => windowName(state.plan.views[view].name, windowStartMs)));
  for (const name of state.chunks.keys()) if (!open.has(name)) state.chunks.delete(name);
  return lines;
};
