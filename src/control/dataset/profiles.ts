import type { Counts } from './counts.ts';
import { hashCodes, widened } from './intern.ts';

/** Sets of chains with how many persons have just them. A set of one is found by its chain; others by hash. */
export interface Profiles {
  count: number;
  /** By chain, the profile that is this chain alone; -1: none. */
  readonly single: Int32Array;
  starts: Int32Array;
  counts: Int32Array;
  members: Int32Array;
  slots: Int32Array;
}

const SMALLEST = 1 << 10;

export const createProfiles = (chains: number): Profiles => ({
  count: 0,
  single: new Int32Array(chains).fill(-1),
  starts: new Int32Array(SMALLEST),
  counts: new Int32Array(SMALLEST),
  members: new Int32Array(SMALLEST),
  slots: new Int32Array(2 * SMALLEST),
});

/** `persons` more who have just the chains of `set`: rising, each once. */
export const addProfile = (profiles: Profiles, set: Int32Array, persons: number): void => {
  const profile = set.length === 1 ? ofOne(profiles, set) : ofMany(profiles, set);
  profiles.counts[profile] = profiles.counts[profile] + persons;
};

export const doneProfiles = ({ count, starts, members, counts }: Profiles): Pick<Counts, 'starts' | 'members' | 'counts'> => ({
  starts: starts.slice(0, count + 1),
  members: members.slice(0, starts[count]),
  counts: counts.slice(0, count),
});

const ofOne = (profiles: Profiles, set: Int32Array): number => {
  const [chain] = set;
  if (profiles.single[chain] < 0) profiles.single[chain] = append(profiles, set);
  return profiles.single[chain];
};

const ofMany = (profiles: Profiles, set: Int32Array): number => {
  const slot = slotOf(profiles, set);
  const found = profiles.slots[slot];
  if (found !== 0) return found - 1;
  const profile = append(profiles, set);
  profiles.slots[slot] = profile + 1;
  if (2 * profiles.count > profiles.slots.length) rehash(profiles);
  return profile;
};

const append = (profiles: Profiles, set: Int32Array): number => {
  const profile = profiles.count++;
  const from = profiles.starts[profile];
  if (profile + 2 > profiles.starts.length) profiles.starts = widened(profiles.starts, 2 * profiles.starts.length);
  if (profile + 1 > profiles.counts.length) profiles.counts = widened(profiles.counts, 2 * profiles.counts.length);
  if (from + set.length > profiles.members.length)
    profiles.members = widened(profiles.members, Math.max(2 * profiles.members.length, from + set.length));
  profiles.members.set(set, from);
  profiles.starts[profile + 1] = from + set.length;
  return profile;
};

const isEqual = ({ starts, members }: Profiles, profile: number, set: Int32Array): boolean => {
  const from = starts[profile];
  if (starts[profile + 1] - from !== set.length) return false;
  for (let i = 0; i < set.length; i++) if (members[from + i] !== set[i]) return false;
  return true;
};

const slotOf = (profiles: Profiles, set: Int32Array): number => {
  const { slots } = profiles;
  const mask = slots.length - 1;
  for (let slot = hashCodes(set, 0, set.length) & mask; ; slot = (slot + 1) & mask) {
    const found = slots[slot];
    if (found === 0 || isEqual(profiles, found - 1, set)) return slot;
  }
};

const rehash = (profiles: Profiles): void => {
  profiles.slots = new Int32Array(2 * profiles.slots.length);
  for (let profile = 0; profile < profiles.count; profile++) {
    const set = profiles.members.subarray(profiles.starts[profile], profiles.starts[profile + 1]);
    if (set.length > 1) profiles.slots[slotOf(profiles, set)] = profile + 1;
  }
};
