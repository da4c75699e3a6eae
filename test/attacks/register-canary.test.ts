import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { unjoinAll } from '../cli/commands.ts';
import { filesBelow, POLICY } from '../cli/world.ts';
import { type Card, csvOf, ndjsonOf, parquetOf } from '../runtime/dataset/world.ts';
import { createCanaries } from './canaries.ts';
import { createSearch } from './forms.ts';

const canaries = createCanaries('register');
const COLUMNS = ['customer', 'serial', 'mac', 'model', 'lat', 'lon', 'name'];

/** Persons whose every identifier and position occurs nowhere else. */
const cards: readonly Card[] = Array.from({ length: 2000 }, () => ({
  customer: canaries.text('acc'),
  serial: canaries.text('sn'),
  mac: canaries.mac(),
  model: 'WSD005',
  lat: canaries.position(52.5),
  lon: canaries.position(13.5),
  name: canaries.text('Mia'),
}));

const DATASETS = `
datasets:
  cards:
    guards: [device-health, presence-by-area]
    person: [customer, name]
    columns:
      customer: { role: direct, kind: account-id }
      serial: { role: direct, kind: serial }
      mac: { role: direct, kind: mac }
      model: { attribute: model }
      lat: { attribute: place, axis: lat }
      lon: { attribute: place, axis: lon }
      name: { role: drop }
    maxAge: 7d
`;

const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);
const files = (below: string): string[] => filesBelow(at(below));

writeFileSync(at('policy.yaml'), readFileSync(POLICY, 'utf8').replaceAll('../', `${join(POLICY, '..', '..')}/`) + DATASETS);
writeFileSync(at('cards.csv'), csvOf(cards, COLUMNS));
writeFileSync(at('cards.ndjson.gz'), gzipSync(ndjsonOf(cards)));
writeFileSync(at('cards.parquet'), parquetOf(cards, COLUMNS));
writeFileSync(at('headless.csv'), csvOf(cards, COLUMNS).split('\r\n').slice(1).join('\r\n'));
writeFileSync(at('torn.csv'), csvOf(cards, COLUMNS).replaceAll('WSD005', 'WS"D005'));
writeFileSync(at('torn.ndjson'), ndjsonOf(cards).replaceAll('"WSD005"', 'WSD005'));
writeFileSync(at('more.ndjson'), ndjsonOf(cards.map((card, i) => ({ ...card, [`column ${card['name']}`]: i }))));
writeFileSync(at('cut.parquet'), readFileSync(at('cards.parquet')).subarray(0, -200));
writeFileSync(at('cut.csv.gz'), gzipSync(csvOf(cards, COLUMNS)).subarray(0, -200));
writeFileSync(at('strange.csv'), csvOf(cards.map((card) => ({ ...card, model: card['name'] })), COLUMNS)); // biome-ignore format: one thing
mkdirSync(at('tmp'));

const register = (file: string, ...more: string[]): string[] => [
  ...['register', '--policy', at('policy.yaml'), '--dataset', 'cards', '--in', at(file)],
  ...['--keys', at('keys'), '--index', at('indexes'), ...more],
];

t.test('no identifier and no position of a registered person, in any form, is in what registration leaves or says', async (t) => {
  t.ok(canaries.all.length >= 10_000, `${canaries.all.length} canaries`);
  const search = createSearch(new Set(canaries.all));
  const lines: readonly (readonly [exit: number, args: readonly string[]])[] = [
    [0, register('cards.csv')],
    [0, register('cards.ndjson.gz', '--json')],
    [0, register('cards.parquet', '--as-of', '2026-01-01T00:00:00Z')],
    [0, register('cards.csv', '--dry-run', '--json')],
    ...['headless.csv', 'torn.csv', 'torn.ndjson', 'more.ndjson', 'cut.parquet', 'cut.csv.gz', 'strange.csv'].flatMap(
      (file): [number, string[]][] => [
        [65, register(file)],
        [65, register(file, '--json')],
      ],
    ),
    [78, ['register', '--policy', at('cards.csv'), '--dataset', 'cards', '--in', at('cards.csv'), '--dry-run']],
    [78, ['run', '--policy', at('policy.yaml'), '--in', at('more.ndjson'), '--out', at('out')]],
  ];
  const ended = await unjoinAll(
    lines.map(([, args]) => args),
    { TMPDIR: at('tmp') },
  );
  for (const [i, { exit, stdout, stderr }] of ended.entries()) {
    t.equal(exit, lines[i][0], `${lines[i][1].slice(4).join(' ')}: ${stderr}`);
    t.strictSame(search.in(Buffer.from(stdout + stderr)), [], `what ${lines[i][1].join(' ')} says`);
  }
  t.equal(files('indexes').length, 3, 'three registrations, and nothing of those that were refused');
  t.equal(files('keys').length, 3);
  t.strictSame(files('tmp').filter((name) => !/^tsx-|node-compile-cache/.test(name)), []); // biome-ignore format: a sentence
  for (const folder of ['indexes', 'keys']) {
    for (const name of files(folder)) {
      t.strictSame(search.in(readFileSync(at(folder, name))), [], name);
      t.strictSame(search.in(Buffer.from(name)), [], `the name ${name}`);
      t.equal(statSync(at(folder, name)).mode & 0o777, 0o600);
    }
  }
  t.ok(search.in(readFileSync(at('cards.csv'))).length >= 10_000, 'the search finds them where they are');
});
