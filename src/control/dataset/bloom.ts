/**
 * A Bloom filter (Bloom 1970) that grows (Almeida et al. 2007, "Scalable Bloom Filters"): blocks of doubling size, each with
 * the bits for a false-positive rate of 3.3e-7, so that thirty of them, some 280 million values, stay below 1e-5. A false
 * positive only blocks more; a false negative cannot be.
 */
export interface Bloom {
  readonly blocks: BloomBlock[];
}

export interface BloomBlock {
  /** Values added, repeated ones too. */
  count: number;
  /** A power of two of bytes. */
  readonly bits: Uint8Array;
}

const BITS_PER_VALUE = 32;
/** Optimal would be 22; 16 cost less and give (1 - e^-0.5)^16 = 3.3e-7. */
const PROBES = 16;
const SMALLEST_VALUES = 1 << 10;
const LARGEST_VALUES = 1 << 24;

/** Bytes of a value that are read: a PRF output has them. */
export const BLOOM_TOKEN_BYTES = 8;

export const createBloom = (): Bloom => ({ blocks: [] });

const capacityOf = ({ bits }: BloomBlock): number => (bits.length * 8) / BITS_PER_VALUE;

/** Whether a block that was read back is one. */
export const isBlock = ({ count, bits }: BloomBlock): boolean => {
  const values = capacityOf({ count, bits });
  return values >= SMALLEST_VALUES && values <= LARGEST_VALUES && (values & (values - 1)) === 0 && count > 0 && count <= values;
};

const word = (token: Uint8Array, at: number): number => (token[at] << 24) | (token[at + 1] << 16) | (token[at + 2] << 8) | token[at + 3];

/** Adds the value whose keyed token is at `token[at]`. */
export const addToBloom = (bloom: Bloom, token: Uint8Array, at: number): void => {
  let block = bloom.blocks.at(-1);
  if (block === undefined || block.count === capacityOf(block)) {
    const values = Math.min(LARGEST_VALUES, block === undefined ? SMALLEST_VALUES : 2 * capacityOf(block));
    block = { count: 0, bits: new Uint8Array((values * BITS_PER_VALUE) / 8) };
    bloom.blocks.push(block);
  }
  block.count++;
  probe(block, word(token, at), word(token, at + 4), true);
};

/** Whether the value may have been added. */
export const isInBloom = (bloom: Bloom, token: Uint8Array, at = 0): boolean => {
  const first = word(token, at);
  const second = word(token, at + 4);
  return bloom.blocks.some((block) => probe(block, first, second, false));
};

/** Enhanced double hashing (Dillinger and Manolios 2004): 16 probes of two words. False when a bit was not set. */
const probe = ({ bits }: BloomBlock, first: number, second: number, isAdding: boolean): boolean => {
  const mask = bits.length * 8 - 1;
  let place = first;
  let step = second;
  for (let i = 0; i < PROBES; i++) {
    const bit = (place & mask) >>> 0;
    if (isAdding) bits[bit >>> 3] |= 1 << (bit & 7);
    else if ((bits[bit >>> 3] & (1 << (bit & 7))) === 0) return false;
    place = (place + step) | 0;
    step = (step + i) | 0;
  }
  return true;
};
