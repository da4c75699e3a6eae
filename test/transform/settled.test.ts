import t from 'tap';
import { REASONS } from '../../src/model/verdict.ts';
import { createSettled } from '../../src/transform/settled.ts';

t.test('verdicts are grouped by window, in the order in which windows appear', async (t) => {
  const settled = createSettled(3, 1000);
  settled.add(0, 5, 2500, 'no-subject');
  settled.add(1, 9, 999, 'stale');
  settled.add(0, 6, 2000, 'no-level');
  settled.add(0, 7, -1, 'future');
  const plain = settled
    .verdicts()
    .map(({ source, offset, verdict, ...rest }) => ({ ...rest, source: [...source], offset: [...offset], verdict: [...verdict] }));
  t.strictSame(plain, [
    {
      view: 3,
      windowStartMs: 2000,
      count: 2,
      source: [0, 0],
      offset: [5, 6],
      verdict: [REASONS['no-subject'].code, REASONS['no-level'].code],
    },
    { view: 3, windowStartMs: 0, count: 1, source: [1], offset: [9], verdict: [REASONS.stale.code] },
    { view: 3, windowStartMs: -1000, count: 1, source: [0], offset: [7], verdict: [REASONS.future.code] },
  ]);
  t.strictSame(createSettled(0, 1000).verdicts(), []);
});
