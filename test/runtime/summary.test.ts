import t from 'tap';
import { AUTHORISED, REASONS } from '../../src/model/verdict.ts';
import { addWindow, countsOf, shareReleased, type ViewSummary, verdictsOf } from '../../src/runtime/summary.ts';

const verdicts = (counts: Readonly<Record<number, number>>): Float64Array => {
  const all = new Float64Array(256);
  for (const [byte, count] of Object.entries(counts)) all[Number(byte)] = count;
  return all;
};

t.test('verdict bytes become releases per level and blocks per reason', async (t) => {
  const counts = countsOf(verdicts({ 0: 5, 2: 3, [REASONS.k.code]: 7, [REASONS.folded.code]: 1 }), 3);
  t.strictSame(counts, { released: [5, 0, 3], blocked: { folded: 1, k: 7 } });
});

t.test('what subjects authorised is no level, and comes back as it was', async (t) => {
  const all = verdicts({ 0: 5, [AUTHORISED]: 4, [REASONS.k.code]: 7 });
  const counts = countsOf(all, 2);
  t.strictSame(counts, { released: [5, 0], authorised: 4, blocked: { k: 7 } });
  t.strictSame(verdictsOf({ ...counts, windows: 1, smallestClass: 5 }), all);
  const view: ViewSummary = { released: [0, 0], blocked: {}, windows: 0, smallestClass: 0 };
  for (let i = 0; i < 2; i++) addWindow(view, all, 5);
  t.equal(view.authorised, 8);
  t.equal(shareReleased(view), 18 / 32);
});

t.test('windows add up, and the smallest class is the smallest that was released', async (t) => {
  const view: ViewSummary = { released: [0, 0], blocked: {}, windows: 0, smallestClass: 0 };
  addWindow(view, verdicts({ [REASONS.k.code]: 4 }), 0);
  addWindow(view, verdicts({ 0: 40, [REASONS.k.code]: 6 }), 25);
  addWindow(view, verdicts({ 1: 20 }), 20);
  t.strictSame(view, { released: [40, 20], blocked: { k: 10 }, windows: 3, smallestClass: 20 });
});

t.test('share released leaves repetitions out', async (t) => {
  const blocked = { k: 20, folded: 1000, duplicate: 50 };
  t.equal(shareReleased({ released: [60, 20], blocked, windows: 1, smallestClass: 20 }), 0.8);
  t.ok(Number.isNaN(shareReleased({ released: [0], blocked: {}, windows: 0, smallestClass: 0 })));
});
