import type { DatasetIndex, ReleasedTuples } from '../../model/controls.ts';
import type { GuardPlan } from '../../model/dataset.ts';
import { WILDCARD } from './climb.ts';
import { type Counts, profilesByChain } from './counts.ts';
import { lookup } from './intern.ts';
import { createLeft } from './left.ts';
import { agreesWild, createLookups } from './lookups.ts';

/** Where an index comes from, and until when it may guard, ms. */
export interface Origin {
  readonly dataset: string;
  readonly untilMs: number;
}

/**
 * Answers what the gate asks of a dataset about one view (rule 4), exactly.
 *
 * `possible`: persons with a chain that agrees with the tuple wherever it is no wildcard. `certain`: persons with a chain
 * that says just the tuple, unless some chain of theirs that agrees with the tuple also agrees, at a finer level, with a
 * tuple that has left in this window: then what left could be theirs, and they do not hide the rest. (As rule 1 counts
 * subjects: what a person has elsewhere, under another tuple, takes nothing away here.)
 *
 * Chains are looked up by (level, columns) in tables that are made when first asked for; a question costs the profiles that
 * match, or fewer when `upTo` is enough.
 */
export const createCountIndex = (counts: Counts, guard: GuardPlan, viewWidth: number, origin: Origin): DatasetIndex => {
  const positions = Int32Array.from(guard.attributes, ({ position }) => position);
  const columns = positions.reduce((bits, position) => bits | (1 << position), 0);
  const width = positions.length;
  const lookupOf = createLookups(counts, width);
  const left = createLeft(counts, positions, viewWidth);
  const tally = createTally(counts);
  const asked = new Int32Array(width);

  const ask = (codes: Int32Array, local: number): void => {
    for (let i = 0; i < width; i++) asked[i] = ((local >>> i) & 1) === 1 ? codes[positions[i]] : 0;
  };

  const possibleIn = (level: number, codes: Int32Array, subset: number, upTo = Number.POSITIVE_INFINITY): number => {
    const local = localOf(positions, subset);
    const { exact, byExact, wild, byWild } = lookupOf(level, local);
    ask(codes, local);
    tally.clear();
    tally.add(byExact.of(lookup(exact, asked, 0)), upTo, always);
    for (let pattern = 0; pattern < wild.count && tally.total() < upTo; pattern++)
      if (agreesWild(wild, pattern, asked)) tally.add(byWild.of(pattern), upTo, always);
    return tally.total();
  };

  const certainIn = (
    level: number,
    codes: Int32Array,
    subset: number,
    released?: ReleasedTuples,
    upTo = Number.POSITIVE_INFINITY,
  ): number => {
    const local = localOf(positions, subset);
    const { exact, byExact } = lookupOf(level, local);
    ask(codes, local);
    tally.clear();
    const hasLeft = released === undefined || level === 0 ? null : left(released, level);
    const stays = (profile: number): boolean => {
      for (let i = counts.starts[profile]; i < counts.starts[profile + 1]; i++) {
        const chain = counts.members[i];
        if (agreesChain(counts, chain, level, asked, local) && hasLeft?.(chain) === true) return false;
      }
      return true;
    };
    tally.add(byExact.of(lookup(exact, asked, 0)), upTo, hasLeft === null ? always : stays);
    return tally.total();
  };

  return {
    view: guard.view,
    kMap: guard.kMap,
    ...origin,
    columns,
    possible: (level, codes, upTo) => possibleIn(level, codes, columns, upTo),
    certain: (level, codes, released, upTo) => certainIn(level, codes, columns, released, upTo),
    possibleIn,
    certainIn,
  };
};

/** Bits of a view's attributes as bits of the dataset's. */
export const localOf = (positions: Int32Array, subset: number): number =>
  positions.reduce((bits, position, i) => bits | (((subset >>> position) & 1) << i), 0);

const always = (): boolean => true;

/** Whether a chain agrees with what is asked, wherever it is no wildcard. */
const agreesChain = ({ chains, width }: Counts, chain: number, level: number, asked: Int32Array, local: number): boolean => {
  const from = chain * width + level * asked.length;
  for (let i = 0; i < asked.length; i++) {
    const code = chains[from + i];
    if (((local >>> i) & 1) === 1 && code !== WILDCARD && code !== asked[i]) return false;
  }
  return true;
};

/** Adds up persons, each once, until it is enough. */
const createTally = (counts: Counts) => {
  const profilesOf = profilesByChain(counts);
  const seen = new Int32Array(counts.counts.length);
  let question = 0;
  let total = 0;
  return {
    clear(): void {
      question++;
      total = 0;
    },
    total: () => total,
    /** The persons who have any of these chains. */
    add(chains: Int32Array, upTo: number, isCounted: (profile: number) => boolean): void {
      for (let c = 0; c < chains.length && total < upTo; c++) {
        const end = profilesOf.starts[chains[c] + 1];
        for (let i = profilesOf.starts[chains[c]]; i < end && total < upTo; i++) {
          const profile = profilesOf.members[i];
          if (seen[profile] === question) continue;
          seen[profile] = question;
          if (isCounted(profile)) total += counts.counts[profile];
        }
      }
    },
  };
};
