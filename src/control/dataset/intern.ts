/** Numbers int32 tuples of `width` codes 0, 1, 2, ... in the order of first sight; exact, and made for tens of millions. */
export interface Interned {
  readonly width: number;
  count: number;
  /** `width` codes a tuple, at `id * width`. */
  codes: Int32Array;
  /** Number of a tuple and 1; 0 is free. At most half are taken. */
  slots: Int32Array;
}

const SMALLEST = 16;

export const createInterned = (width: number): Interned => ({
  width,
  count: 0,
  codes: new Int32Array(SMALLEST * width),
  slots: new Int32Array(2 * SMALLEST),
});

/** Number of the tuple at `codes[at]`; a new one when it was never seen. */
export const intern = (table: Interned, codes: Int32Array, at: number): number => {
  const slot = slotOf(table, codes, at);
  const found = table.slots[slot];
  if (found !== 0) return found - 1;
  const id = table.count++;
  const { width } = table;
  if ((id + 1) * width > table.codes.length) table.codes = widened(table.codes, 2 * table.codes.length);
  for (let i = 0; i < width; i++) table.codes[id * width + i] = codes[at + i];
  table.slots[slot] = id + 1;
  if (2 * table.count > table.slots.length) rehash(table);
  return id;
};

/** Number of the tuple at `codes[at]`, or -1. */
export const lookup = (table: Interned, codes: Int32Array, at: number): number => table.slots[slotOf(table, codes, at)] - 1;

export const widened = (from: Int32Array, length: number): Int32Array => {
  const to = new Int32Array(length);
  to.set(from);
  return to;
};

/** Mixes int32 codes so that every bit reaches the low ones (MurmurHash3, Appleby 2011). */
export const hashCodes = (codes: Int32Array, from: number, to: number): number => {
  let mixed = to - from;
  for (let i = from; i < to; i++) {
    const scrambled = Math.imul(codes[i], 0xcc9e2d51);
    mixed ^= Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
    mixed = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

const slotOf = ({ width, codes: known, slots }: Interned, codes: Int32Array, at: number): number => {
  const mask = slots.length - 1;
  for (let slot = hashCodes(codes, at, at + width) & mask; ; slot = (slot + 1) & mask) {
    const found = slots[slot];
    if (found === 0 || isEqual(known, (found - 1) * width, codes, at, width)) return slot;
  }
};

const isEqual = (left: Int32Array, leftAt: number, right: Int32Array, rightAt: number, length: number): boolean => {
  for (let i = 0; i < length; i++) if (left[leftAt + i] !== right[rightAt + i]) return false;
  return true;
};

const rehash = (table: Interned): void => {
  const { width, count, codes } = table;
  const slots = new Int32Array(2 * table.slots.length);
  const mask = slots.length - 1;
  for (let id = 0; id < count; id++) {
    let slot = hashCodes(codes, id * width, (id + 1) * width) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = id + 1;
  }
  table.slots = slots;
};
