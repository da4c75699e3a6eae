import { createHash } from 'node:crypto';

/** Deterministic random numbers from a seed: SHA-256 in counter mode, slow and obvious. */
export interface Random {
  /** Integer from 0 up to `below`. */
  int(below: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  hex(digits: number): string;
}

export const createRandom = (seed: string): Random => {
  let counter = 0;
  let pool = Buffer.alloc(0);
  const word = (): number => {
    if (pool.length < 4) pool = createHash('sha256').update(`${seed} ${counter++}`).digest();
    const value = pool.readUInt32BE(0);
    pool = pool.subarray(4);
    return value;
  };
  const int = (below: number): number => word() % Math.floor(below);
  return {
    int,
    chance: (share) => word() / 2 ** 32 < share,
    pick: (items) => items[int(items.length)],
    hex: (digits) => Array.from({ length: digits }, () => int(16).toString(16)).join(''),
  };
};
