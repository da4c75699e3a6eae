import { windowStart } from '../model/time.ts';
import { REASONS, type Reason, type Verdicts } from '../model/verdict.ts';

/** Collects the verdicts that transform itself can give for one view: no subject, no level, future, stale. */
export interface Settled {
  add(source: number, offset: number, appendMs: number, reason: Reason): void;
  /** One `Verdicts` a window, in order of first appearance. */
  verdicts(): Verdicts[];
}

interface Rows {
  readonly source: number[];
  readonly offset: number[];
  readonly verdict: number[];
}

export const createSettled = (view: number, windowMs: number): Settled => {
  const windows = new Map<number, Rows>();
  return {
    add(source, offset, appendMs, reason) {
      const start = windowStart(appendMs, windowMs);
      let rows = windows.get(start);
      if (rows === undefined) {
        rows = { source: [], offset: [], verdict: [] };
        windows.set(start, rows);
      }
      rows.source.push(source);
      rows.offset.push(offset);
      rows.verdict.push(REASONS[reason].code);
    },
    verdicts: () =>
      [...windows].map(([start, rows]) => ({
        view,
        windowStartMs: start,
        count: rows.source.length,
        source: Int32Array.from(rows.source),
        offset: Float64Array.from(rows.offset),
        verdict: Uint8Array.from(rows.verdict),
      })),
  };
};
