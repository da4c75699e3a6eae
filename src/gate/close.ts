import type { Controls } from '../model/controls.ts';
import { invariant } from '../model/invariant.ts';
import type { Prf } from '../model/keys.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { brandReleased, type Released } from '../model/released.ts';
import { AUTHORISED, REASONS, type Verdicts } from '../model/verdict.ts';
import { type Authorised, authorisedOf, authorisedVerdict, NOBODY, releaseAuthorised } from './authorised.ts';
import { compareCoordinates, releaseBatch } from './batch.ts';
import { decideLevels, UNDECIDED } from './levels.ts';
import type { Draw } from './lottery.ts';
import { orderByKey } from './order.ts';
import { resolveSubjects } from './resolve.ts';
import { outOfPeriod, type Rules, rulesOf } from './rules.ts';
import { hideSensitive } from './sensitive.ts';
import { createTrial } from './trial.ts';
import type { GateWindow } from './window.ts';

/** The keys that a window is decided under: of its view and epoch, and of combined-use periods by id. */
export interface WindowKeys {
  readonly view: Prf;
  readonly period: (id: string) => Prf;
}

/** What became of one window of one view. */
export interface Closed {
  readonly released: Released;
  /** What leaves of subjects who authorised the period that the window lies in; null: nothing. */
  readonly authorised: Released | null;
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
  keys: WindowKeys,
  draw: Draw | null = null,
): Closed => {
  const { window, refusal } = resolveSubjects(plan, offered, controls, draw);
  const trial = createTrial(rulesOf(plan, window, controls, publishers), window);
  const authorised = authorisedOf(offered, controls);
  const verdict = new Uint8Array(window.count).fill(UNDECIDED);
  const order = orderByKey(window.event, window.count, (left, right) => compareCoordinates(window, left, right));
  const outside = outOfPeriod(window, controls);
  for (const row of order) {
    const refused = refusal(row);
    if (refused !== null) verdict[row] = refused;
    else if (outside?.(row)) verdict[row] = REASONS['combined-use'].code;
    // Taken out before anything is counted, so that the others leave as if these were not there.
    else if (authorised !== null && authorised.subject[row] !== NOBODY) verdict[row] = authorisedVerdict(trial.rules, window, row);
  }
  const decision = decideLevels(
    trial,
    order.filter((row) => verdict[row] === UNDECIDED),
    verdict,
  );
  const released = releaseBatch(trial, decision, hideSensitive(trial, decision), keys.view);
  const leaves = verdict.reduce((sum, value) => sum + (value < trial.rules.view.path.length ? 1 : 0), 0);
  invariant(leaves === released.count, 'the released records are not those with a releasing verdict');
  const own = authorised === null ? null : authorisedBatch(trial.rules, window, authorised, order, verdict, keys);
  return { released, authorised: own, verdicts: verdictsOfWindow(window, verdict), smallestClass: decision.smallestClass };
};

const authorisedBatch = (
  rules: Rules,
  window: GateWindow,
  authorised: Authorised,
  order: Int32Array,
  verdict: Uint8Array,
  { view, period }: WindowKeys,
): Released | null => {
  const rows = order.filter((row) => verdict[row] === AUTHORISED);
  const released = releaseAuthorised(rules, window, authorised, rows, view, period);
  invariant((released?.count ?? 0) === rows.length, 'the records of those who authorised a period are not those with that verdict');
  return released;
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
    isAuthorised: false,
    count: 0,
    source,
    offset,
    level: bytes,
    codes: source,
    sensitive: source,
    pseudonym: bytes,
  });
  const verdicts = { view: view.index, windowStartMs, count: 0, source, offset, verdict: bytes };
  return { released, authorised: null, verdicts, smallestClass: 0 };
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
