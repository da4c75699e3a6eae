import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DatasetError } from '../../../src/model/dataset-error.ts';
import { KeyError } from '../../../src/model/keys.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { loadDatasets } from '../../../src/runtime/dataset/load.ts';
import { registerDataset } from '../../../src/runtime/dataset/register.ts';
import type { StoredIndex } from '../../../src/runtime/dataset/store.ts';
import { CARDS, csvOf, folder, planWith, put, someCards } from './world.ts';

const PLAN = planWith();
const DAY_MS = 86_400_000;
const AS_OF = Date.UTC(2026, 10, 20);

const registered = async (dir: string, count = 300, asOfMs = AS_OF, plan: Plan = PLAN): Promise<StoredIndex> => {
  const input = put(dir, `cards-${count}.csv`, csvOf(someCards(count)));
  const folders = { keys: join(dir, 'keys'), index: join(dir, 'indexes') };
  const { stored } = await registerDataset({ plan, dataset: plan.datasets[0], input, ...folders, asOfMs, isDry: false });
  if (stored === null) throw new Error('nothing was stored');
  return stored;
};

const load = (dir: string, plan: Plan = PLAN) => loadDatasets(plan, { keys: join(dir, 'keys'), index: join(dir, 'indexes') });

const refusal = (dir: string, plan: Plan = PLAN): string => {
  try {
    load(dir, plan);
    return 'loaded';
  } catch (error) {
    if (error instanceof DatasetError || error instanceof KeyError) return error.code;
    throw error;
  }
};

const temporary = (t: { teardown(work: () => void): void }): string => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  return dir;
};

t.test('an index answers for each guarded view, and knows until when', async (t) => {
  const dir = temporary(t);
  await registered(dir);
  const { controls, stored } = load(dir);
  t.same(
    controls.datasets.map(({ dataset, view, kMap, untilMs, columns }) => ({ dataset, view, kMap, untilMs, columns })),
    [
      { dataset: 'warranty-cards', view: 0, kMap: 20, untilMs: AS_OF + 7 * DAY_MS, columns: 3 },
      { dataset: 'warranty-cards', view: 2, kMap: 20, untilMs: AS_OF + 7 * DAY_MS, columns: 1 },
    ],
    'of the area there is the place, not the time',
  );
  t.same(
    controls.direct.map(({ dataset, view, untilMs }) => ({ dataset, view, untilMs })),
    [0, 2].map((view) => ({ dataset: 'warranty-cards', view, untilMs: AS_OF + 7 * DAY_MS })),
  );
  const [health] = controls.datasets;
  const last = PLAN.views[0].path.length - 1;
  const persons = new Set(someCards(300).map(({ customer }) => customer)).size;
  const ladder = PLAN.events[0].attributes[PLAN.views[0].attributes[0]].ladder;
  const families = PLAN.events[0].attributes[PLAN.views[0].attributes[1]].ladder;
  let found = 0;
  for (let category = 0; category < 40; category++) {
    for (let family = 0; family < 30; family++) {
      const count = health.possible(last, Int32Array.of(category, family));
      found += count;
      t.equal(count, health.certain(last, Int32Array.of(category, family)));
      if (count > 0) t.match(`${ladder.text(3, category)} ${families.text(2, family)}`, /(zephyr|freertos)$/);
    }
  }
  t.ok(found >= persons, 'every person is in some class of the coarsest level');
  t.equal(stored[0].header.persons, persons);
});

t.test('the newest as-of time counts', async (t) => {
  const dir = temporary(t);
  await registered(dir, 300, AS_OF);
  const newer = await registered(dir, 200, AS_OF + DAY_MS);
  await registered(dir, 100, AS_OF - DAY_MS);
  t.equal(load(dir).stored[0].digest, newer.digest);
});

t.test('an index that was made for the next policy does not hide the one of this', async (t) => {
  const dir = temporary(t);
  const own = await registered(dir, 300, AS_OF);
  const next = planWith(CARDS.replace('person: [customer]', 'person: [serial]'));
  const other = await registered(dir, 200, AS_OF + DAY_MS, next);
  t.equal(load(dir).stored[0].digest, own.digest);
  t.equal(load(dir, next).stored[0].digest, other.digest);
});

t.test('an index that is not there, or not what it was, does not load', async (t) => {
  const dir = temporary(t);
  t.equal(refusal(dir), 'dataset-missing');
  const { path, digest } = await registered(dir);
  const sound = readFileSync(path);
  t.equal(refusal(dir), 'loaded');
  for (const at of [0, 3, 20, 90, sound.length >> 1, sound.length - 1]) {
    const changed = Buffer.from(sound);
    changed[at] ^= 1;
    writeFileSync(path, changed);
    t.equal(refusal(dir), 'dataset-index-broken', `a bit of byte ${at}`);
  }
  for (const length of [0, 4, 200, sound.length - 1]) {
    writeFileSync(path, sound.subarray(0, length));
    t.equal(refusal(dir), 'dataset-index-broken', `torn at ${length}`);
  }
  writeFileSync(path, sound);
  const other = path.replace(digest.slice(0, 12), '0123456789ab');
  copyFileSync(path, other);
  t.equal(refusal(dir), 'dataset-index-broken', 'a name that is not its own');
  rmSync(other);
  t.equal(refusal(dir), 'loaded');
});

t.test('an index without its key does not load, nor one whose key others can read', async (t) => {
  const dir = temporary(t);
  const { header } = await registered(dir);
  const secret = join(dir, 'keys', `dataset.${header.keyId}.secret`);
  const sound = readFileSync(secret);
  renameSync(secret, `${secret}.aside`);
  t.equal(refusal(dir), 'dataset-key-missing');
  writeFileSync(secret, Buffer.alloc(64, 7).toString('base64'), { mode: 0o600 });
  t.equal(refusal(dir), 'dataset-key-missing', 'another key');
  writeFileSync(secret, sound);
  chmodSync(secret, 0o644);
  t.equal(refusal(dir), 'key-file-mode');
  chmodSync(secret, 0o600);
  t.equal(refusal(dir), 'loaded');
});

t.test('an index of other columns, paths or ladders does not load; kMap and age may change', async (t) => {
  const dir = temporary(t);
  await registered(dir);
  const foreign = [
    CARDS.replace('[device-health, presence-by-area]', '[device-health, presence-by-area, feature-usage]'),
    CARDS.replace('person: [customer]', 'person: [serial]'),
    CARDS.replace('{ role: direct, kind: serial }', '{ role: drop }'),
    CARDS.replace('kind: serial', 'kind: imei'),
  ];
  for (const text of foreign) t.equal(refusal(dir, planWith(text)), 'dataset-index-foreign', text);
  t.equal(refusal(dir, planWith(CARDS.replace('kMap: 20', 'kMap: 50').replace('7d', '30d'))), 'loaded');
});
