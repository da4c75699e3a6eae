/**
 * Randomness of the simulator: every draw is a pure function of the seed, so that one seed gives one log.
 *
 * Two kinds. `mix` is counter based: what a device *is* depends on (seed, device, field) only, so no fleet is held in
 * memory. `sfc32` is a stream: what happens *next* (times, mishaps, choices) follows one long sequence.
 */

/** Next 32 random bits, as an unsigned integer. */
export type Random = () => number;

const TWO32 = 4_294_967_296;

/** 32 bits from three integers; the finaliser of MurmurHash3 (fmix32) over each in turn. */
export function mix(seed: number, index: number, field: number): number {
  let h = seed ^ Math.imul(index, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) + Math.imul(field + 1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** `mix` as a number in [0, 1). */
export const mixUnit = (seed: number, index: number, field: number): number => mix(seed, index, field) / TWO32;

/** The generator sfc32 (small fast counting, Chris Doty-Humphrey, PractRand), 128 bits of state. */
export function sfc32(seed: number, stream: number): Random {
  let a = mix(seed, stream, 1);
  let b = mix(seed, stream, 2);
  let c = mix(seed, stream, 3);
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first outputs of neighbouring seeds are alike; sfc32's author discards 12.
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** [0, 1). */
export const unit = (random: Random): number => random() / TWO32;

/** Whole number in [0, limit); limit up to 2^32. */
export const below = (random: Random, limit: number): number => Math.floor((random() / TWO32) * limit);

/** Two independent standard normal values (Box and Muller, 1958). */
export function gaussianPair(u: number, v: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - u));
  return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)];
}

/** Cumulative shares (the last is 1) of positive weights. */
export function cumulate(weights: readonly number[]): Float64Array {
  const shares = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i];
    shares[i] = sum;
  }
  for (let i = 0; i < shares.length; i++) shares[i] /= sum;
  return shares;
}

/** Index that `u` in [0, 1) falls in: binary search of cumulative shares. */
export function pick(shares: Float64Array, u: number): number {
  let low = 0;
  let high = shares.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shares[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A step coprime with `count`: repeated from any start it visits every index once before the first comes again. */
export function coprimeStep(count: number, wish: number): number {
  let step = Math.max(1, wish % count);
  while (gcd(step, count) !== 1) step++;
  return step;
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** A number for a name, FNV-1a over its UTF-16 units: devices of one model share what the model decides. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
