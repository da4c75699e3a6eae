import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { STACK, unjoinAll } from './commands.ts';
import { POLICY } from './world.ts';

const TEXT = readFileSync(POLICY, 'utf8').replaceAll('../', `${join(POLICY, '..', '..')}/`);

/** Where `mark` begins in a text, as editors count. */
const positionOf = (text: string, mark: string): string => {
  const before = text.slice(0, text.indexOf(mark)).split('\n');
  return `${before.length}:${before[before.length - 1].length + 1}`;
};

const edit = (from: string, to: string): string => {
  if (!TEXT.includes(from)) throw new Error(`the policy has no ${from}`);
  return TEXT.replace(from, () => to);
};

t.test('lint names file, line and column, and ends with 78 for errors alone', async (t) => {
  const dir = t.testdir();
  const files: Readonly<Record<string, readonly [text: string, mark: string, severity: 'error' | 'warning']>> = {
    'no-role.yaml': [edit('serial: { role: identifier, kind: serial }', '#'), '', 'error'],
    'typo.yaml': [edit('purpose: find', 'purpos: find'), 'purpos:', 'error'],
    'low-k.yaml': [edit('k: 50', 'k: 11'), '11', 'error'],
    'no-schema.yaml': [edit('source/device.avsc', 'source/none.avsc'), '', 'error'],
    'no-ladder.yaml': [edit('ladders/result.csv', 'ladders/none.csv'), '', 'error'],
    'no-yaml.yaml': [`${TEXT}\n  - [`, '', 'error'],
    'careful.yaml': [edit('k: 50', 'k: 20'), '20\n    path:\n      - { place', 'warning'],
  };
  for (const [name, [text]] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const paths = Object.keys(files).map((name) => join(dir, name));
  const ended = await unjoinAll([
    ...paths.map((path) => ['lint', path]),
    ['lint', '--json', ...paths],
    ['lint', POLICY],
    ['lint', '--json', POLICY],
    ['lint', join(dir, 'none.yaml')],
    ['lint'],
  ]);
  const [all, good, goodJson, none, nothing] = ended.slice(paths.length);
  for (const [i, [name, [text, mark, severity]]] of Object.entries(files).entries()) {
    const { exit, stdout, stderr } = ended[i];
    t.equal(exit, severity === 'error' ? 78 : 0, name);
    const where = mark === '' ? '\\d+:\\d+' : positionOf(text, mark);
    t.match(stdout, new RegExp(`^${paths[i]}:${where} ${severity} [a-z0-9-]+: .+\\n {2}fix: .+`, 'm'), name);
    t.match(stdout, severity === 'error' ? /^[1-9]\d* errors?, /m : /^0 errors, [1-9]/m, name);
    t.equal(stderr, '', name);
    t.notMatch(stdout, STACK);
  }

  t.equal(all.exit, 78);
  const { issues, errors } = JSON.parse(all.stdout) as { issues: Record<string, unknown>[]; errors: number };
  t.ok(errors >= 6);
  t.strictSame([...new Set(issues.map((issue) => Object.keys(issue).sort().join(' ')))], ['code column file fix line message severity']);
  t.strictSame(new Set(issues.map(({ file }) => file)), new Set(paths), 'each file is checked, whatever the others hold');

  t.match(good, { exit: 0, stdout: '0 errors, 0 warnings\n', stderr: '' });
  t.strictSame(JSON.parse(goodJson.stdout), { issues: [], errors: 0 });
  t.match(none, { exit: 78, stdout: '', stderr: /policy-missing/ });
  t.match(nothing, { exit: 78 });
});
