import fc from 'fast-check';
import t from 'tap';
import { cappedSubjects } from '../../../src/verify/statements/k.ts';

/** Every assignment of subjects to one of their gateways, tried. */
const best = (gateways: readonly (readonly number[])[], cap: number): number => {
  const choose = (at: number, used: readonly number[]): number => {
    if (at === gateways.length) return used.reduce((sum, count) => sum + Math.min(count, cap), 0);
    if (gateways[at].length === 0) return choose(at + 1, used);
    return Math.max(
      ...gateways[at].map((gateway) =>
        choose(
          at + 1,
          used.map((count, i) => (i === gateway ? count + 1 : count)),
        ),
      ),
    );
  };
  return choose(0, [0, 0, 0, 0]);
};

t.test('as many subjects count as the best assignment to gateways allows', async (t) => {
  const subjects = fc.array(fc.uniqueArray(fc.nat(3), { maxLength: 3 }), { maxLength: 7 });
  fc.assert(
    fc.property(subjects, fc.integer({ min: 1, max: 3 }), (gateways, cap) => {
      const found = cappedSubjects(new Map(gateways.map((own, i) => [i, new Set(own)])), cap, Number.POSITIVE_INFINITY);
      t.equal(found, best(gateways, cap));
    }),
    { numRuns: 150 },
  );
});
