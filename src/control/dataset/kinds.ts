import type { GuardPlan } from '../../model/dataset.ts';
import { localOf } from './count-index.ts';
import { type Counts, profilesByChain } from './counts.ts';
import { lookup } from './intern.ts';
import { createLookups } from './lookups.ts';

/** How many persons there are of each kind: by all that a dataset says of them, as text. */
export type Kinds = ReadonlyMap<string, number>;

/**
 * Who certainly matches the attributes `subset` (bits of the view's) of a tuple at a level, by kind. Two indexes of one basis call the
 * same kind the same, whoever is of it: codes are those of ladders.
 */
export const createKinds = (counts: Counts, guard: GuardPlan): ((level: number, codes: Int32Array, subset: number) => Kinds) => {
  const positions = Int32Array.from(guard.attributes, ({ position }) => position);
  const lookupOf = createLookups(counts, positions.length);
  const profilesOf = profilesByChain(counts);
  const kindOf = (profile: number): string => {
    const chains = Array.from(counts.members.subarray(counts.starts[profile], counts.starts[profile + 1]), (chain) =>
      counts.chains.subarray(chain * counts.width, (chain + 1) * counts.width).join(),
    );
    return chains.sort().join(';');
  };
  return (level, codes, subset) => {
    const local = localOf(positions, subset);
    const { exact, byExact } = lookupOf(level, local);
    const asked = positions.map((position, i) => (((local >>> i) & 1) === 1 ? codes[position] : 0));
    const profiles = new Set<number>();
    for (const chain of byExact.of(lookup(exact, asked, 0)))
      for (let i = profilesOf.starts[chain]; i < profilesOf.starts[chain + 1]; i++) profiles.add(profilesOf.members[i]);
    const kinds = new Map<string, number>();
    for (const profile of profiles) {
      const kind = kindOf(profile);
      kinds.set(kind, (kinds.get(kind) ?? 0) + counts.counts[profile]);
    }
    return kinds;
  };
};
