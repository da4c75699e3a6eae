import fc from 'fast-check';
import t from 'tap';
import { instantOf, parseIso, valueAt } from '../../src/verify/times.ts';

t.test('RFC 3339 as Date reads it', async (t) => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      (date) => {
        t.equal(parseIso(date.toISOString()), date.getTime());
      },
    ),
    { numRuns: 100 },
  );
  t.equal(parseIso('2024-02-29t12:00:00.123456+05:30'), Date.parse('2024-02-29T12:00:00.123+05:30'));
});

t.test('what is no time', async (t) => {
  for (const text of [
    '2023-02-29T00:00:00Z',
    '2024-01-01',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00Z',
    '2024-01-01T00:00:00',
    '2024-13-01T00:00:00Z',
    '2024-01-01T00:00:00+24:00',
    '',
  ]) {
    t.ok(Number.isNaN(parseIso(text)), text);
  }
});

t.test('units, cut to whole milliseconds; nothing before 1970', async (t) => {
  t.equal(instantOf(1437578094.84, 's'), 1437578094840);
  t.equal(instantOf(1_500, 'us'), 1);
  t.equal(instantOf('1970-01-01T00:00:01Z', 'us'), 1000, 'text is text whatever the unit');
  for (const value of [-1, Number.POSITIVE_INFINITY, 9e15, true, null, undefined, '1969-12-31T23:59:59Z'])
    t.ok(Number.isNaN(instantOf(value, 'ms')));
});

t.test('paths', async (t) => {
  t.equal(valueAt({ a: { $b: 1 } }, 'a.$b'), 1);
  t.equal(valueAt({ a: [1] }, 'a.0'), undefined);
  t.equal(valueAt({}, 'constructor'), undefined);
});
