/**
 * What a count index holds for one guard, exactly: the distinct chains, and profiles, which are sets of chains with the
 * number of persons who have just them. So a person with several rows is one person whatever is asked.
 */
export interface Counts {
  /** Path levels x attributes: codes of a chain. */
  readonly width: number;
  readonly chains: Int32Array;
  /** Profile p has the chains `members[starts[p]]` .. `members[starts[p + 1] - 1]`, rising, and `counts[p]` persons. */
  readonly starts: Int32Array;
  readonly members: Int32Array;
  readonly counts: Int32Array;
}

/** Whether counts that were read back hang together; who asks them need not look again. */
export const areSound = ({ width, chains, starts, members, counts }: Counts): boolean => {
  if (width <= 0 || chains.length % width !== 0 || starts.length !== counts.length + 1) return false;
  const count = chains.length / width;
  for (let profile = 0; profile < counts.length; profile++) {
    if (counts[profile] <= 0 || starts[profile + 1] <= starts[profile]) return false;
  }
  if (starts[0] !== 0 || starts[starts.length - 1] !== members.length) return false;
  return members.every((chain) => chain >= 0 && chain < count);
};

/** Profiles by the chains that they have. */
export const profilesByChain = ({ width, chains, starts, members, counts }: Counts): { starts: Int32Array; members: Int32Array } => {
  const chainCount = chains.length / width;
  const from = new Int32Array(chainCount + 1);
  for (const chain of members) from[chain + 1] = from[chain + 1] + 1;
  for (let chain = 0; chain < chainCount; chain++) from[chain + 1] = from[chain + 1] + from[chain];
  const next = from.slice();
  const profiles = new Int32Array(members.length);
  for (let profile = 0; profile < counts.length; profile++) {
    for (let i = starts[profile]; i < starts[profile + 1]; i++) {
      const chain = members[i];
      profiles[next[chain]] = profile;
      next[chain] = next[chain] + 1;
    }
  }
  return { starts: from, members: profiles };
};
