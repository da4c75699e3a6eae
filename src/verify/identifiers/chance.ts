/** Words that look like checksums: there are so many of 32 bits. */
const VALUES = 2 ** 32;

/** Rarer than this is no chance. */
const RARE = 1e-3;

/**
 * Whether chance alone explains that `hits` of `looked` checksums of 32 bits stand among `words` others: hits are then of a
 * Poisson distribution with mean words x looked / 2^32. In a long run the ledger holds tens of thousands of 32-bit numbers that
 * say nothing of anybody, and each identifier has a dozen checksums, so that some have to meet.
 */
export const isChance = (hits: number, words: number, looked: number): boolean => {
  const mean = (words * looked) / VALUES;
  // In logarithms, as e^-mean is no number any more for large means.
  let log = -mean;
  let below = 0;
  for (let i = 0; i < hits; i++) {
    below += Math.exp(log);
    log += Math.log(mean) - Math.log(i + 1);
  }
  return 1 - below > RARE;
};
