/** Ranges with both ends inside, as parallel arrays. */
export interface Ranges<N> {
  readonly first: readonly N[];
  readonly last: readonly N[];
  readonly country: readonly number[];
}

/** Neighbours of a value. */
export interface Order<N> {
  before(value: N): N;
  after(value: N): N;
}

/**
 * Makes ranges sorted and disjoint: every value keeps the country of the narrowest range that holds it (of two that only
 * overlap, of the one that begins later).
 */
export const flatten = <N extends number | bigint>(ranges: Ranges<N>, order: Order<N>): Ranges<N> => {
  const { first, last, country } = ranges;
  const flat = { first: [] as N[], last: [] as N[], country: [] as number[] };
  const emit = (from: N, to: N, code: number): void => {
    if (from > to) return;
    flat.first.push(from);
    flat.last.push(to);
    flat.country.push(code);
  };
  // Ranges that are open at `next`, the widest at the bottom; what lies below `next` is emitted already.
  const open: number[] = [];
  let next: N | null = null;
  const closeBefore = (limit: N | null): void => {
    while (open.length > 0 && (limit === null || last[open[open.length - 1]] < limit)) {
      const top = open.pop() as number;
      emit(next as N, last[top], country[top]);
      if (last[top] >= (next as N)) next = order.after(last[top]);
    }
  };
  for (const range of sorted(ranges)) {
    closeBefore(first[range]);
    const top = open[open.length - 1];
    if (top !== undefined) emit(next as N, order.before(first[range]), country[top]);
    next = first[range];
    open.push(range);
  }
  closeBefore(null);
  return flat;
};

/** Positions by begin, wider ranges before narrower ones. The table is sorted but for a few, so that this is cheap. */
const sorted = <N extends number | bigint>({ first, last }: Ranges<N>): number[] =>
  first
    .map((_, i) => i)
    .sort((a, b) => (first[a] < first[b] ? -1 : first[a] > first[b] ? 1 : last[a] > last[b] ? -1 : last[a] < last[b] ? 1 : a - b));
