/** Ranks of values, equal ones sharing their mean rank. */
const ranksOf = (values: readonly number[]): Float64Array => {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) ranks[order[i]] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
};

/**
 * How far the order of `left` follows that of `right`: Spearman's coefficient times the square root of n - 1, which is
 * about standard normal when the two are independent (Kendall and Gibbons, Rank Correlation Methods). 0 when either is constant.
 */
export const orderScore = (left: readonly number[], right: readonly number[]): number => {
  const [a, b] = [ranksOf(left), ranksOf(right)];
  const mean = (left.length - 1) / 2;
  let both = 0;
  let ownA = 0;
  let ownB = 0;
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - mean) * (b[i] - mean);
    ownA += (a[i] - mean) ** 2;
    ownB += (b[i] - mean) ** 2;
  }
  return ownA === 0 || ownB === 0 ? 0 : (both / Math.sqrt(ownA * ownB)) * Math.sqrt(left.length - 1);
};

/** Sums scores of independent groups into one that is standard normal again (Stouffer). */
export const createCombined = () => {
  let sum = 0;
  let groups = 0;
  return {
    add(score: number): void {
      sum += score;
      groups++;
    },
    score: (): number => (groups === 0 ? 0 : sum / Math.sqrt(groups)),
  };
};

/** A correct shuffle passes this bound in all but one of some ten million batches. */
export const ORDER_BOUND = 5.5;
