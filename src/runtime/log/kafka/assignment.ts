/** A member of the group, and the tasks that it owned when it joined. */
export interface Member {
  readonly id: string;
  readonly owned: readonly number[];
  /** The latest generation in which the broker confirmed it; -1 when none was. */
  readonly generation: number;
}

/**
 * The tasks that each member may claim. A task that two claim goes to the one that was confirmed later: the other is a zombie
 * that was fenced, and a move back would only disturb its successor. Between equals, to the first by id.
 */
const claimsOf = (sorted: readonly Member[], tasks: number): ReadonlyMap<string, readonly number[]> => {
  const taken = new Set<number>();
  const claims = [...sorted]
    .sort((a, b) => b.generation - a.generation)
    .map(({ id, owned }) => {
      const own = [...new Set(owned)].filter((task) => task >= 0 && task < tasks && !taken.has(task)).sort((a, b) => a - b);
      for (const task of own) taken.add(task);
      return [id, own] as const;
    });
  return new Map(claims);
};

/**
 * Shares tasks 0 .. `tasks` - 1 among members: every task once, loads within one of each other, and whoever stays keeps what
 * it may. The same members give the same answer, whatever their order.
 */
export const assignTasks = (members: readonly Member[], tasks: number): ReadonlyMap<string, readonly number[]> => {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const claims = claimsOf(sorted, tasks);
  const least = Math.floor(tasks / Math.max(1, sorted.length));
  // So many members may have one task more than the others.
  let larger = tasks - least * sorted.length;
  const assigned = new Map<string, number[]>();
  // Those with the most claims come first to the larger shares: they have the most to lose.
  for (const { id } of [...sorted].sort((a, b) => claims.get(b.id)!.length - claims.get(a.id)!.length)) {
    const claimed = claims.get(id)!;
    const share = claimed.length > least && larger > 0 ? least + 1 : least;
    if (share > least) larger--;
    assigned.set(id, claimed.slice(0, share));
  }
  const kept = new Set([...assigned.values()].flat());
  const free = Array.from({ length: tasks }, (_, task) => task).filter((task) => !kept.has(task));
  for (const { id } of sorted) {
    const own = assigned.get(id)!;
    while (own.length < least) own.push(free.shift() as number);
  }
  for (const { id } of sorted) {
    const own = assigned.get(id)!;
    if (free.length > 0 && own.length === least) own.push(free.shift() as number);
  }
  return new Map(sorted.map(({ id }) => [id, assigned.get(id)!.sort((a, b) => a - b)]));
};
