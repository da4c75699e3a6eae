import type { Column } from '../../model/columns.ts';
import { fold } from '../../policy/canonical/fold.ts';
import { readText } from './values.ts';

/** Finds texts by their UTF-8 bytes, without making a string. */
export interface Dictionary {
  /** Index of the key that the bytes spell, upper and lower case ASCII letters being one; -1 when there is none. */
  find(bytes: Uint8Array, start: number, length: number): number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/** FNV-1a (draft-eastlake-fnv) over bytes in lower case. Keys come from a policy, so nobody can choose collisions. */
const hash = (bytes: Uint8Array, start: number, length: number): number => {
  let h = FNV_OFFSET;
  for (let i = start; i < start + length; i++) h = Math.imul(h ^ lower(bytes[i]), FNV_PRIME);
  return h >>> 0;
};

const encoder = new TextEncoder();
const utf8 = new TextDecoder();

/** The spelling under which a listed value is known: folded, trimmed, one space for many. */
export const dictionaryKey = (text: string): string => fold(text).trim().replace(/\s+/g, ' ');

/** Builds an open-addressed dictionary of keys as `dictionaryKey` writes them; the index is the position in `keys`. */
export const createDictionary = (keys: readonly string[]): Dictionary => {
  const encoded = keys.map((key) => encoder.encode(key));
  const starts = new Int32Array(keys.length + 1);
  encoded.forEach((key, i) => {
    starts[i + 1] = starts[i] + key.length;
  });
  const arena = new Uint8Array(starts[keys.length]);
  for (let i = 0; i < keys.length; i++) arena.set(encoded[i], starts[i]);
  let capacity = 8;
  while (capacity < keys.length * 2) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const equals = (key: number, bytes: Uint8Array, start: number, length: number): boolean => {
    const from = starts[key];
    if (starts[key + 1] - from !== length) return false;
    for (let i = 0; i < length; i++) if (arena[from + i] !== lower(bytes[start + i])) return false;
    return true;
  };
  encoded.forEach((key, i) => {
    let slot = hash(key, 0, key.length) & (capacity - 1);
    while (slots[slot] >= 0) slot = (slot + 1) & (capacity - 1);
    slots[slot] = i;
  });
  return {
    find(bytes, start, length) {
      let slot = hash(bytes, start, length) & (capacity - 1);
      while (slots[slot] >= 0) {
        if (equals(slots[slot], bytes, start, length)) return slots[slot];
        slot = (slot + 1) & (capacity - 1);
      }
      return -1;
    },
  };
};

/** True when folding, trimming or collapsing could change the text in more than the case of ASCII letters. */
const isSpelledOddly = (bytes: Uint8Array, start: number, length: number): boolean => {
  let before = 0x20;
  for (let i = start; i < start + length; i++) {
    const byte = bytes[i];
    if (byte < 0x20 || byte > 0x7e || (byte === 0x20 && before === 0x20)) return true;
    before = byte;
  }
  return before === 0x20;
};

/** Index of the key that a row's text means, in any of its spellings; -1 when it is none, -2 when the value is missing. */
export const lookUp = (dictionary: Dictionary, column: Column | undefined, row: number): number => {
  if (column?.kind !== 'text') {
    const text = readText(column, row);
    return text === null ? -2 : findText(dictionary, text);
  }
  const start = column.start[row];
  const length = column.length[row];
  if (length < 0) return -2;
  const found = dictionary.find(column.bytes, start, length);
  if (found >= 0 || !isSpelledOddly(column.bytes, start, length)) return found;
  return findText(dictionary, utf8.decode(column.bytes.subarray(start, start + length)));
};

const findText = (dictionary: Dictionary, text: string): number => {
  const key = encoder.encode(dictionaryKey(text));
  return dictionary.find(key, 0, key.length);
};
