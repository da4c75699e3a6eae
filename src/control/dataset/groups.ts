/** Items by group: counting sort, two arrays. */
export interface Groups {
  /** Items of a group, rising; none of -1. */
  of(group: number): Int32Array;
}

const NONE = new Int32Array(0);

/** Groups items 0, 1, 2, ... by `groupOf`; -1 is in none. */
export const groupBy = (groupOf: Int32Array, groups: number): Groups => {
  const starts = new Int32Array(groups + 1);
  for (const group of groupOf) if (group >= 0) starts[group + 1] = starts[group + 1] + 1;
  for (let group = 0; group < groups; group++) starts[group + 1] = starts[group + 1] + starts[group];
  const next = starts.slice();
  const items = new Int32Array(starts[groups]);
  for (let item = 0; item < groupOf.length; item++) {
    const group = groupOf[item];
    if (group < 0) continue;
    items[next[group]] = item;
    next[group] = next[group] + 1;
  }
  return { of: (group) => (group < 0 ? NONE : items.subarray(starts[group], starts[group + 1])) };
};
