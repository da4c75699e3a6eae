import fc from 'fast-check';
import t from 'tap';
import { DAY_MS, HOUR_MS, parseInstant, windowStart } from '../../src/model/time.ts';

t.test('RFC 3339: its own examples and edges', async (t) => {
  const cases: readonly (readonly [string, number])[] = [
    ['1985-04-12T23:20:50.52Z', 482_196_050_520],
    ['1996-12-19T16:39:57-08:00', 851_042_397_000],
    ['1937-01-01T12:00:27.87+00:20', -1_041_337_172_130],
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01 00:00:00Z', 0],
    ['1970-01-01T00:00:00-00:00', 0],
    ['2000-02-29T23:59:59.999999999Z', 951_868_799_999],
    ['2024-02-29T00:00:00.1+23:59', 1_709_078_460_100],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['9999-12-31T23:59:59Z', 253_402_300_799_000],
  ];
  for (const [text, ms] of cases) t.equal(parseInstant(text), ms, text);
});

t.test('what is no RFC 3339 date-time', async (t) => {
  const bad = [
    ...[
      '',
      '0',
      '1700000000',
      '2024-01-01',
      '2024-01-01T00:00Z',
      '2024-01-01T00:00:00',
      '2024-01-01T00:00:00.Z',
      '2024-01-01T00:00:00.1234567890Z',
    ],
    ...[
      '2024-00-01T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-01-00T00:00:00Z',
      '2024-01-32T00:00:00Z',
      '2024-04-31T00:00:00Z',
      '2023-02-29T00:00:00Z',
    ],
    ...['1900-02-29T00:00:00Z', '2024-01-01T24:00:00Z', '2024-01-01T00:60:00Z', '2024-01-01T00:00:60Z', '2024-01-01T00:00:00+24:00'],
    ...[
      '2024-01-01T00:00:00+00:60',
      '2024-01-01T00:00:00+0000',
      ' 2024-01-01T00:00:00Z',
      '2024-01-01T00:00:00Z\n',
      '+02024-01-01T00:00:00Z',
    ],
    ...['２０２４-01-01T00:00:00Z', 'Mon, 01 Jan 2024 00:00:00 GMT'],
  ];
  for (const text of bad) t.ok(Number.isNaN(parseInstant(text)), JSON.stringify(text));
});

t.test('agrees with the platform on every instant it can write', async () => {
  const instant = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) });
  fc.assert(fc.property(instant, (ms) => parseInstant(new Date(ms).toISOString()) === ms));
});

t.test('an offset moves an instant by itself', async () => {
  const two = (value: number) => String(value).padStart(2, '0');
  fc.assert(
    fc.property(fc.nat(23), fc.nat(59), fc.boolean(), (hours, minutes, isEast) => {
      const text = `2024-06-01T00:00:00${isEast ? '+' : '-'}${two(hours)}:${two(minutes)}`;
      return parseInstant(text) === Date.UTC(2024, 5, 1) - (isEast ? 1 : -1) * (hours * HOUR_MS + minutes * 60_000);
    }),
  );
});

t.test('windows tile time', async () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e13 }), fc.constantFrom(HOUR_MS, 6 * HOUR_MS, DAY_MS), (at, length) => {
      const start = windowStart(at, length);
      return start <= at && at < start + length && start % length === 0;
    }),
  );
});
