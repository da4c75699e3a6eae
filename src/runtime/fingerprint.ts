/** Finaliser of MurmurHash3 (A. Appleby, 2011): each bit of the input changes half of the bits of the output. */
const scatter = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};

const TWO_32 = 2 ** 32;

/**
 * 32 bits that stand for one coordinate. Sums of them (modulo 2^32) tell two sets of records apart whatever their order:
 * counts alone would not notice that one record was dropped and another decided twice. It guards against mistakes, not
 * against somebody who looks for collisions.
 */
export const fingerprint = (source: number, offset: number): number =>
  scatter(scatter(scatter(source + 1) ^ (offset % TWO_32)) ^ Math.floor(offset / TWO_32));

/** The same for a coordinate that leaves at a level. */
export const releasePrint = (source: number, offset: number, level: number): number => scatter(fingerprint(source, offset) + level + 1);

const FIRST_LETTER = 'g'.charCodeAt(0);
const NIBBLES = 8;

/** A sum of fingerprints in letters from g to v, four bits each: how the ledger tells it. */
export const lettersOf = (print: number): string =>
  Array.from({ length: NIBBLES }, (_, i) => String.fromCharCode(FIRST_LETTER + ((print >>> (4 * (NIBBLES - 1 - i))) & 15))).join('');

/** The sum that letters from g to v tell. */
export const printOf = (letters: string): number =>
  [...letters].reduce((print, letter) => (print << 4) | (letter.charCodeAt(0) - FIRST_LETTER), 0);
