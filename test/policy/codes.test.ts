import t from 'tap';
import { ISSUES } from '../../src/policy/codes.ts';
import { MISTAKES } from './mistakes.ts';

/** Codes of whole files, which no edit of the base policy gives, and where their tests are. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'policy-too-large': 'test/policy/parse.test.ts',
  'policy-too-deep': 'test/policy/parse.test.ts',
  'schema-unreadable': 'whoever reads the files gives it: test/plan.test.ts',
};

t.test('every code is produced by a test, and every produced code is told', async (t) => {
  const produced = new Set<string>([...MISTAKES.map(([code]) => code), ...Object.keys(ELSEWHERE)]);
  t.same(
    Object.keys(ISSUES).filter((code) => !produced.has(code)),
    [],
    'no code that nothing produces',
  );
  t.same(
    [...produced].filter((code) => !Object.hasOwn(ISSUES, code)),
    [],
    'no code without an entry',
  );
});

t.test('codes read as codes, and entries say something', async (t) => {
  for (const [code, { meaning, remedy, severity }] of Object.entries(ISSUES)) {
    t.match(code, /^[a-z0-9]+(-[a-z0-9]+)+$/, code);
    t.ok(meaning.length > 10 && remedy.length > 3, code);
    t.ok(severity === 'error' || severity === 'warning');
  }
});
