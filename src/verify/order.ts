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

/**
 * How far two sequences of the same labels agree place by place: matches above what a random order gives, in standard
 * deviations. It finds an order that is kept even where records look alike, which ranks cannot.
 */
export const matchScore = (left: readonly number[], right: readonly number[]): number => {
  const n = left.length;
  const counts = new Map<number, number>();
  for (const label of left) counts.set(label, (counts.get(label) ?? 0) + 1);
  const power = (exponent: number): number => [...counts.values()].reduce((sum, count) => sum + count ** exponent, 0);
  const [squares, cubes] = [power(2), power(3)];
  const variance = (squares ** 2 + n ** 2 * squares - 2 * n * cubes) / (n ** 2 * (n - 1));
  const matches = left.filter((label, i) => label === right[i]).length;
  return n < 2 || variance <= 0 ? 0 : (matches - squares / n) / Math.sqrt(variance);
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

/** Matches are skewed where few are expected, hence a wider bound. */
export const MATCH_BOUND = 10;
