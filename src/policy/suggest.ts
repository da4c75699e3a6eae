/**
 * The candidate that `word` was probably meant to be, or null: at most a third of its letters may be wrong. Case does
 * not count, and of equals the first wins.
 */
export const suggest = (word: string, candidates: Iterable<string>): string | null => {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let nearest = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= nearest) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    // A replaced word of one or two letters has nothing in common with the candidate.
    if (distance >= nearest || distance >= Math.max(wanted.length, candidate.length)) continue;
    best = candidate;
    nearest = distance;
  }
  return best;
};

/** The fix of an issue: a suggestion when there is one, else what is allowed. */
export const didYouMean = (word: string, candidates: readonly string[], otherwise: string): string => {
  const candidate = suggest(word, candidates);
  return candidate === null ? otherwise : `did you mean \`${candidate}\`?`;
};

/** Words longer than this are no typos of anything; the bound keeps the table small. */
const MAX_WORD = 256;

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other; no part is edited
 * twice (Damerau 1964, in the restricted form, "optimal string alignment").
 */
export const editDistance = (a: string, b: string): number => {
  if (a.length > MAX_WORD || b.length > MAX_WORD) return a === b ? 0 : Math.max(a.length, b.length);
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length];
};
