/** Randomness of one schedule: the seed alone decides (mulberry32). */
export interface Random {
  /** 0 <= x < 1. */
  next(): number;
  /** A whole number below `end`. */
  below(end: number): number;
  chance(share: number): boolean;
  pick<T>(of: readonly T[]): T;
}

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return { next, below, chance: (share) => next() < share, pick: (of) => of[below(of.length)] };
};
