import { TOKEN_WORDS } from './tokens.ts';

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/**
 * Rows 0 .. count - 1 in the order of their 16-byte keys (four order-preserving words a row, see tokens.ts); rows with
 * equal keys in the order of `tie`. Radix sort on the first word, then whatever still shares it is compared: keys are
 * PRF outputs, so that is next to nothing. O(count).
 */
export const orderByKey = (words: Int32Array, count: number, tie: (left: number, right: number) => number): Int32Array => {
  const rows = radixSort(words, count);
  const compare = (left: number, right: number): number => {
    for (let i = 1; i < TOKEN_WORDS; i++) {
      const difference = words[left * TOKEN_WORDS + i]! - words[right * TOKEN_WORDS + i]!;
      if (difference !== 0) return difference;
    }
    return tie(left, right);
  };
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && words[rows[to]! * TOKEN_WORDS] === words[rows[from]! * TOKEN_WORDS]) to++;
    if (to - from > 1) rows.subarray(from, to).sort(compare);
    from = to;
  }
  return rows;
};

/** Rows by their first word. Keys travel with their rows, so that every pass reads in sequence. */
const radixSort = (words: Int32Array, count: number): Int32Array => {
  let rows = new Int32Array(count);
  let keys = new Int32Array(count);
  let sortedRows = new Int32Array(count);
  let sortedKeys = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    rows[row] = row;
    keys[row] = words[row * TOKEN_WORDS]! ^ 0x80000000;
  }
  const ends = new Int32Array(DIGITS);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    ends.fill(0);
    for (let i = 0; i < count; i++) ends[(keys[i]! >>> shift) & (DIGITS - 1)]!++;
    for (let digit = 1; digit < DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
    for (let i = count - 1; i >= 0; i--) {
      const to = --ends[(keys[i]! >>> shift) & (DIGITS - 1)]!;
      sortedRows[to] = rows[i]!;
      sortedKeys[to] = keys[i]!;
    }
    [rows, sortedRows] = [sortedRows, rows];
    [keys, sortedKeys] = [sortedKeys, keys];
  }
  return rows;
};
