import fc from 'fast-check';
import t from 'tap';
import { fingerprint, lettersOf, printOf, releasePrint } from '../../src/runtime/fingerprint.ts';

const offsets = fc.oneof(fc.nat({ max: 1000 }), fc.maxSafeNat());
const coordinates = fc.array(fc.tuple(fc.nat({ max: 63 }), offsets), { minLength: 1, maxLength: 20 });
const sum = (all: readonly (readonly [number, number])[]): number =>
  all.reduce((total, [source, offset]) => (total + fingerprint(source, offset)) | 0, 0);

t.test('neighbours have nothing in common: sources, offsets and levels', async (t) => {
  const seen = new Set<number>();
  let count = 0;
  for (let source = 0; source < 64; source++) {
    for (const high of [0, 1, 2 ** 20]) {
      for (let offset = 0; offset < 100; offset++, count++) seen.add(fingerprint(source, high * 2 ** 32 + offset));
    }
  }
  // Of n values in 2^32 places about n^2 / 2^33 pairs meet: 43 million to a handful.
  t.ok(count - seen.size < 20, `${count - seen.size} of ${count} meet`);
  const levels = new Set(Array.from({ length: 64 }, (_, level) => releasePrint(3, 77, level)));
  t.equal(levels.size, 64);
});

t.test('a sum does not depend on order, and tells a set from one with a record dropped, doubled or exchanged', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(coordinates, fc.nat(), offsets, (all, at, other) => {
        const row = at % all.length;
        const rest = all.filter((_, i) => i !== row);
        const exchanged = [...rest, [all[row][0], other] as const];
        return (
          sum([...all].reverse()) === sum(all) &&
          sum(rest) !== sum(all) &&
          sum([...all, all[row]]) !== sum(all) &&
          (other === all[row][1] || sum(exchanged) !== sum(all))
        );
      }),
    ),
  );
});

t.test('letters tell a sum, and none of them is a digit of any base that identifiers are written in', async (t) => {
  for (const print of [0, 1, -1, 0x7fffffff, -0x80000000, fingerprint(3, 2 ** 40)]) {
    t.match(lettersOf(print), /^[g-v]{8}$/);
    t.equal(printOf(lettersOf(print)), print);
  }
});
