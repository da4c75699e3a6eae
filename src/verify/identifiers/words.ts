/** A map from 64-bit words (two int32) to small numbers, open-addressed: 24 bytes an entry at most. */
export interface WordMap {
  /** Keeps the first value of a word. */
  add(high: number, low: number, value: number): void;
  /** -1 when the word is not in it. */
  get(high: number, low: number): number;
  readonly size: number;
}

const slotOf = (high: number, low: number, mask: number): number => {
  const mixed = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & mask;
};

export const createWordMap = (): WordMap => {
  let keys = new Int32Array(2 << 10);
  let values = new Int32Array(1 << 10).fill(-1);
  let size = 0;
  const find = (high: number, low: number): number => {
    const mask = values.length - 1;
    let slot = slotOf(high, low, mask);
    while (values[slot] !== -1 && (keys[2 * slot] !== high || keys[2 * slot + 1] !== low)) slot = (slot + 1) & mask;
    return slot;
  };
  const put = (high: number, low: number, value: number): void => {
    const slot = find(high, low);
    if (values[slot] !== -1) return;
    keys[2 * slot] = high;
    keys[2 * slot + 1] = low;
    values[slot] = value;
    size++;
  };
  const grow = (): void => {
    const [oldKeys, oldValues] = [keys, values];
    keys = new Int32Array(oldKeys.length * 2);
    values = new Int32Array(oldValues.length * 2).fill(-1);
    size = 0;
    oldValues.forEach((value, slot) => {
      if (value !== -1) put(oldKeys[2 * slot], oldKeys[2 * slot + 1], value);
    });
  };
  return {
    add(high, low, value) {
      put(high | 0, low | 0, value);
      if (size * 2 > values.length) grow();
    },
    get: (high, low) => values[find(high | 0, low | 0)],
    get size() {
      return size;
    },
  };
};

/** FNV-1a (draft-eastlake-fnv) over the code units of a text from `from` to `to`: one half of a word for `WordMap`. */
export const hashHigh = (text: string, from: number, to: number): number => {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 16);
};

/** The other half: a multiplication and a shift a step, independent of the first. */
export const hashLow = (text: string, from: number, to: number): number => {
  let hash = 0x7ee3623b;
  for (let at = from; at < to; at++) {
    hash = Math.imul(hash ^ (text.charCodeAt(at) + 0x9e37), 0x5bd1e995);
    hash ^= hash >>> 13;
  }
  return hash ^ (hash >>> 15);
};
