import fc from 'fast-check';
import { cellToParent, latLngToCell } from 'h3-js';
import t from 'tap';
import { cellOfCode, codeOfCell } from '../../../src/transform/technique/h3.ts';
import { climb, issuesOf, ladderOf } from './support.ts';

const lat = fc.double({ min: -90, max: 90, noNaN: true });
const lon = fc.double({ min: -180, max: 180, noNaN: true });

t.test('every level is the cell that h3-js gives', async () => {
  const ladder = ladderOf({ h3: [6, 5, 4, 2, 0] });
  fc.assert(
    fc.property(lat, lon, (lat, lon) => {
      fc.pre(lat !== 0 || lon !== 0);
      const finest = latLngToCell(lat, lon, 6);
      const expected = [finest, ...[5, 4, 2, 0].map((r) => cellToParent(finest, r)), '*'].join(' > ');
      return climb(ladder, lat, lon) === expected;
    }),
    { numRuns: 500 },
  );
});

t.test('a code and its cell are each other', async () => {
  fc.assert(
    fc.property(lat, lon, fc.integer({ min: 0, max: 6 }), (lat, lon, resolution) => {
      const cell = latLngToCell(lat, lon, resolution);
      const code = codeOfCell(cell, resolution);
      return code >= 0 && code < 2 ** 25 && cellOfCode(code, resolution) === cell;
    }),
  );
});

t.test('what is no position has no cell', async (t) => {
  const ladder = ladderOf({ h3: [6] });
  const none: readonly (readonly [number | undefined, number | undefined])[] = [
    [0, 0],
    [-0, 0],
    [90.1, 0],
    [1, 180.5],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
    [1, undefined],
    [undefined, undefined],
  ];
  for (const [lat, lon] of none) t.equal(climb(ladder, lat, lon), '- > *', `${lat},${lon}`);
  t.not(climb(ladder, 0, 0.001), '- > *');
  t.not(climb(ladder, 90, 180), '- > *');
});

t.test('finer than 6 does not load', async (t) => {
  for (const h3 of [[7], [6, 7], [5, 5], [4, 6], [-1], [5.5], []])
    t.same(issuesOf({ h3 }), ['ladder-bad-levels policies/home.yaml:7:3'], `${h3}`);
});
