/**
 * Exact counts per small integer, emptied in O(1): a stamp says whether a count belongs to the present round. Never an
 * estimate: HyperLogLog called 19 devices ">= 20" half of the time.
 */
export interface Tally {
  /** Distinct ids of this round. */
  distinct: number;
  round: number;
  readonly stamp: Int32Array;
  readonly counts: Int32Array;
}

export const createTally = (ids: number): Tally => ({ distinct: 0, round: 0, stamp: new Int32Array(ids), counts: new Int32Array(ids) });

export const clearTally = (tally: Tally): void => {
  tally.distinct = 0;
  tally.round++;
};

/** Counts `id` once more; returns its count. */
export const count = (tally: Tally, id: number): number => {
  if (tally.stamp[id] === tally.round) return ++tally.counts[id]!;
  tally.stamp[id] = tally.round;
  tally.distinct++;
  tally.counts[id] = 1;
  return 1;
};

/** Sets bits of `id`; returns all bits that it has in this round. For rounds that never `count`. */
export const mark = (tally: Tally, id: number, bits: number): number => {
  if (tally.stamp[id] === tally.round) {
    tally.counts[id]! |= bits;
  } else {
    tally.stamp[id] = tally.round;
    tally.distinct++;
    tally.counts[id] = bits;
  }
  return tally.counts[id]!;
};

/** Count (or bits) of `id` in this round. */
export const countOf = (tally: Tally, id: number): number => (tally.stamp[id] === tally.round ? tally.counts[id]! : 0);
