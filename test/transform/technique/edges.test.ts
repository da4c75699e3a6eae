import t from 'tap';
import { climb, issuesOf, ladderOf } from './support.ts';

t.test('buckets: ends are open, lower edges inside', async (t) => {
  const ladder = ladderOf({ buckets: [100, 1000, 10_000] });
  t.same(ladder.levels, ['bucket']);
  const examples: readonly (readonly [number | string | undefined, string])[] = [
    [-1e300, '<100'],
    [99.999, '<100'],
    [100, '[100,1000)'],
    [1000, '[1000,10000)'],
    [10_000, '>=10000'],
    [1e300, '>=10000'],
    ['250', '[100,1000)'],
    ['-2.5e2', '<100'],
  ];
  for (const [value, text] of examples) t.equal(climb(ladder, value), `${text} > *`, String(value));
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, '', 'anna', '0x10', '1 2'])
    t.equal(climb(ladder, value), '- > *', String(value));
  t.equal(climb(ladderOf({ buckets: [0] }), -0), '>=0 > *');
});

t.test('count: how many items', async (t) => {
  const ladder = ladderOf({ count: [1, 4, 10] });
  t.same(ladder.levels, ['count']);
  t.same(ladder.inputs, [{ axis: '', kind: 'count' }]);
  t.same(
    [0, 1, 3, 4, 9, 10, 10_000].map((count) => climb(ladder, count)),
    ['0 > *', '1-3 > *', '1-3 > *', '4-9 > *', '4-9 > *', '10+ > *', '10+ > *'],
  );
  for (const value of [-1, Number.NaN, undefined]) t.equal(climb(ladder, value), '- > *');
  t.equal(climb(ladderOf({ count: [1, 2, 3] }), 2), '2 > *', 'one count is no range');
  t.equal(climb(ladderOf({ count: [5] }), 2), '0-4 > *');
});

t.test('edges that are none', async (t) => {
  const place = ['ladder-bad-edges policies/home.yaml:7:3'];
  for (const edges of [[], [1, 1], [2, 1], [Number.NaN], [Number.POSITIVE_INFINITY], Array.from({ length: 1001 }, (_, i) => i)])
    t.same(issuesOf({ buckets: edges }), place);
  for (const edges of [[0], [1.5], [-1], [3, 2]]) t.same(issuesOf({ count: edges }), place);
});
