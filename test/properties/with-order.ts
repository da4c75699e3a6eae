import { brandReleased, type Released } from '../../src/model/released.ts';

/** The same releases in another order: `compare` orders row numbers. For gates that are broken on purpose. */
export const withOrder = (released: Released, compare: (a: number, b: number) => number): Released => {
  const order = [...released.offset.keys()].sort(compare);
  const width = released.count === 0 ? 0 : released.codes.length / released.count;
  return brandReleased({
    ...released,
    source: released.source.map((_, i) => released.source[order[i]]),
    offset: released.offset.map((_, i) => released.offset[order[i]]),
    level: released.level.map((_, i) => released.level[order[i]]),
    codes: released.codes.map((_, i) => released.codes[order[Math.floor(i / width)] * width + (i % width)]),
    sensitive: released.sensitive.map((_, i) => released.sensitive[order[i]]),
    pseudonym: released.pseudonym.map((_, i) => released.pseudonym[order[i >> 4] * 16 + (i & 15)]),
  });
};
