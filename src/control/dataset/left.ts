import type { ReleasedTuples } from '../../model/controls.ts';
import { WILDCARD } from './climb.ts';
import type { Counts } from './counts.ts';

const UNKNOWN = 0;
const STAYED = 1;
const LEFT = 2;

/**
 * Whether a chain agrees with any tuple that left finer than a level. Finer levels are decided before coarser ones, so one
 * answer a chain holds as long as `released` and the level are the same.
 */
export const createLeft = ({ chains, width: chainWidth }: Counts, positions: Int32Array, viewWidth: number) => {
  const width = positions.length;
  const known = new Uint8Array(chains.length / chainWidth);
  const codes = new Int32Array(viewWidth);
  let of: ReleasedTuples | null = null;
  let at = -1;
  const look = (released: ReleasedTuples, level: number, chain: number): boolean => {
    for (let finer = 0; finer < level; finer++) {
      let columns = 0;
      for (let i = 0; i < width; i++) {
        const code = chains[chain * chainWidth + finer * width + i];
        if (code === WILDCARD) continue;
        columns |= 1 << positions[i];
        codes[positions[i]] = code;
      }
      if (released.has(finer, codes, columns)) return true;
    }
    return false;
  };
  return (released: ReleasedTuples, level: number): ((chain: number) => boolean) => {
    if (of !== released || at !== level) known.fill(UNKNOWN);
    of = released;
    at = level;
    return (chain) => {
      if (known[chain] === UNKNOWN) known[chain] = look(released, level, chain) ? LEFT : STAYED;
      return known[chain] === LEFT;
    };
  };
};
