import t from 'tap';
import { instantOf } from '../../src/decode/times.ts';

t.test('numbers are of their unit, fractions of a ms are cut', async (t) => {
  t.equal(instantOf(1234.9, 'ms'), 1234);
  t.equal(instantOf(1.5, 's'), 1500);
  t.equal(instantOf(1_700_000_000, 's'), 1_700_000_000_000);
  t.equal(instantOf(1_700_000_000_123_456, 'us'), 1_700_000_000_123);
  t.equal(instantOf(999, 'us'), 0);
  t.equal(instantOf(0, 'ms'), 0);
});

t.test('text is a date whatever the unit', async (t) => {
  for (const unit of ['ms', 's', 'us'] as const) t.equal(instantOf('1970-01-02T00:00:00Z', unit), 86_400_000);
});

t.test('what is no time is none', async (t) => {
  const none = [
    -1,
    -0.1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    8.64e15 + 2,
    '12',
    '',
    '1969-12-31T23:59:59Z',
    true,
    null,
    undefined,
    {},
    [5],
    5n,
  ];
  for (const value of none) t.ok(Number.isNaN(instantOf(value, 'ms')), String(value));
  t.ok(Number.isNaN(instantOf(1e13, 's')), 'after the end of time');
  t.equal(instantOf(8.64e15, 'ms'), 8.64e15);
});
