import fc from 'fast-check';
import t from 'tap';
import { MAX_POLICY_CHARS, MAX_POLICY_DEPTH, parsePolicy } from '../../src/policy/parse.ts';
import { BASE } from './world.ts';

const codesOf = (text: string): string[] => [...new Set(parsePolicy(text, 'p.yaml').issues.map(({ code }) => code))];

t.test('a policy and its places', async (t) => {
  const { policy, issues, locate } = parsePolicy(BASE, 'p.yaml');
  t.same(issues, []);
  t.equal(policy?.name, 'base');
  const lines = BASE.split('\n');
  const at = (line: number, column: number): string => lines[line - 1].slice(column - 1);
  const place = (...path: (string | number)[]): string => {
    const { line, column } = locate(path);
    return at(line, column);
  };
  t.match(place('views', 'usage', 'k'), /^k: 20/);
  t.match(place('views', 'usage', 'path', 1), /^{ model: brand, operation: group }/);
  t.match(place('views', 'usage', 'path', 1, 'operation'), /^operation: group }/);
  t.match(place('events', 'operation', 'fields', 'os.name'), /^os\.name:/);
  t.match(place('views', 'usage', 'nothing', 'below'), /^usage:/, 'what is not there is missed where it should be');
  t.same(locate([]), { line: 2, column: 1 });
  const value = locate(['views', 'usage', 'k'], 'value');
  t.match(at(value.line, value.column), /^20$/);
});

t.test('bombs are refused, and cost little', async (t) => {
  const long = 100_000;
  const bombs: readonly (readonly [string, string, string])[] = [
    ['size', '#'.repeat(MAX_POLICY_CHARS + 1), 'policy-too-large'],
    ['lists', '['.repeat(long), 'policy-too-deep'],
    ['maps', '{a: '.repeat(long / 2), 'policy-too-deep'],
    ['mixed', '[{a: '.repeat(long / 4), 'policy-too-deep'],
    ['dashes', '- '.repeat(long), 'policy-too-deep'],
    ['questions', '? '.repeat(long), 'policy-too-deep'],
    ['a little too deep', '['.repeat(MAX_POLICY_DEPTH + 1), 'policy-too-deep'],
    [
      'laughs',
      `a: &a [x]\n${'bcdefgh'
        .split('')
        .map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]},`.repeat(9)}]`)
        .join('\n')}`,
      'policy-alias',
    ],
    ['loop', 'a: &a [*a]', 'policy-alias'],
    ['merge', 'a: &a {x: 1}\nb: {<<: *a}', 'policy-alias'],
    ['code', 'a: !!js/function "function () { }"', 'policy-tag'],
    ['date', 'name: !!timestamp 2001-01-01', 'policy-tag'],
    ['set', 'name: !!set {a}', 'policy-tag'],
    ['quotes', '"'.repeat(20_001), 'policy-syntax'],
    ['keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'), 'policy-unknown-key'],
    ['same keys', 'k: 1\n'.repeat(20_000), 'policy-duplicate-key'],
    ['pollution', '__proto__: {unjoin: 1, name: x}', 'policy-unknown-key'],
    ['empty', '', 'policy-wrong-type'],
    ['comment', '# nothing', 'policy-wrong-type'],
    ['list', '- a', 'policy-wrong-type'],
    ['number', '7', 'policy-wrong-type'],
  ];
  for (const [name, text, code] of bombs) {
    const { policy, issues } = parsePolicy(text, 'p.yaml');
    t.equal(policy, null, name);
    t.ok(issues.length <= 100, 'and what is said about it is bounded');
    t.ok(codesOf(text).includes(code), `${name}: ${code}`, { found: codesOf(text).slice(0, 5) });
  }
  t.equal(Object.hasOwn(Object.prototype, 'unjoin'), false);
});

t.test('deep enough is allowed', async (t) => {
  t.notOk(codesOf(`name: ${'['.repeat(MAX_POLICY_DEPTH)}${']'.repeat(MAX_POLICY_DEPTH)}`).includes('policy-too-deep'));
  t.notOk(
    codesOf(`name: "${'['.repeat(500)}"\nepoch: 7d # ${'{'.repeat(500)}`).includes('policy-too-deep'),
    'brackets in texts do not nest',
  );
});

t.test('any text gives a policy or issues, never both or an exception', async () => {
  const piece = fc.constantFrom(
    ...BASE.split(/(?<=[\s{}[\],:])/),
    '&a',
    '*a',
    '!x',
    '"',
    "'",
    '|',
    '>',
    '\t',
    '\u0000',
    '%YAML 9\n',
    '---',
    '? ',
    '- ',
  );
  const edits = fc.tuple(fc.nat({ max: BASE.length }), fc.nat({ max: 12 }), fc.array(piece, { maxLength: 3 }));
  fc.assert(
    fc.property(edits, ([at, drop, pieces]) => {
      const text = BASE.slice(0, at) + pieces.join('') + BASE.slice(at + drop);
      const { policy, issues } = parsePolicy(text, 'p.yaml');
      const lines = text.split(/\r\n|\n|\r/);
      return (
        (policy === null) === issues.length > 0 &&
        issues.every(
          ({ line, column }) => line >= 1 && line <= lines.length + 1 && column >= 1 && column <= (lines[line - 1] ?? '').length + 2,
        )
      );
    }),
    { numRuns: 200 },
  );
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => parsePolicy(text, 'p.yaml').issues.length > 0));
});

t.test('line ends of other systems and a byte order mark change nothing', async (t) => {
  t.same(parsePolicy(BASE.replaceAll('\n', '\r\n'), 'p.yaml').policy, parsePolicy(BASE, 'p.yaml').policy);
  t.same(parsePolicy(`\ufeff${BASE}`, 'p.yaml').policy, parsePolicy(BASE, 'p.yaml').policy);
});
