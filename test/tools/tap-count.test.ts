import t from 'tap';
import { countTap } from '../../tools/tap-count.ts';

const lines = (...text: readonly string[]): string => text.join('\n');

t.test('leaves count, subtests and files do not', async (t) => {
  const tap = lines(
    'TAP version 14',
    '# Subtest: test/a.test.ts',
    '    ok 1 - top',
    '    # Subtest: inner',
    '        ok 1 - x',
    '        ok 2 - y # time=3ms',
    '        1..2',
    '    ok 2 - inner # time=1ms',
    '    1..2',
    'ok 1 - test/a.test.ts # time=9ms',
    'ok 2 - a file without checks # SKIP no tests found',
    '1..2',
  );
  t.strictSame(countTap(tap), { passed: 3, skipped: 1, failed: [] });
});

t.test('a failure is named from the file down, once', async (t) => {
  const tap = lines(
    '# Subtest: test/a.test.ts',
    '    # Subtest: law',
    '        not ok 1 - equal',
    '          ---',
    '          source: |',
    '        ok 2 - text inside a diagnosis is no check',
    '          ...',
    '        ok 2 - other',
    '    not ok 1 - law # time=1ms',
    'not ok 1 - test/a.test.ts # time=9ms',
  );
  t.strictSame(countTap(tap), { passed: 1, skipped: 0, failed: ['test/a.test.ts > law > equal'] });
});

t.test('a file that fails without a failed check (exit code, plan) is a failure', async (t) => {
  const tap = lines(
    '# Subtest: test/b.test.ts',
    '    ok 1 - fine',
    '    1..1',
    'not ok 1 - test/b.test.ts # time=1ms',
    'not ok 2 - test/c.test.ts',
  );
  t.strictSame(countTap(tap), { passed: 1, skipped: 0, failed: ['test/b.test.ts', 'test/c.test.ts'] });
});

t.test('a failure in one file does not excuse the next', async (t) => {
  const tap = lines('    not ok 1 - x', 'not ok 1 - a', '    ok 1 - y', 'not ok 2 - b');
  t.strictSame(countTap(tap).failed, ['x', 'b']);
});

t.test('skipped and to-do checks neither pass nor fail', async (t) => {
  t.strictSame(countTap(lines('ok 1 - a # SKIP no Java', 'not ok 2 - b # TODO later', 'ok 3 - c # TODO')), {
    passed: 0,
    skipped: 3,
    failed: [],
  });
});

t.test('a run that bails out has failed', async (t) => {
  t.strictSame(countTap(lines('ok 1 - a', 'Bail out! broken')), { passed: 1, skipped: 0, failed: ['the run bailed out'] });
});
