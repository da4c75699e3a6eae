import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { amongPercent, cardsOfFleet } from '../runtime/dataset/fleet.ts';
import { CARDS, type Card, csvOf, ndjsonOf, parquetOf } from '../runtime/dataset/world.ts';
import { STACK, unjoinAll } from './commands.ts';
import { envelopes, POLICY, writeEnvelopes } from './world.ts';

const FLEET = { devices: 900, count: 2400, seed: 8, spanMs: 3_600_000 } as const;

const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);

const isWhole = ({ model, os, version }: Card): boolean => model !== null && os !== null && version !== null;

/** One dataset of who has which device; it says nothing of places. */
const DATASET = CARDS.replace(/ {6}l(at|on):.*\n/g, '').replace(', presence-by-area', '');
const COLUMNS = ['customer', 'serial', 'model', 'os', 'version', 'name'];

t.test('verify holds a run against the true data of its datasets', async (t) => {
  const policy = readFileSync(POLICY, 'utf8')
    .replaceAll('../', `${join(POLICY, '..', '..')}/`)
    .replaceAll(/k: (20|50)/g, 'k: 12');
  writeFileSync(at('policy.yaml'), policy + DATASET.replace('kMap: 20', 'kMap: 12'));
  writeFileSync(at('other.yaml'), policy);
  writeEnvelopes(at('log.ndjson'), FLEET);
  const lines = envelopes(FLEET).map((envelope) => Buffer.from(JSON.stringify(envelope)));
  const cards = cardsOfFleet(lines, amongPercent(60)).filter(isWhole);
  const all = cardsOfFleet(lines, () => true).filter(isWhole);
  const bare = cards.map(({ lat: _, lon: __, ...card }): Card => card);
  writeFileSync(at('cards.csv'), csvOf(cards, COLUMNS));
  writeFileSync(at('cards.ndjson'), ndjsonOf(bare));
  writeFileSync(at('cards.parquet'), parquetOf(cards, COLUMNS));
  writeFileSync(at('some.csv'), csvOf(all.filter((_, i) => i % 3 === 0), COLUMNS)); // biome-ignore format: a line
  writeFileSync(at('lacking.csv'), csvOf(cards, COLUMNS.slice(1)));
  writeFileSync(at('empty.csv'), COLUMNS.join());
  writeFileSync(at('torn.csv'), `${csvOf(cards, COLUMNS)}\r\n"`);
  writeFileSync(at('cards.txt'), '');
  mkdirSync(at('folder.csv'));

  const keys = ['--keys', at('keys')];
  const run = ['--policy', at('policy.yaml'), '--in', at('log.ndjson'), '--out', at('out'), ...keys];
  const verify = (...more: string[]): string[] => ['verify', ...run, ...more];
  const dataset = (file: string, name = 'warranty-cards'): string[] => ['--dataset', `${name}=${at(file)}`];
  const refused: Readonly<Record<string, readonly [exit: number, code: string, args: readonly string[]]>> = {
    'no name': [78, 'usage', verify('--dataset', at('cards.csv'))],
    'no file': [78, 'usage', verify('--dataset', 'warranty-cards=')],
    'one dataset twice': [78, 'usage', verify(...dataset('cards.csv'), ...dataset('cards.ndjson'))],
    'a missing file': [65, 'input-missing', verify(...dataset('typo.csv'))],
    'a folder': [65, 'input-is-folder', verify(...dataset('folder.csv'))],
    'a dataset that the policy does not declare': [78, 'dataset-unknown', verify(...dataset('cards.csv', 'cards'))],
    'a policy without datasets': [
      78,
      'dataset-unknown',
      ['verify', '--policy', at('other.yaml'), ...run.slice(2), ...dataset('cards.csv')],
    ],
    'another format': [65, 'dataset-format', verify(...dataset('cards.txt'))],
    'a column less': [65, 'dataset-column-missing', verify(...dataset('lacking.csv'))],
    'no rows': [65, 'dataset-empty', verify(...dataset('empty.csv'))],
    'rows that cannot be read': [65, 'dataset-malformed', verify(...dataset('torn.csv'))],
  };
  const passing = ['cards.csv', 'cards.ndjson', 'cards.parquet'].map((file) => verify(...dataset(file), '--json'));
  const [registered, ran, without, wrong, ...ended] = await unjoinAll([
    ['register', '--policy', at('policy.yaml'), '--dataset', 'warranty-cards', '--in', at('cards.csv'), '--as-of', '2026-01-05T00:00:00Z', ...keys, '--index', at('indexes')],
    ['run', ...run, '--datasets', at('indexes'), '--json'],
    verify('--json'),
    verify(...dataset('some.csv'), '--json'),
    ...passing,
    ...Object.values(refused).map(([, , args]) => args),
  ]); // biome-ignore format: a list
  t.equal(registered.exit, 0, registered.stderr);
  t.equal(ran.exit, 0, ran.stderr);
  const findingsOf = (stdout: string): Map<string, { verdict: string; note: string }> =>
    new Map((JSON.parse(stdout).findings as { id: string; verdict: string; note: string }[]).map((finding) => [finding.id, finding]));

  t.equal(without.exit, 0, without.stderr);
  for (const id of ['I11', 'I12'])
    t.match(findingsOf(without.stdout).get(id), { verdict: 'not-applicable', note: /needs the true data of warranty-cards/ });
  for (const { exit, stdout, stderr } of ended.slice(0, passing.length)) {
    t.equal(exit, 0, stderr || stdout);
    const [, persons, tuples] = /(\d+) persons joined with (\d+) tuples of 1 view/.exec(findingsOf(stdout).get('I11')?.note ?? '') ?? [];
    t.equal(Number(persons), new Set(cards.map(({ customer }) => customer)).size);
    t.ok(Number(tuples) > 0);
    for (const id of ['I11', 'I12']) t.equal(findingsOf(stdout).get(id)?.verdict, 'pass');
  }
  t.equal(wrong.exit, 1, 'the gate was guarded by other persons');
  t.match(findingsOf(wrong.stdout).get('I11'), { verdict: 'fail', note: /fewer than kMap persons certainly match/ });
  for (const [i, [what, [exit, code]]] of Object.entries(refused).entries()) {
    const found = ended[passing.length + i];
    t.match(found, { exit, stdout: '', stderr: new RegExp(`unjoin: ${code}:`) }, what);
    t.notMatch(found.stderr, STACK);
  }
});
