import type { Encoded } from '../../encode/encode.ts';
import { invariant } from '../../model/invariant.ts';
import type { ViewOutput } from '../../model/log.ts';
import type { ViewPlan } from '../../model/plan.ts';
import type { Released } from '../../model/released.ts';
import { isReleased, type Verdicts } from '../../model/verdict.ts';
import { requireGuards, staleDataset } from '../dataset/guards.ts';
import { releasePrint } from '../fingerprint.ts';
import type { PendingRows } from '../lineage-book.ts';
import { addWindow } from '../summary.ts';
import type { WindowEntry } from '../window-book.ts';
import type { PeriodKey } from '../writers.ts';
import { type State, windowName } from './state.ts';
import { note } from './take.ts';

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

const closeWindow = (state: State, window: WindowEntry): Closed => {
  const view = state.plan.views[window.view];
  const name = windowName(view.name, window.windowStartMs);
  const controls = state.pinned.get(name);
  invariant(controls !== undefined, 'a window is completed by what held when it was decided');
  state.pinned.delete(name);
  requireGuards(state.plan, controls, window.view);
  const { released, verdicts, smallestClass } = state.pipeline.close(window.view, window.windowStartMs, controls);
  const encoded = state.pipeline.encode(released);
  assertReleases(released, verdicts, encoded);
  note(state, verdicts);
  for (let i = 0; i < released.count; i++) {
    const digest = encoded.digest.subarray(i * 8, i * 8 + 8);
    state.lineage.release(window.view, window.windowStartMs, released.source[i], released.offset[i], released.level[i], digest);
  }
  state.windows.settle(window);
  addWindow(state.summary.views[view.name], window.verdicts, smallestClass);
  state.closedUntilMs[window.view] = window.windowStartMs + view.windowMs;
  state.heldFirst.delete(name);
  return {
    view,
    output: {
      view: view.name,
      period: released.period,
      windowEndMs: released.windowEndMs,
      count: released.count,
      json: encoded.json,
      avro: encoded.avro,
    },
    audit: state.writers.audit.close(window, state.sources, controls.version),
    verdicts: window.verdicts,
    isStale: staleDataset(controls, view.index, window.windowStartMs + view.windowMs) !== undefined,
  };
};

export interface Closed {
  readonly view: ViewPlan;
  readonly output: ViewOutput;
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
