import { grown } from './tokens.ts';

/** Numbers tuples of `width` int32 codes 0, 1, 2, ... in the order of first sight. Exact: tuples are compared whole. */
export interface TupleTable {
  readonly width: number;
  count: number;
  /** `width` codes a tuple, at `id * width`. */
  codes: Int32Array;
  slots: Int32Array;
}

export const createTupleTable = (width: number): TupleTable => ({
  width,
  count: 0,
  codes: new Int32Array(16 * width),
  slots: new Int32Array(32),
});

/** Number of the tuple at `codes[at]`; a new one when it was never seen. */
export const internTuple = (table: TupleTable, codes: Int32Array, at: number): number => {
  const hashed = hash(codes, at, table.width);
  const slot = findSlot(table, codes, at, hashed);
  const mask = table.slots.length - 1;
  const found = table.slots[slot]!;
  if (found !== 0) return (found & mask) - 1;
  const id = table.count++;
  const from = id * table.width;
  if (table.codes.length < from + table.width) table.codes = grown(table.codes, from + table.width);
  for (let i = 0; i < table.width; i++) table.codes[from + i] = codes[at + i]!;
  table.slots[slot] = (hashed & ~mask) | (id + 1);
  if (table.count * 4 > table.slots.length * 3) rehash(table);
  return id;
};

/** Number of the tuple at `codes[at]`, or -1. */
export const lookupTuple = (table: TupleTable, codes: Int32Array, at: number): number =>
  (table.slots[findSlot(table, codes, at, hash(codes, at, table.width))]! & (table.slots.length - 1)) - 1;

const findSlot = (table: TupleTable, codes: Int32Array, at: number, hashed: number): number => {
  const { slots, width } = table;
  const mask = slots.length - 1;
  for (let slot = hashed & mask; ; slot = (slot + 1) & mask) {
    const found = slots[slot]!;
    if (found === 0) return slot;
    if (((found ^ hashed) & ~mask) === 0 && equal(table.codes, ((found & mask) - 1) * width, codes, at, width)) return slot;
  }
};

const equal = (left: Int32Array, leftAt: number, right: Int32Array, rightAt: number, width: number): boolean => {
  for (let i = 0; i < width; i++) if (left[leftAt + i] !== right[rightAt + i]) return false;
  return true;
};

/** Murmur3's mixing steps: codes are small and dense, so every bit has to reach the slot's low bits. */
const hash = (codes: Int32Array, at: number, width: number): number => {
  let mixed = width;
  for (let i = 0; i < width; i++) {
    const scrambled = Math.imul(codes[at + i]!, 0xcc9e2d51);
    mixed ^= Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
    mixed = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
};

const rehash = (table: TupleTable): void => {
  const slots = new Int32Array(table.slots.length * 2);
  const mask = slots.length - 1;
  for (let id = 0; id < table.count; id++) {
    const hashed = hash(table.codes, id * table.width, table.width);
    let slot = hashed & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = (hashed & ~mask) | (id + 1);
  }
  table.slots = slots;
};
