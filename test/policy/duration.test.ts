import fc from 'fast-check';
import t from 'tap';
import { formatDuration, parseDuration } from '../../src/policy/duration.ts';

t.test('durations', async (t) => {
  const known: readonly (readonly [string, number])[] = [
    ['1ms', 1],
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
  ];
  for (const [text, ms] of known) t.equal(parseDuration(text), ms, text);
  const none = [
    '',
    '1',
    'h',
    '0h',
    '01h',
    '-1h',
    '1.5h',
    '1 h',
    '1H',
    '1h ',
    '1h\n',
    '1y',
    '1hh',
    '١h',
    `${'9'.repeat(30)}w`,
    '99999999999999d',
  ];
  for (const text of none) t.ok(Number.isNaN(parseDuration(text)), JSON.stringify(text));
});

t.test('what is formatted is read back', async (t) => {
  fc.assert(fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (ms) => parseDuration(formatDuration(ms)) === ms));
  t.equal(formatDuration(7 * 86_400_000), '7d');
  t.equal(formatDuration(90_000), '90s');
});
