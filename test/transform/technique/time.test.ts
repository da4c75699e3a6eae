import t from 'tap';
import { climbAt, issuesOf, ladderOf } from './support.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const EVENT = Date.UTC(2026, 10, 23, 19, 30);

t.test('late events start coarser, those of the future are refused', async (t) => {
  const ladder = ladderOf({ time: ['hour', '6h', 'day', 'week'] });
  const all = '2026-11-23T19Z > 2026-11-23T18Z/PT6H > 2026-11-23 > 2026-W48 > *';
  t.equal(climbAt(ladder, EVENT, EVENT, 0), all);
  t.equal(climbAt(ladder, EVENT - 5 * MINUTE, EVENT, 0), all);
  t.equal(climbAt(ladder, EVENT - 5 * MINUTE - 1, EVENT, 0), 'refused');
  t.equal(climbAt(ladder, EVENT + DAY, EVENT, 0), all);
  t.equal(climbAt(ladder, EVENT + DAY + 1, EVENT, 0), '- > - > 2026-11-23 > 2026-W48 > *');
  t.equal(climbAt(ladder, EVENT + 7 * DAY, EVENT, 0), '- > - > 2026-11-23 > 2026-W48 > *');
  t.equal(climbAt(ladder, EVENT + 7 * DAY + 1, EVENT, 0), '- > - > - > 2026-W48 > *');
});

t.test('without the level that lateness allows, only `*` is left', async (t) => {
  const ladder = ladderOf({ time: ['hour', '6h'] });
  t.equal(climbAt(ladder, EVENT + DAY + 1, EVENT, 0), '- > - > *');
  t.equal(climbAt(ladderOf({ time: ['day'] }), EVENT + 8 * DAY, EVENT, 0), '- > *');
  t.equal(climbAt(ladderOf({ time: ['6h', 'week'] }), EVENT + 2 * DAY, EVENT, 0), '- > 2026-W48 > *');
});

t.test('times that are none have no value', async (t) => {
  const ladder = ladderOf({ time: ['day'] });
  t.equal(climbAt(ladder, EVENT, Number.NaN, 0), '- > *');
  t.equal(climbAt(ladder, Number.NaN, EVENT, 0), '- > *');
  t.equal(climbAt(ladder, EVENT, Number.NEGATIVE_INFINITY, 0), '- > *');
  t.equal(climbAt(ladderOf({ time: ['week'] }), EVENT, -62_135_596_800_001, 0), '- > *', 'year 0');
});

t.test('levels before 1970', async (t) => {
  t.equal(
    climbAt(ladderOf({ time: ['hour', '6h', 'day', 'week'] }), 0, -1, 0),
    '1969-12-31T23Z > 1969-12-31T18Z/PT6H > 1969-12-31 > 1970-W01 > *',
  );
});

t.test('levels that are none, or in another order', async (t) => {
  for (const time of [[], ['minute'], ['day', 'hour'], ['day', 'day']])
    t.same(issuesOf({ time }), ['ladder-bad-levels policies/home.yaml:7:3'], `${time}`);
});
