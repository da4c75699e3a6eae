import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CARDS, csvOf, someCards } from '../runtime/dataset/world.ts';
import { unjoinAll } from './commands.ts';
import { filesBelow, POLICY } from './world.ts';

const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);

writeFileSync(at('policy.yaml'), readFileSync(POLICY, 'utf8').replaceAll('../', `${join(POLICY, '..', '..')}/`) + CARDS);
writeFileSync(at('cards.csv'), csvOf(someCards(1000)));

const register = (...more: string[]): string[] => ['register', '--policy', at('policy.yaml'), '--in', at('cards.csv'), ...more];
const whole = ['--dataset', 'warranty-cards', '--keys', at('keys'), '--index', at('indexes')];

t.test('register says what it counted, and where the index is', async (t) => {
  const [text, json, dry] = await unjoinAll([
    register(...whole),
    register(...whole, '--as-of', '2026-01-01T00:00:00Z', '--json'),
    register('--dataset', 'warranty-cards', '--dry-run'),
  ]);
  t.equal(text.exit, 0, text.stderr);
  t.match(text.stdout, /warranty-cards: 1 000 rows, \d+ persons, 100\.0 % mapped, 0 not readable\nIndex .*\.index\nSHA-256 [0-9a-f]{64}\n/);
  const document = JSON.parse(json.stdout);
  t.match(document, { dataset: 'warranty-cards', asOf: '2026-01-01T00:00:00.000Z', rows: 1000, mapped: 1000, malformed: 0 });
  t.ok(document.index.includes(document.digest.slice(0, 12)));
  t.match(dry.stdout, /Nothing was written/);
  t.equal(filesBelow(at('indexes')).length, 2);
});

t.test('a command line that cannot be meant is refused', async (t) => {
  const cases: readonly (readonly [exit: number, code: string, args: string[]])[] = [
    [78, 'dataset-unknown', register('--dataset', 'cards', '--dry-run')],
    [78, 'usage', register('--dataset', 'warranty-cards', '--keys', at('keys'))],
    [78, 'as-of-invalid', register(...whole, '--as-of', 'yesterday')],
    [78, 'as-of-invalid', register(...whole, '--as-of', '9999-01-01T00:00:00Z')],
    [65, 'input-missing', ['register', '--policy', at('policy.yaml'), '--dataset', 'warranty-cards', '--in', at('no.csv'), '--dry-run']],
    [65, 'input-is-folder', ['register', '--policy', at('policy.yaml'), '--dataset', 'warranty-cards', '--in', dir, '--dry-run']],
    [
      65,
      'dataset-format',
      ['register', '--policy', at('policy.yaml'), '--dataset', 'warranty-cards', '--in', at('policy.yaml'), '--dry-run'],
    ],
  ];
  const ended = await unjoinAll(cases.map(([, , args]) => args));
  for (const [i, [exit, code]] of cases.entries()) t.match(ended[i], { exit, stderr: new RegExp(`unjoin: ${code}:`) }, code);
});
