import { renameSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { surveyDatasets } from '../../../src/runtime/dataset/survey.ts';
import { DAY_MS, losing, namedWorld, naming, PLAN, START_MS } from './named-world.ts';
import { someCards } from './world.ts';

t.test('how a dataset stands: by the control log, or by the newest of the folder', async (t) => {
  const world = namedWorld(t);
  const state = (lines: ReturnType<typeof naming> | null, nowMs = START_MS): unknown[] =>
    surveyDatasets(PLAN, world, lines, nowMs).map(({ code, digest, untilMs }) => [code, digest, untilMs]);
  t.strictSame(state(null), [['dataset-missing', null, null]]);
  t.strictSame(state([]), [['dataset-unnamed', null, null]]);
  const [one, two] = [await world.register(someCards(300)), await world.register(someCards(200), START_MS)];
  const log = naming([one, START_MS]);
  t.strictSame(state(log), [[null, one.digest, START_MS + 6 * DAY_MS]]);
  t.strictSame(state(null), [[null, two.digest, START_MS + 7 * DAY_MS]]);
  t.strictSame(state(log, START_MS + 6 * DAY_MS + 1), [['dataset-stale', one.digest, START_MS + 6 * DAY_MS]]);
  t.strictSame(state(losing([[one, START_MS]], [one, START_MS])), [['dataset-lost', one.digest, START_MS + 6 * DAY_MS]]);
  const secret = join(world.keys, `dataset.${one.header.keyId}.secret`);
  renameSync(secret, `${secret}.aside`);
  t.strictSame(state(log), [['dataset-key-missing', one.digest, START_MS + 6 * DAY_MS]]);
  renameSync(one.path, `${one.path}.aside`);
  t.strictSame(state(log), [['dataset-missing', one.digest, START_MS + 6 * DAY_MS]]);
  renameSync(two.path, join(world.index, 'warranty-cards.0123456789ab.index'));
  t.strictSame(state(null), [['dataset-index-broken', null, null]]);
});
