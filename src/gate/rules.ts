import type { Controls, DatasetIndex, DirectIndex, PeriodRule } from '../model/controls.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { HOUR_MS } from '../model/time.ts';
import { AGE_OLDEST, AGE_UNKNOWN, type GateWindow, lastHour } from './window.ts';

/** What holds for one close: the view's own rules made stricter by the control records in force at the window's end. */
export interface Rules {
  readonly plan: Plan;
  readonly view: ViewPlan;
  /** The greater of the view's k and the k of every period in force; it counts wherever k is written. */
  readonly k: number;
  /** Lower bound for the kMap of datasets: the k of the periods in force, else 0. */
  readonly kMap: number;
  readonly coarsestOnly: boolean;
  /** A period is announced but nobody has shown that it is guarded: nothing leaves. */
  readonly isSuspended: boolean;
  /** The period to whose output the window leaves: of several the one that was announced first; null: none. */
  readonly period: string | null;
  /** Class pseudonyms leave: the view has them and no period is in force. */
  readonly pseudonym: boolean;
  readonly datasets: readonly DatasetIndex[];
  readonly direct: readonly DirectIndex[];
  /** Gateway tokens of the publishers that may read the view. */
  readonly publishers: readonly Uint8Array[];
}

export const rulesOf = (plan: Plan, window: GateWindow, controls: Controls, publishers: readonly Uint8Array[]): Rules => {
  const { view } = window;
  const active = controls.periods.filter((period) => period.view === view.index && isActive(period, window));
  const periodK = active.reduce((k, period) => Math.max(k, period.k), 0);
  return {
    plan,
    view,
    k: Math.max(view.k, periodK),
    kMap: periodK,
    coarsestOnly: active.some((period) => period.coarsestOnly),
    isSuspended: active.some((period) => period.isSuspended),
    period: active.find((period) => !period.isSuspended)?.id ?? null,
    pseudonym: view.pseudonym === 'class' && active.length === 0,
    datasets: controls.datasets.filter((dataset) => dataset.view === view.index),
    direct: controls.direct.filter((index) => index.view === view.index),
    publishers,
  };
};

/** The window touches the period; since windows tile time, rounding the period outward changes nothing here. */
export const isActive = (period: PeriodRule, window: Pick<GateWindow, 'startMs' | 'endMs'>): boolean =>
  window.startMs < period.endMs && period.startMs < window.endMs;

/**
 * Tells which survivors lie, by their event time, in a period that their window is outside of: mostly late records
 * that arrive after its end. They leave nowhere (section 6, in-scope records that arrive after the end are blocked). A
 * survivor of unknown event time counts as one of every period that has ended. Null when no such period exists.
 */
export const outOfPeriod = (window: GateWindow, controls: Controls): ((row: number) => boolean) | null => {
  const { view } = window;
  const periods = controls.periods.filter((period) => period.view === view.index && !isActive(period, window));
  if (periods.length === 0) return null;
  const ended = periods.some((period) => period.endMs <= window.startMs);
  const bounds = periods.map((period) => ({
    fromMs: Math.floor(period.startMs / view.windowMs) * view.windowMs,
    toMs: Math.ceil(period.endMs / view.windowMs) * view.windowMs,
  }));
  return (row) => {
    const age = window.age[row]!;
    if (age === AGE_UNKNOWN) return ended;
    const hourMs = (lastHour(window) - age) * HOUR_MS;
    return bounds.some(({ fromMs, toMs }) => hourMs < toMs && (age === AGE_OLDEST || fromMs < hourMs + HOUR_MS));
  };
};
