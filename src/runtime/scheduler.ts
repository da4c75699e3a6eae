import { invariant } from '../model/invariant.ts';
import type { Scheduler } from '../model/ports.ts';
import { createManualClock, type ManualClock } from './clock.ts';

/** Timers of the process. They keep it alive, so that it cannot end in the middle of a pause; whoever stops cancels them. */
export const systemScheduler: Scheduler = {
  schedule(task, delayMs) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A scheduler whose time passes only when it is told to, and whose choices all come from a seed. */
export interface SimulatedScheduler extends Scheduler {
  readonly clock: ManualClock;
  /** Tasks that are waiting. */
  pending(): number;
  /** Runs the next task at its time; false when none is waiting. */
  step(): boolean;
  /** Runs what is due up to a time, what that schedules included, letting promises settle after each task. */
  runUntil(untilMs: number): Promise<void>;
}

export interface SimulationOptions {
  readonly seed: number;
  /** How late a task may run at most: real timers are never early, but often late. Default 0. */
  readonly lateMs?: number;
  readonly clock?: ManualClock;
}

/** Mulberry32 (T. Ettinger, 2017): 32 bits of state are enough to shuffle tasks. Numbers from 0 up to, not including, 1. */
const createRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface Waiting {
  readonly task: () => void;
  readonly atMs: number;
  /** Drawn when scheduled: the order of tasks that are due at the same time. */
  readonly rank: number;
}

const isBefore = (a: Waiting, b: Waiting): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank);

/** Same seed and same calls: same order. Another seed: another order of whatever is due at the same time. */
export const createSimulatedScheduler = ({ seed, lateMs = 0, clock = createManualClock() }: SimulationOptions): SimulatedScheduler => {
  const random = createRandom(seed);
  const waiting = new Set<Waiting>();
  const next = (): Waiting | undefined => {
    let first: Waiting | undefined;
    for (const candidate of waiting) if (first === undefined || isBefore(candidate, first)) first = candidate;
    return first;
  };
  const run = (entry: Waiting): void => {
    waiting.delete(entry);
    // Time never goes back, even when somebody moved the clock past the task.
    clock.set(Math.max(clock.nowMs(), entry.atMs));
    entry.task();
  };
  return {
    clock,
    pending: () => waiting.size,
    schedule(task, delayMs) {
      invariant(delayMs >= 0, 'a delay is not negative');
      const entry = { task, atMs: clock.nowMs() + delayMs + Math.floor(random() * (lateMs + 1)), rank: random() };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    step() {
      const entry = next();
      if (entry !== undefined) run(entry);
      return entry !== undefined;
    },
    async runUntil(untilMs) {
      for (let entry = next(); entry !== undefined && entry.atMs <= untilMs; entry = next()) {
        run(entry);
        await new Promise((resolve) => setImmediate(resolve));
      }
      clock.set(Math.max(clock.nowMs(), untilMs));
    },
  };
};
