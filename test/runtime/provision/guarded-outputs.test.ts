import t from 'tap';
import type { TextIndex } from '../../../src/control/dataset/texts.ts';
import type { PeriodState } from '../../../src/control/state.ts';
import { guardedTopics } from '../../../src/runtime/provision/guarded-outputs.ts';
import { input } from './world.ts';

const { plan, topics } = input;
const HEALTH = plan.views.findIndex(({ name }) => name === 'device-health');
const index: TextIndex = { view: HEALTH, counts: null, codesOf: () => new Int32Array(0), kindsOf: () => new Map(), joins: () => false };
const period = (id: string, basis: 'none' | 'consent', k: number, ...views: string[]): PeriodState =>
  ({ record: { id, basis, k, views } }) as unknown as PeriodState;

t.test('a guarded view has its own topic, one a period, and one for those who may authorise it', async (t) => {
  const found = guardedTopics(plan, topics, [index], [
    period('a', 'none', 50, 'device-health', 'feature-usage'),
    period('b', 'consent', 80, 'device-health'),
    period('c', 'consent', 500, 'feature-usage'),
  ]); // biome-ignore format: a list
  t.same(
    found.map(({ topic, periodK, isAuthorised }) => [topic, periodK, isAuthorised]),
    [
      ['unjoin.view.device-health', 0, false],
      ['unjoin.view.device-health.period.a', 80, false],
      ['unjoin.view.device-health.period.b', 80, false],
      ['unjoin.view.device-health.period.b.authorised', 80, true],
    ],
  );
  t.same(found.map(({ output }) => output), [null, { period: 'a', authorised: false }, { period: 'b', authorised: false }, { period: 'b', authorised: true }]); // biome-ignore format: a list
  t.ok(found.every(({ view }) => view.index === HEALTH));
});

t.test('views that no index guards are not looked at', async (t) => {
  t.same(guardedTopics(plan, topics, [], [period('a', 'none', 50, 'device-health')]), []);
});
