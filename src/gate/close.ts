import type { Controls } from '../model/controls.ts';
import { invariant } from '../model/invariant.ts';
import type { Prf } from '../model/keys.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { brandReleased, type Released } from '../model/released.ts';
import { REASONS, type Verdicts } from '../model/verdict.ts';
import { compareCoordinates, releaseBatch } from './batch.ts';
import { decideLevels, UNDECIDED } from './levels.ts';
import type { Draw } from './lottery.ts';
import { orderByKey } from './order.ts';
import { resolveSubjects } from './resolve.ts';
import { outOfPeriod, rulesOf } from './rules.ts';
import { hideSensitive } from './sensitive.ts';
import { createTrial } from './trial.ts';
import type { GateWindow } from './window.ts';

/** What became of one window of one view. */
export interface Closed {
  readonly released: Released;
  /** Every survivor, once; a released one carries its level. */
  readonly verdicts: Verdicts;
  /** Distinct subjects of the smallest released class; 0 when none was released. */
  readonly smallestClass: number;
}

/**
 * Decides a window. A function of the survivors, the control records as of the window's end and the keys of the epoch; it
 * changes nothing, so deciding again decides the same.
 */
export const closeWindow = (
  plan: Plan,
  offered: GateWindow,
  controls: Controls,
  publishers: readonly Uint8Array[],
  viewKey: Prf,
  draw: Draw | null = null,
): Closed => {
  const { window, refusal } = resolveSubjects(plan, offered, controls, draw);
  const trial = createTrial(rulesOf(plan, window, controls, publishers), window);
  const verdict = new Uint8Array(window.count).fill(UNDECIDED);
  const order = orderByKey(window.event, window.count, (left, right) => compareCoordinates(window, left, right));
  const outside = outOfPeriod(window, controls);
  for (const row of order) {
    const refused = refusal(row);
    if (refused !== null) verdict[row] = refused;
    else if (outside?.(row)) verdict[row] = REASONS['combined-use'].code;
  }
  const decision = decideLevels(
    trial,
    order.filter((row) => verdict[row] === UNDECIDED),
    verdict,
  );
  const released = releaseBatch(trial, decision, hideSensitive(trial, decision), viewKey);
  const leaves = verdict.reduce((sum, value) => sum + (value < trial.rules.view.path.length ? 1 : 0), 0);
  invariant(leaves === released.count, 'the released records are not those with a releasing verdict');
  return { released, verdicts: verdictsOfWindow(window, verdict), smallestClass: decision.smallestClass };
};

/** A window that nobody offered anything to. */
export const closedEmpty = (view: ViewPlan, windowStartMs: number): Closed => {
  const source = new Int32Array(0);
  const offset = new Float64Array(0);
  const bytes = new Uint8Array(0);
  const released = brandReleased({
    view: view.index,
    windowStartMs,
    windowEndMs: windowStartMs + view.windowMs,
    period: null,
    count: 0,
    source,
    offset,
    level: bytes,
    codes: source,
    sensitive: source,
    pseudonym: bytes,
  });
  return { released, verdicts: { view: view.index, windowStartMs, count: 0, source, offset, verdict: bytes }, smallestClass: 0 };
};

/** Verdicts of all survivors of a window, row by row. */
export const verdictsOfWindow = (window: GateWindow, verdict: Uint8Array): Verdicts => ({
  view: window.view.index,
  windowStartMs: window.startMs,
  count: window.count,
  source: window.source.slice(0, window.count),
  offset: window.offset.slice(0, window.count),
  verdict,
});
