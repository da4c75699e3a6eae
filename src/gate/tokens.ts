import { TOKEN_BYTES } from '../model/candidate.ts';

/**
 * Tokens as numbers. A token is read as four int32 words whose signed order is the lexicographic order of its bytes (the
 * first bit is flipped), so that comparing, hashing and storing need neither strings nor BigInt. Tokens are PRF outputs
 * already, so their first word is a hash.
 */
export const TOKEN_WORDS = TOKEN_BYTES / 4;

/** One word of a token, by its byte position. */
export const readWord = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) ^ 0x80000000;

/** Writes the bytes of the token whose words begin at `words[from]`. */
export const writeToken = (words: Int32Array, from: number, bytes: Uint8Array, at: number): void => {
  for (let i = 0; i < TOKEN_WORDS; i++) {
    const word = words[from + i]! ^ 0x80000000;
    bytes[at + 4 * i] = word >>> 24;
    bytes[at + 4 * i + 1] = word >>> 16;
    bytes[at + 4 * i + 2] = word >>> 8;
    bytes[at + 4 * i + 3] = word;
  }
};

/**
 * Numbers tokens 0, 1, 2, ... in the order of first sight: 16 B and one 4 B slot a token besides growth slack.
 *
 * Of 2^n slots the low n bits of a slot are the number + 1 (0: empty) and the high bits are those of the hash, whose low
 * bits chose the slot. A probe thus leaves the slots' cache line only for what is nearly certainly a match, which lets
 * the tables be three quarters full. The other tables of the gate do the same.
 */
export interface TokenTable {
  count: number;
  words: Int32Array;
  slots: Int32Array;
}

export const createTokenTable = (): TokenTable => ({ count: 0, words: new Int32Array(16 * TOKEN_WORDS), slots: new Int32Array(32) });

/** Number of the token at `bytes[at]`; a new one when it was never seen. */
export const internToken = (table: TokenTable, bytes: Uint8Array, at: number): number => {
  const slot = findSlot(table, bytes, at);
  const mask = table.slots.length - 1;
  const found = table.slots[slot]!;
  if (found !== 0) return (found & mask) - 1;
  const id = table.count++;
  if (table.words.length < table.count * TOKEN_WORDS) table.words = grown(table.words, table.count * TOKEN_WORDS);
  for (let i = 0; i < TOKEN_WORDS; i++) table.words[id * TOKEN_WORDS + i] = readWord(bytes, at + 4 * i);
  table.slots[slot] = (table.words[id * TOKEN_WORDS]! & ~mask) | (id + 1);
  if (table.count * 4 > table.slots.length * 3) rehash(table);
  return id;
};

/** Number of the token at `bytes[at]`, or -1. */
export const lookupToken = (table: TokenTable, bytes: Uint8Array, at: number): number =>
  (table.slots[findSlot(table, bytes, at)]! & (table.slots.length - 1)) - 1;

/** At least `length` long, doubled so that appending stays O(1). The same array when it is long enough. */
export const grown = <T extends Int32Array | Float64Array | Uint8Array | Uint16Array>(array: T, length: number): T => {
  if (array.length >= length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
};

const findSlot = (table: TokenTable, bytes: Uint8Array, at: number): number => {
  const { words, slots } = table;
  const mask = slots.length - 1;
  const first = readWord(bytes, at);
  for (let slot = first & mask; ; slot = (slot + 1) & mask) {
    const found = slots[slot]!;
    if (found === 0) return slot;
    if (((found ^ first) & ~mask) !== 0) continue;
    const from = ((found & mask) - 1) * TOKEN_WORDS;
    if (words[from] !== first || words[from + 1] !== readWord(bytes, at + 4)) continue;
    if (words[from + 2] === readWord(bytes, at + 8) && words[from + 3] === readWord(bytes, at + 12)) return slot;
  }
};

const rehash = (table: TokenTable): void => {
  const slots = new Int32Array(table.slots.length * 2);
  const mask = slots.length - 1;
  for (let id = 0; id < table.count; id++) {
    const first = table.words[id * TOKEN_WORDS]!;
    let slot = first & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = (first & ~mask) | (id + 1);
  }
  table.slots = slots;
};
