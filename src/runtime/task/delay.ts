import type { WindowEntry } from '../window-book.ts';
import type { State } from './state.ts';

/**
 * Windows that are not out at their end and the objective, and that nobody was told of yet. They are marked: a window has one
 * alarm, which the ledger remembers. An objective is no verdict: nothing is decided sooner or otherwise for it.
 */
export const takeLate = (state: State): readonly WindowEntry[] => {
  const { durable, plan, windows } = state;
  if (durable?.delayObjectiveMs === undefined) return [];
  const { delayObjectiveMs } = durable;
  const nowMs = durable.clock.nowMs();
  const late = windows
    .open()
    .filter(({ view, windowStartMs, isLate }) => !isLate && nowMs > windowStartMs + plan.views[view].windowMs + delayObjectiveMs);
  for (const window of late) window.isLate = true;
  return late;
};

/** Ends of the oldest open windows, ms, by view; none for views that wait for nothing. */
export const oldestOpen = ({ plan, windows }: State): ReadonlyMap<string, number> => {
  const oldest = new Map<string, number>();
  for (const { view, windowStartMs } of windows.open()) {
    const { name, windowMs } = plan.views[view];
    const endMs = windowStartMs + windowMs;
    oldest.set(name, Math.min(endMs, oldest.get(name) ?? endMs));
  }
  return oldest;
};
