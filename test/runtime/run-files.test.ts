import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DatasetError } from '../../src/model/dataset-error.ts';
import { registerDataset } from '../../src/runtime/dataset/register.ts';
import { type FileRun, runFiles } from '../../src/runtime/run-files.ts';
import { fleetLines, smartHome } from '../properties/world.ts';
import { cardsOfFleet } from './dataset/fleet.ts';
import { type Card, csvOf, folder, planWith, put, someCards } from './dataset/world.ts';

const PLAN = planWith();
const START_MS = Date.UTC(2026, 10, 23);
const DAY_MS = 86_400_000;

const world = (t: { teardown(work: () => void): void }) => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const lines = fleetLines({ devices: 3000, count: 9000, spanMs: 2 * 3_600_000, startMs: START_MS, seed: 3, malformedShare: 0 });
  const fleet = put(dir, 'fleet.ndjson', Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
  const folders = { keys: join(dir, 'keys'), index: join(dir, 'indexes') };
  const register = (cards: readonly Card[], asOfMs: number, name = 'cards.csv') =>
    registerDataset({ plan: PLAN, dataset: PLAN.datasets[0], input: put(dir, name, csvOf(cards)), ...folders, asOfMs, isDry: false });
  const run: FileRun = {
    plan: PLAN,
    inputs: [fleet],
    out: join(dir, 'out'),
    format: 'ndjson',
    keys: folders.keys,
    datasets: folders.index,
  };
  return { run, register, lines };
};

const refusal = async (run: FileRun): Promise<string> => {
  try {
    await runFiles(run);
    return 'ran';
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    return existsSync(run.out) ? `${error.code}, and something appeared` : error.code;
  }
};

t.test('a policy with datasets runs with their indexes or not at all', async (t) => {
  const { run, register } = world(t);
  t.equal(await refusal(run), 'dataset-missing');
  await register(someCards(400), START_MS - DAY_MS);
  const { datasets: _, ...without } = run;
  t.equal(await refusal(without), 'datasets-not-given');
  const { keys: __, ...keyless } = run;
  t.equal(await refusal(keyless), 'datasets-without-keys');
  t.equal(await refusal(run), 'ran');
});

t.test('a window that ends after the age of its index is not released, nor is anything else', async (t) => {
  const { run, register } = world(t);
  await register(someCards(400), START_MS - 7 * DAY_MS);
  t.equal(await refusal(run), 'dataset-stale', 'the windows end an hour and more after the index has grown old');
  await register(someCards(400), START_MS - 7 * DAY_MS + 6 * 3_600_000, 'newer.csv');
  t.equal(await refusal(run), 'ran', 'the last window, of six hours, ends with its age');
});

t.test('persons whom the releases would single out block them', async (t) => {
  const { run, register, lines } = world(t);
  const complete = cardsOfFleet(lines, (household) => household.endsWith('7')).filter(
    ({ version, lat }) => version !== null && lat !== null,
  );
  t.ok(complete.length > 10, 'some persons are registered');
  await register(complete, START_MS - DAY_MS);
  const guarded = await runFiles(run);
  const free = await runFiles({ ...run, plan: smartHome() });
  const released = (summary: typeof free, view: string): number => summary.views[view].released.reduce((sum, count) => sum + count, 0);
  t.ok(released(free, 'device-health') > 0);
  t.ok(released(guarded, 'device-health') < released(free, 'device-health'));
  t.ok((guarded.views['device-health'].blocked['dataset'] ?? 0) > 0);
  t.strictSame(guarded.views['feature-usage'], free.views['feature-usage'], 'a view that nobody guards is as it was');
});
