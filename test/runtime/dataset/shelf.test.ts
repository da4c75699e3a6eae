import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DatasetError } from '../../../src/model/dataset-error.ts';
import type { LoadedIndex } from '../../../src/runtime/dataset/load.ts';
import { createShelf } from '../../../src/runtime/dataset/shelf.ts';
import { namedWorld, PLAN } from './named-world.ts';
import { someCards } from './world.ts';

const codeOf = (found: LoadedIndex | DatasetError): string => (found instanceof DatasetError ? found.code : 'loaded');
const [CARDS] = PLAN.datasets;

t.test('an index counts as long as its file is there, and is read once', async (t) => {
  const { shelf, register } = namedWorld(t);
  t.equal(codeOf(shelf.get(PLAN, CARDS, 'a'.repeat(64))), 'dataset-missing');
  const { path, digest } = await register(someCards(300));
  const loaded = shelf.get(PLAN, CARDS, digest);
  t.equal(codeOf(loaded), 'loaded');
  t.equal(shelf.get(PLAN, CARDS, digest), loaded);
  renameSync(path, `${path}.aside`);
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'dataset-missing');
  renameSync(`${path}.aside`, path);
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'loaded');
});

t.test('a file that is torn, changed or another one is not to be had until it is whole', async (t) => {
  const { shelf, register } = namedWorld(t);
  const { path, digest } = await register(someCards(300));
  const sound = readFileSync(path);
  writeFileSync(path, sound.subarray(0, 500));
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'dataset-index-broken', 'while it is copied');
  const changed = Buffer.from(sound);
  changed[sound.length >> 1] ^= 1;
  writeFileSync(path, changed);
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'dataset-index-broken');
  writeFileSync(path, sound);
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'loaded');
  const forged = `${digest.slice(0, 12)}${'0'.repeat(52)}`;
  t.equal(codeOf(shelf.get(PLAN, CARDS, forged)), 'dataset-index-broken', 'twelve digits of a digest are not the digest');
});

t.test('without its key it is tried again when somebody asks for that', async (t) => {
  const { shelf, register, keys } = namedWorld(t);
  const { digest, header } = await register(someCards(300));
  const secret = join(keys, `dataset.${header.keyId}.secret`);
  renameSync(secret, `${secret}.aside`);
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'dataset-key-missing');
  renameSync(`${secret}.aside`, secret);
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'dataset-key-missing', 'not by itself');
  shelf.refresh();
  t.equal(codeOf(shelf.get(PLAN, CARDS, digest)), 'loaded');
});

t.test('the one in force and the one before it are kept; an older one is read again', async (t) => {
  const { index, keys, register } = namedWorld(t);
  const shelf = createShelf({ index, keys });
  const digests: string[] = [];
  for (let i = 0; i < 3; i++) digests.push((await register(someCards(200 + i))).digest);
  const [one, two, three] = digests.map((digest) => shelf.get(PLAN, CARDS, digest));
  t.equal(shelf.get(PLAN, CARDS, digests[2]), three);
  t.equal(shelf.get(PLAN, CARDS, digests[1]), two);
  t.not(shelf.get(PLAN, CARDS, digests[0]), one);
  rmSync(index, { recursive: true });
  t.equal(codeOf(shelf.get(PLAN, CARDS, digests[1])), 'dataset-missing');
});
