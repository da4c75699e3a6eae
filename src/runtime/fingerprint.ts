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
