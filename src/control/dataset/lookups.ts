import { WILDCARD } from './climb.ts';
import type { Counts } from './counts.ts';
import { type Groups, groupBy } from './groups.ts';
import { createInterned, type Interned, intern } from './intern.ts';

/** Chains by what they say of some columns at one level. Those with a wildcard among these columns stand apart. */
export interface Lookup {
  readonly exact: Interned;
  readonly byExact: Groups;
  readonly wild: Interned;
  readonly byWild: Groups;
}

/** Lookups of a dataset of `width` attributes, each made when it is first asked for. Bit i of `local` is its attribute i. */
export const createLookups = (counts: Counts, width: number): ((level: number, local: number) => Lookup) => {
  const lookups = new Map<number, Lookup>();
  return (level, local) => {
    const key = level * 2 ** width + local;
    const known = lookups.get(key);
    if (known !== undefined) return known;
    const made = makeLookup(counts, width, level, local);
    lookups.set(key, made);
    return made;
  };
};

/** Whether a pattern with wildcards agrees with what is asked. */
export const agreesWild = (wild: Interned, pattern: number, asked: Int32Array): boolean => {
  for (let i = 0; i < wild.width; i++) {
    const code = wild.codes[pattern * wild.width + i];
    if (code !== WILDCARD && code !== asked[i]) return false;
  }
  return true;
};

/** Groups chains by their codes of the columns in `local`; other columns count as 0. */
const makeLookup = (counts: Counts, width: number, level: number, local: number): Lookup => {
  const chainCount = counts.chains.length / counts.width;
  const exact = createInterned(width);
  const wild = createInterned(width);
  const inExact = new Int32Array(chainCount);
  const inWild = new Int32Array(chainCount);
  const codes = new Int32Array(width);
  for (let chain = 0; chain < chainCount; chain++) {
    let isWild = false;
    for (let i = 0; i < width; i++) {
      const code = ((local >>> i) & 1) === 1 ? counts.chains[chain * counts.width + level * width + i] : 0;
      if (code === WILDCARD) isWild = true;
      codes[i] = code;
    }
    inExact[chain] = isWild ? -1 : intern(exact, codes, 0);
    inWild[chain] = isWild ? intern(wild, codes, 0) : -1;
  }
  return { exact, byExact: groupBy(inExact, exact.count), wild, byWild: groupBy(inWild, wild.count) };
};
