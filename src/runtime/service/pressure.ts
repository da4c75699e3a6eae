import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Shares of the cap at which memory is swept, at which intake pauses, and below which it goes on. */
const SWEEP = 0.7;
const PAUSE = 0.85;
const RESUME = 0.75;
/** A full collection takes some 100 ms: not more often than this, ms. */
const SWEEP_EVERY_MS = 1000;
/** What all tasks together may have under way of one round of fetches, as a share of the cap. */
const FETCH_SHARE = 1 / 8;
const MIN_FETCH_BYTES = 65_536;

export interface PressureOptions {
  readonly capBytes: number;
  /** Resident memory of the process, bytes. */
  readonly rssBytes: () => number;
  /** Lets go of what nobody needs any more. */
  readonly sweep: () => void;
  /** Our clock, ms. */
  readonly nowMs: () => number;
  readonly onPaused: (rssBytes: number) => void;
  readonly onResumed: (pausedMs: number) => void;
}

/**
 * Keeps the process below its cap: near it nothing more is fetched, while what was read is decided and written as ever. Brokers keep
 * what is not fetched, so nothing is dropped. A process whose survivors alone do not fit waits, and says so, until it has more.
 */
export interface Pressure {
  /** Looks at the memory, and says whether anything may be fetched now. */
  mayFetch(): boolean;
  /** As of the last look. */
  isPaused(): boolean;
}

export const createPressure = ({ capBytes, rssBytes, sweep, nowMs, onPaused, onResumed }: PressureOptions): Pressure => {
  let pausedAtMs: number | null = null;
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  const look = (): number => {
    const rss = rssBytes();
    if (rss < SWEEP * capBytes || nowMs() - sweptAtMs < SWEEP_EVERY_MS) return rss;
    sweep();
    sweptAtMs = nowMs();
    return rssBytes();
  };
  return {
    mayFetch() {
      const rss = look();
      if (pausedAtMs === null && rss >= PAUSE * capBytes) {
        pausedAtMs = nowMs();
        onPaused(rss);
      } else if (pausedAtMs !== null && rss < RESUME * capBytes) {
        onResumed(nowMs() - pausedAtMs);
        pausedAtMs = null;
      }
      return pausedAtMs === null;
    },
    isPaused: () => pausedAtMs !== null,
  };
};

/** Bytes of one fetch, so that those of all tasks together are a small part of the cap. */
export const fetchBytesOf = (wantedBytes: number, capBytes: number, tasks: number): number =>
  Math.max(MIN_FETCH_BYTES, Math.min(wantedBytes, Math.floor((capBytes * FETCH_SHARE) / tasks)));

/** The collector of the engine, which by itself would let garbage grow to many times of what a small cap allows. */
export const createSweep = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return typeof collect === 'function' ? () => void collect() : () => {};
};
