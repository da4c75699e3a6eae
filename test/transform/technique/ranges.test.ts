import fc from 'fast-check';
import t from 'tap';
import { flatten } from '../../../src/transform/technique/ranges.ts';

const ORDER = { before: (n: number) => n - 1, after: (n: number) => n + 1 };

/** Ranges that lie in each other or apart, in any order. */
const nested = fc
  .array(fc.tuple(fc.nat(40), fc.nat(40), fc.nat(5)), { maxLength: 12 })
  .map((ranges) => ranges.map(([a, b, country]) => [Math.min(a, b), Math.max(a, b), country] as const))
  .map((ranges) =>
    ranges.filter(([first, last], i) =>
      ranges.slice(0, i).every(([f, l]) => last < f || first > l || (first > f && last < l) || (f > first && l < last)),
    ),
  );

t.test('every value keeps the country of the narrowest range that holds it', async () => {
  fc.assert(
    fc.property(nested, (ranges) => {
      const flat = flatten({ first: ranges.map((r) => r[0]), last: ranges.map((r) => r[1]), country: ranges.map((r) => r[2]) }, ORDER);
      const isDisjoint = flat.first.every((first, i) => first <= flat.last[i] && (i === 0 || flat.last[i - 1] < first));
      const same = Array.from({ length: 42 }, (_, value) => {
        const holding = ranges.filter(([first, last]) => first <= value && value <= last).sort((a, b) => a[1] - a[0] - (b[1] - b[0]));
        const found = flat.first.findIndex((first, i) => first <= value && value <= flat.last[i]);
        return (holding[0]?.[2] ?? -1) === (flat.country[found] ?? -1);
      });
      return isDisjoint && same.every(Boolean);
    }),
    { numRuns: 1000 },
  );
});

t.test('of ranges that only overlap the later one counts', async (t) => {
  t.same(flatten({ first: [0, 5], last: [9, 14], country: [1, 2] }, ORDER), { first: [0, 5], last: [4, 14], country: [1, 2] });
  t.same(flatten({ first: [0, 0], last: [4, 9], country: [1, 2] }, ORDER), { first: [0, 5], last: [4, 9], country: [1, 2] });
});
