import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openLibrary, rereadDatasets } from '../../src/cli/library.ts';
import { TransportError } from '../../src/model/log.ts';
import { readConfig, type ServiceConfig } from '../../src/runtime/config/read.ts';
import { registerDataset } from '../../src/runtime/dataset/register.ts';
import type { StoredIndex } from '../../src/runtime/dataset/store.ts';
import { smartHome } from '../properties/world.ts';
import { BASE, writeConfig } from '../runtime/config/world.ts';
import { PLAN as NAMED, naming } from '../runtime/dataset/named-world.ts';
import { csvOf, planWith, put, someCards } from '../runtime/dataset/world.ts';

const PLAN = planWith();

/** A service's configuration with a folder of indexes, and what registers there. */
const world = (t: Test, more = 'datasets: indexes\n') => {
  const dir = t.testdir();
  const { service } = readConfig(writeConfig(dir, BASE + more));
  const config = service as ServiceConfig;
  const register = async (plan = PLAN, count = 300): Promise<StoredIndex> => {
    const input = put(dir, 'cards.csv', csvOf(someCards(count)));
    const folders = { keys: config.keys, index: join(dir, 'indexes') };
    const { stored } = await registerDataset({ plan, dataset: plan.datasets[0], input, ...folders, asOfMs: 0, isDry: false });
    return stored as StoredIndex;
  };
  const said: unknown[] = [];
  return { config, register, logger: { log: (...line: unknown[]) => void said.push(line) }, said };
};

const nobody = async (): Promise<never> => {
  throw new Error('nobody asked for the control log');
};

t.test('a policy without datasets needs no folder, and no control log', async (t) => {
  const library = openLibrary(world(t, '').config, nobody);
  t.ok(await library.open(smartHome()));
  t.ok(library.resume(smartHome()));
});

t.test('no policy with datasets begins without its indexes; one that decided before halts its tasks', async (t) => {
  await t.rejects(openLibrary(world(t, '').config, nobody).open(PLAN), { code: 'datasets-not-given' });
  const { config, register } = world(t);
  const library = openLibrary(config, nobody);
  await t.rejects(library.open(PLAN), { code: 'dataset-missing' });
  try {
    library.resume(PLAN);
    t.fail('it resumed');
  } catch (error) {
    t.ok(error instanceof TransportError);
    t.match(error, { code: 'misconfigured', canRetry: false, message: /^dataset-missing: .*register it/ });
  }
  const { path } = await register();
  t.ok(await library.open(PLAN));
  writeFileSync(path, 'torn');
  await t.rejects(library.open(PLAN), { code: 'dataset-index-broken' });
});

t.test('where the control log names the indexes, it is read, and what it names has to be there', async (t) => {
  const { config, register } = world(t);
  const index = await register(NAMED);
  const openBy = (lines: ReturnType<typeof naming>) => openLibrary(config, async () => lines).open(NAMED);
  await t.rejects(openBy([]), { code: 'dataset-unnamed' });
  t.equal((await openBy(naming([index, 0]))).fixed, null);
  rmSync(index.path);
  await t.rejects(openBy(naming([index, 0])), { code: 'dataset-missing' });
  t.ok(openLibrary(config, nobody).resume(NAMED), 'who goes on lets the windows wait');
});

t.test('on SIGHUP the folder is read again; what cannot guard changes nothing', async (t) => {
  const { config, register, logger, said } = world(t);
  await register();
  const guarding = await openLibrary(config, nobody).open(PLAN);
  const before = guarding.fixed;
  const newer = await register(PLAN, 200);
  rereadDatasets({ plan: PLAN, guarding }, logger);
  t.not(guarding.fixed, before);
  const after = guarding.fixed;
  writeFileSync(newer.path, 'torn');
  rereadDatasets({ plan: PLAN, guarding }, logger);
  t.equal(guarding.fixed, after);
  rereadDatasets({ plan: smartHome(), guarding }, logger);
  t.strictSame(said, [
    ['datasets-read', { datasets: 1 }],
    ['datasets-refused', { dataset: 'dataset-index-broken' }],
  ]);
});
