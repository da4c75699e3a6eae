import type { Verdicts } from '../model/verdict.ts';
import { isReleased } from '../model/verdict.ts';

/** Lineage rows of one (view, window) that became final in the current step, not yet written. */
export interface PendingRows {
  readonly view: number;
  readonly windowStartMs: number;
  readonly source: number[];
  readonly offset: number[];
  readonly verdict: number[];
  /** Output digest of released rows, null otherwise. */
  readonly digest: (Uint8Array | null)[];
}

/** Gathers final verdicts until the step is written, one group per (view, window). */
export interface LineageBook {
  /** Blocked records (released ones come with their digest through `release`). */
  block(verdicts: Verdicts): void;
  release(view: number, windowStartMs: number, source: number, offset: number, level: number, digest: Uint8Array): void;
  /** Everything gathered since the last call, in parts that each make a record which brokers take (1 MiB). */
  take(): PendingRows[];
}

/** Rows of one sealed line: at most 18 bytes each, a third more as text. */
const ROWS = 20_000;

const partsOf = ({ source, offset, verdict, digest, ...of }: PendingRows): PendingRows[] =>
  Array.from({ length: Math.ceil(source.length / ROWS) }, (_, part) => {
    const [from, to] = [part * ROWS, (part + 1) * ROWS];
    return { ...of, source: source.slice(from, to), offset: offset.slice(from, to), verdict: verdict.slice(from, to), digest: digest.slice(from, to) }; // biome-ignore format: a record
  });

export const createLineageBook = (): LineageBook => {
  let groups = new Map<string, PendingRows>();
  const group = (view: number, windowStartMs: number): PendingRows => {
    const key = `${view}:${windowStartMs}`;
    let rows = groups.get(key);
    if (rows === undefined) {
      rows = { view, windowStartMs, source: [], offset: [], verdict: [], digest: [] };
      groups.set(key, rows);
    }
    return rows;
  };
  const push = (rows: PendingRows, source: number, offset: number, verdict: number, digest: Uint8Array | null) => {
    rows.source.push(source);
    rows.offset.push(offset);
    rows.verdict.push(verdict);
    rows.digest.push(digest);
  };
  return {
    block(verdicts) {
      const rows = group(verdicts.view, verdicts.windowStartMs);
      for (let i = 0; i < verdicts.count; i++) {
        if (!isReleased(verdicts.verdict[i])) push(rows, verdicts.source[i], verdicts.offset[i], verdicts.verdict[i], null);
      }
    },
    release(view, windowStartMs, source, offset, level, digest) {
      push(group(view, windowStartMs), source, offset, level, digest);
    },
    take() {
      const taken = [...groups.values()].flatMap(partsOf);
      groups = new Map();
      return taken;
    },
  };
};
