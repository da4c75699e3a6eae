import fc from 'fast-check';
import t from 'tap';
import { coprimeStep, cumulate, mixUnit, pick, sfc32, unit } from '../../src/simulate/random.ts';

t.test('sfc32 gives one sequence a seed', async (t) => {
  const take = (seed: number, stream: number) => {
    const random = sfc32(seed, stream);
    return Array.from({ length: 8 }, random);
  };
  t.same(take(1, 2), take(1, 2));
  t.notSame(take(1, 2), take(2, 2));
  t.notSame(take(1, 2), take(1, 3));
});

t.test('units are uniform: chi-square over 100 cells of 100 000 draws', async (t) => {
  const random = sfc32(3, 0);
  for (const draw of [
    () => unit(random),
    (
      (i) => () =>
        mixUnit(9, i++, 4)
    )(0),
  ]) {
    const cells = new Array<number>(100).fill(0);
    for (let i = 0; i < 100_000; i++) cells[Math.floor(draw() * 100)]++;
    const chi = cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    // 99 degrees of freedom: 0.999 quantile is 148.
    t.ok(chi < 148, `chi-square ${chi}`);
  }
});

t.test('pick finds the first share above u', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (weights, u) => {
        const shares = cumulate(weights);
        const found = pick(shares, u);
        const slow = shares.findIndex((share) => share > u);
        return found === (slow === -1 ? weights.length - 1 : slow);
      },
    ),
  );
});

t.test('a coprime step visits every index once', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(), (count, wish) => {
      const step = coprimeStep(count, wish);
      const seen = new Set<number>();
      for (let i = 0, at = 0; i < count; i++) {
        at = (at + step) % count;
        seen.add(at);
      }
      return seen.size === count;
    }),
  );
});
