import { invariant } from '../model/invariant.ts';
import type { Clock } from '../model/ports.ts';

export const systemClock: Clock = { nowMs: () => Date.now() };

/** A clock that stands still until it is set; it may jump either way, as wall clocks do. */
export interface ManualClock extends Clock {
  advance(byMs: number): void;
  set(toMs: number): void;
}

export const createManualClock = (startMs = 0): ManualClock => {
  let nowMs = startMs;
  const set = (toMs: number): void => {
    invariant(Number.isFinite(toMs), 'a clock shows a time');
    nowMs = toMs;
  };
  return { nowMs: () => nowMs, set, advance: (byMs) => set(nowMs + byMs) };
};
