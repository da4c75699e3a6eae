/** Items by key, in order of first appearance. */
export const groupBy = <T>(items: readonly T[], keyFor: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyFor(item));
    if (group === undefined) groups.set(keyFor(item), [item]);
    else group.push(item);
  }
  return groups;
};

export const countBy = <T>(items: readonly T[], keyFor: (item: T) => string): Map<string, number> =>
  new Map([...groupBy(items, keyFor)].map(([key, group]) => [key, group.length]));
