import { rmSync } from 'node:fs';
import t from 'tap';
import type { DatasetError } from '../../src/model/dataset-error.ts';
import { filesFor, trueDatasets } from '../../src/runtime/verify-datasets.ts';
import { CARDS, csvOf, folder, policyText, put, someCards } from './dataset/world.ts';

const dir = folder();
t.teardown(() => rmSync(dir, { recursive: true }));
const FILES = new Map([['warranty-cards', put(dir, 'cards.csv', csvOf(someCards(5000)))]]);

t.test('the rows come by the columns of the policy, and what is dropped is never read', async (t) => {
  const [{ name, rows }] = trueDatasets(policyText(), FILES);
  t.equal(name, 'warranty-cards');
  let count = 0;
  for await (const block of rows) {
    t.equal(block.columns.length, 8);
    t.equal(Buffer.from(block.columns[0].bytes.subarray(block.columns[0].start[0], block.columns[0].start[0] + 4)).toString(), 'ACC-');
    t.ok(block.columns[7].length.every((length) => length === -1), 'a name'); // biome-ignore format: a line
    count += block.count;
  }
  t.equal(count, 5000);
});

t.test('a name that is not there is told before anything is read', async (t) => {
  t.throws(() => trueDatasets(policyText(''), FILES), { code: 'dataset-unknown' } satisfies Partial<DatasetError>);
  t.throws(() => trueDatasets(policyText(), new Map([['toString', 'x.csv']])), { code: 'dataset-unknown' });
});

t.test('another policy that decided is held against a file when its columns are those of the file', async (t) => {
  const own = policyText();
  const looser = policyText(CARDS.replace('kMap: 20', 'kMap: 50').replace(', presence-by-area', ''));
  t.same([...filesFor(looser, own, FILES).keys()], ['warranty-cards']);
  t.same([...filesFor(policyText(CARDS.replace(/ {6}serial.*\n/, '')), own, FILES).keys()], [], 'a column less');
  t.same([...filesFor(policyText(''), own, FILES).keys()], [], 'no datasets');
});
