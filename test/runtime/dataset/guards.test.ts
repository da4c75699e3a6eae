import t from 'tap';
import { NO_CONTROLS } from '../../../src/model/controls.ts';
import { requireFresh, requireGuards } from '../../../src/runtime/dataset/guards.ts';
import { framed, runInMemory } from '../../properties/world.ts';
import { planWith } from './world.ts';

const PLAN = planWith();
const count = { possible: () => 0, certain: () => 0, kMap: 20 };
const both = {
  ...NO_CONTROLS,
  datasets: [0, 2].map((view) => ({ ...count, dataset: 'warranty-cards', view, untilMs: 100 })),
  direct: [0, 2].map((view) => ({ dataset: 'warranty-cards', view, has: () => false, untilMs: 100 })),
};

t.test('every dataset guards every view that the plan says', async (t) => {
  t.doesNotThrow(() => requireGuards(PLAN, both));
  const missing = { code: 'dataset-missing' };
  t.throws(() => requireGuards(PLAN, NO_CONTROLS), missing);
  t.throws(() => requireGuards(PLAN, { ...both, datasets: both.datasets.slice(1) }), missing);
  t.throws(() => requireGuards(PLAN, { ...both, direct: both.direct.slice(0, 1) }), missing);
  const others = both.datasets.map((index) => ({ ...index, dataset: 'accounts' }));
  t.throws(() => requireGuards(PLAN, { ...both, datasets: others }), missing, 'of another dataset');
});

t.test('no task opens without them, whoever opens it', async (t) => {
  await t.rejects(runInMemory(PLAN, framed(PLAN, [], [1])), { code: 'dataset-missing' });
});

t.test('a window that ends later than an index may guard is not decided', async (t) => {
  t.doesNotThrow(() => requireFresh(PLAN, both, 0, 100));
  t.throws(() => requireFresh(PLAN, both, 0, 101), { code: 'dataset-stale' });
  t.throws(() => requireFresh(PLAN, { ...both, datasets: [] }, 2, 101), { code: 'dataset-stale' }, 'by the direct index alone');
  t.doesNotThrow(() => requireFresh(PLAN, both, 1, 101), 'of a view that it does not guard');
});
