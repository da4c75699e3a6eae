import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { decodeBody } from '../../../src/control/dataset/codec.ts';
import { DatasetError } from '../../../src/model/dataset-error.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { loadKeys } from '../../../src/runtime/dataset/keys.ts';
import { datasetRecord, type Registration, registerDataset } from '../../../src/runtime/dataset/register.ts';
import { openBody, type StoredIndex } from '../../../src/runtime/dataset/store.ts';
import { CARDS, type Card, COLUMNS, csvOf, folder, ndjsonOf, parquetOf, planWith, put, someCards } from './world.ts';

const PLAN = planWith();
const AS_OF = Date.UTC(2026, 10, 20);

const registration = (dir: string, input: string, plan: Plan = PLAN): Registration => ({
  plan,
  dataset: plan.datasets[0],
  input,
  keys: join(dir, 'keys'),
  index: join(dir, 'indexes'),
  asOfMs: AS_OF,
  isDry: false,
});

const refusal = async (input: string, plan: Plan = PLAN): Promise<string> => {
  const dir = folder();
  try {
    await registerDataset(registration(dir, input, plan));
    return 'registered';
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    const left = existsSync(join(dir, 'keys')) || existsSync(join(dir, 'indexes'));
    return `${error.code}${left ? ', but something was left' : ''}: ${error.message}`;
  } finally {
    rmSync(dir, { recursive: true });
  }
};

/** What an index says, without what is random: the counts, and how many values join. */
const contentOf = (dir: string, stored: StoredIndex): unknown => {
  const keys = loadKeys(join(dir, 'keys'), stored.header.keyId, PLAN.prf);
  const body = decodeBody(openBody(stored, keys.seal), PLAN, PLAN.datasets[0]);
  return { counts: body?.counts, kinds: body?.direct.kinds, values: body?.direct.bloom.blocks.map(({ count }) => count) };
};

t.test('CSV, NDJSON and Parquet of one dataset give one index', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const cards = someCards(5000).map((card, i): Card => (i % 100 === 0 ? { ...card, version: null } : card));
  const files = [
    put(dir, 'cards.csv', csvOf(cards)),
    put(dir, 'cards.csv.gz', gzipSync(`\ufeff${csvOf(cards)}\r\n\r\n`)),
    put(dir, 'cards.ndjson', ndjsonOf(cards)),
    put(dir, 'cards.parquet', parquetOf(cards)),
  ];
  const contents: unknown[] = [];
  for (const file of files) {
    const { registered, stored } = await registerDataset(registration(dir, file));
    t.match(registered, { rows: 5000, mapped: 4950, malformed: 0 }, file);
    t.equal(registered.persons, new Set(cards.map(({ customer }) => customer)).size);
    contents.push(contentOf(dir, stored as StoredIndex));
  }
  for (const content of contents) t.strictSame(content, contents[0]);
  t.match(contents[0], { kinds: ['account-id', 'serial', 'position'], values: [1024, 2048, 4096, 7832] });
});

t.test('what is left is one file a registration, its key, and what a control record needs', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const input = put(dir, 'cards.csv', csvOf(someCards(100)));
  const { stored } = await registerDataset(registration(dir, input));
  if (stored === null) throw new Error('nothing was stored');
  t.strictSame(readdirSync(join(dir, 'indexes')), [`warranty-cards.${stored.digest.slice(0, 12)}.index`]);
  t.strictSame(readdirSync(join(dir, 'keys')), [`dataset.${stored.header.keyId}.secret`]);
  t.equal(statSync(stored.path).mode & 0o777, 0o600);
  t.equal(statSync(join(dir, 'keys', `dataset.${stored.header.keyId}.secret`)).mode & 0o777, 0o600);
  t.strictSame(datasetRecord(stored), {
    kind: 'dataset',
    name: 'warranty-cards',
    digest: stored.digest,
    basis: PLAN.datasets[0].basis,
    asOf: Date.UTC(2026, 10, 20),
    rows: 100,
    persons: new Set(someCards(100).map(({ customer }) => customer)).size,
  });
  const again = await registerDataset(registration(dir, input));
  t.not(again.stored?.digest, stored.digest, 'a fresh key each time: two registrations cannot be compared');
  const dry = folder();
  t.teardown(() => rmSync(dry, { recursive: true }));
  t.equal((await registerDataset({ ...registration(dry, input), isDry: true })).stored, null);
  t.strictSame(readdirSync(dry), [], 'a dry run leaves nothing');
});

t.test('a file that would leave persons without a guard is refused, and nothing is left', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const cards = someCards(1000);
  const change = (count: number, by: Card): Card[] => cards.map((card, i) => (i < count ? { ...card, ...by } : card));
  const csv = (name: string, from: readonly Card[]): string => put(dir, `${name}.csv`, csvOf(from));
  t.equal(await refusal(csv('unlisted', change(20, { model: 'Very Special' }))), 'registered', '98 % are enough');
  const unmapped = /^dataset-unmapped: 98 % of rows .* of 1000 rows 979 are$/;
  t.match(await refusal(csv('unlisted-more', change(21, { model: 'Very Special' }))), unmapped);
  t.match(await refusal(csv('unnamed', change(21, { os: null }))), unmapped, 'an axis that is missing');
  t.match(await refusal(csv('foreign', change(21, { os: 'Anthill OS' }))), unmapped, 'a system that no list has');
  t.match(await refusal(csv('nowhere', change(21, { lat: 0, lon: 0 }))), unmapped);
  t.match(await refusal(csv('misspelt', change(1000, { model: 'Model X' }))), /^dataset-unmapped/);
  t.match(await refusal(csv('empty', [])), /^dataset-empty/);
  t.match(await refusal(put(dir, 'nothing.csv', '')), /^dataset-empty/);
  t.match(await refusal(put(dir, 'nothing.ndjson', '\n')), /^dataset-empty/);
  const torn = csvOf(cards).split('\r\n');
  const oneBad = [...torn.slice(0, 500), 'a,b', ...torn.slice(500)].join('\r\n');
  t.equal(await refusal(put(dir, 'bad.csv', oneBad.replace('\r\nACC-000001', '\r\nACC-000001'))), 'registered', 'one row of 1001');
  const twoBad = [...torn.slice(0, 500), 'a,b', 'Mia "Example', ...torn.slice(500)].join('\r\n');
  t.match(await refusal(put(dir, 'worse.csv', twoBad)), /^dataset-malformed: at most 0.1 % .* of 1002 rows 2 cannot$/);
});

t.test('columns are those that the policy declares, and what the file calls others is not told', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const cards = someCards(10).map((card): Card => ({ ...card, Canary: 'Canary' }));
  const more = [...COLUMNS, 'Canary'];
  const fewer = COLUMNS.filter((column) => column !== 'version');
  const undeclared = /^dataset-column-undeclared: declared columns only; (column 9 of the file is none|row 1 has another)$/;
  const missing = /^dataset-column-missing: a column `version`, which the policy declares$/;
  t.match(await refusal(put(dir, 'more.csv', csvOf(cards, more))), undeclared);
  t.match(await refusal(put(dir, 'more.ndjson', ndjsonOf(cards))), undeclared);
  t.match(await refusal(put(dir, 'more.parquet', parquetOf(cards, more))), undeclared);
  t.match(await refusal(put(dir, 'fewer.csv', csvOf(cards, fewer))), missing);
  t.match(await refusal(put(dir, 'fewer.ndjson', ndjsonOf(cards.map(({ version: _, Canary: __, ...card }) => card)))), missing);
  t.match(await refusal(put(dir, 'fewer.parquet', parquetOf(cards, fewer))), missing);
  t.match(await refusal(put(dir, 'twice.csv', csvOf(cards, [...COLUMNS, 'model']))), /^dataset-column-doubled: .*`model`/);
  t.match(await refusal(put(dir, 'bare.csv', csvOf(cards).split('\r\n').slice(1).join('\n'))), /column 1 of the file/, 'no header');
});

t.test('files that are not what their names say are refused without a word of them', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  t.match(await refusal(put(dir, 'cards.xlsx', 'x')), /^dataset-format/);
  t.match(await refusal(put(dir, 'text.parquet', 'Mia Example, Main Street 1')), /^dataset-unreadable/);
  t.match(await refusal(put(dir, 'cut.parquet', parquetOf(someCards(2000)).subarray(0, 9000))), /^dataset-unreadable/);
  t.match(await refusal(put(dir, 'text.csv.gz', 'Mia Example')), /^dataset-unreadable/);
  t.match(await refusal(put(dir, 'text.ndjson.gz', 'Mia Example')), /^dataset-unreadable/);
  t.match(await refusal(join(dir, 'missing.csv')), /^dataset-unreadable/);
  const open = `${csvOf(someCards(3))}\r\n"${'x'.repeat(3 << 20)}`;
  t.match(await refusal(put(dir, 'open.csv', open)), /^dataset-unreadable: records of at most 1 MiB/);
  t.match(await refusal(put(dir, 'header.csv', 'a"b,c\n1,2\n')), /^dataset-unreadable: a header/);
});

t.test('a row that nobody can read stands for somebody who could be anybody', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const lines = ndjsonOf(someCards(3000)).split('\n');
  lines[7] = '{"customer":"A","customer":"B"}';
  lines[8] = '{"customer":"A","model":["WSD005"]}';
  lines[9] = '[1]';
  const { registered, stored } = await registerDataset(registration(dir, put(dir, 'cards.ndjson', lines.join('\n'))));
  t.match(registered, { rows: 3000, malformed: 3, mapped: 2997 });
  const { counts } = contentOf(dir, stored as StoredIndex) as { counts: { width: number; chains: Int32Array }[] };
  for (const { width, chains } of counts) {
    const unknown = Array.from({ length: chains.length / width }, (_, i) => chains.subarray(i * width, (i + 1) * width));
    t.equal(unknown.filter((chain) => chain.every((code) => code === -1)).length, 1);
  }
});

t.test('without person columns each row is a person', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const plan = planWith(CARDS.replace('    person: [customer]\n', ''));
  const { registered } = await registerDataset(registration(dir, put(dir, 'cards.csv', csvOf(someCards(700))), plan));
  t.equal(registered.persons, 700);
});

t.test('spellings of one person are one person', async (t) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const cards = someCards(100).map((card, i): Card => ({ ...card, customer: ['ACC-1', 'acc 1', 'ＡＣＣ_1'][i % 3] }));
  const { registered } = await registerDataset(registration(dir, put(dir, 'cards.csv', csvOf(cards))));
  t.equal(registered.persons, 1);
  t.ok(readFileSync(join(dir, 'cards.csv')).length > 0, 'the file stays as it is');
});
