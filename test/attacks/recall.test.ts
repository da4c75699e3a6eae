import avro from 'avsc';
import t from 'tap';
import type { RecordOf } from '../../src/control/shape.ts';
import { schemaText } from '../../src/encode/encode.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { createRecheck } from '../../src/runtime/provision/recheck.ts';
import { fleetLines } from '../properties/world.ts';
import { groupBy, PLAN, type Played, play, subjectsOf } from './world.ts';

/**
 * The game: before a period consumers read ordinary views; when it begins, what the period would not let leave is recalled. The adversary
 * reads what is left of the topics, and knows the households behind every class. It wins a record whose class has fewer than the k of the
 * period, or is finer than the coarsest level beside information that nobody indexed.
 */
const K = 13;
const VIEWS = ['device-health', 'feature-usage', 'presence-by-area'];
const HOUR_MS = 3_600_000;

interface Game {
  readonly k: number;
  readonly unindexed: boolean;
}

const FAIR: Game = { k: K, unindexed: false };

/** Records of a view's topic, in order: what they say, and their bytes. */
const topicOf = ({ run }: Played, view: ViewPlan) => {
  const type = avro.Type.forSchema(JSON.parse(schemaText(PLAN, view)) as avro.Schema);
  const rows = run.transactions.flatMap(({ outputs }) => outputs.filter((output) => output.view === view.name)).flatMap(({ json }) => json);
  return rows.map((text) => {
    const row = JSON.parse(text) as Record<string, unknown>;
    const [windowEnd, level, ...fields] = Object.values(row) as [number, number, ...string[]];
    const name = JSON.stringify([windowEnd, level, ...fields.slice(0, view.attributes.length)]);
    return { name, level, value: Buffer.concat([Buffer.alloc(5), type.toBuffer(row)]) };
  });
};

const attack = (played: Played, game: Game, isUnindexed = game.unindexed): { readonly left: number; readonly won: number } => {
  let [left, won] = [0, 0];
  for (const name of VIEWS) {
    const view = PLAN.views.find((one) => one.name === name) as ViewPlan;
    const own = played.leaked.filter((record) => record.view === name);
    const classes = groupBy(own, ({ windowStartMs, level, tuple }) => JSON.stringify([windowStartMs + view.windowMs, level, ...JSON.parse(tuple)]));
    const topic = topicOf(played, view);
    const beside = { with: { datasets: [], views: [], unindexed: game.unindexed }, k: game.k } as unknown as RecordOf<'period'>;
    const found = createRecheck(PLAN, view, beside, 1);
    for (const [offset, { value }] of topic.entries()) found.take({ partition: 0, offset, value });
    const rest = topic.slice(found.before().get(0) ?? 0);
    left += rest.length;
    won += rest.filter(({ name: of, level }) => {
      const households = subjectsOf(classes.get(of) ?? []);
      return households < K || (isUnindexed && level !== view.path.length - 1);
    }).length;
  }
  return { left, won };
}; // biome-ignore format: a sentence a line

const fleet = (seed: number): Buffer[] => fleetLines({ devices: 900, count: 4000, spanMs: 2 * HOUR_MS, seed, malformedShare: 0 });
const games = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => play(fleet(seed), `keys ${seed}`)));

t.test('nothing that stays readable is of fewer households than the k of the period', async (t) => {
  let left = 0;
  for (const played of games)
    for (const unindexed of [false, true]) {
      const result = attack(played, { ...FAIR, unindexed });
      t.equal(result.won, 0, `${result.left} of ${played.leaked.length} records stay`);
      left += result.left;
    }
  t.ok(left > 0, `${left} records stay`);
});

t.test('a re-check that goes by the k of the view loses', async (t) => {
  const won = games.reduce((sum, played) => sum + attack(played, { ...FAIR, k: 12 }).won, 0);
  t.ok(won > 0, `${won} records of too few households stay`);
});

t.test('a re-check that does not ask what is combined loses', async (t) => {
  const won = games.reduce((sum, played) => sum + attack(played, FAIR, true).won, 0);
  t.ok(won > 0, `${won} finer records stay`);
});
