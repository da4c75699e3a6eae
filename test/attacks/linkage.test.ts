import t from 'tap';
import type { DatasetIndex } from '../../src/model/controls.ts';
import { STAGES } from '../../src/pipeline.ts';
import { fleetLines } from '../properties/world.ts';
import { amongPercent, cardsOfFleet } from '../runtime/dataset/fleet.ts';
import type { Card } from '../runtime/dataset/world.ts';
import { guardedBy, joinAll, type Rows } from './registered.ts';
import { K, play } from './world.ts';

const fleet = (seed: number): Buffer[] => fleetLines({ devices: 900, count: 3000, spanMs: 2 * 3_600_000, seed, malformedShare: 0 });

/** The true datasets of a fleet; of every fiftieth card nobody wrote down the version. */
const rowsOf = (lines: readonly Buffer[], percent: number): Rows => {
  const all = cardsOfFleet(lines, amongPercent(percent));
  const cards = all.filter(({ model }) => model !== null).map((card, i): Card => (i % 50 === 49 ? { ...card, version: null } : card));
  return { cards, addresses: all.filter(({ lat }) => lat !== null) };
};

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/** Shares of the households, and how many tuples at least join with somebody. */
for (const [percent, least] of [
  [20, 40],
  [100, 200],
] as const) {
  t.test(`a join of everything that left with the true dataset finds nobody (${percent} % registered)`, async (t) => {
    let possible = 0;
    let left = 0;
    for (const seed of SEEDS) {
      const lines = fleet(seed);
      const rows = rowsOf(lines, percent);
      const { leaked } = await play(lines, `keys ${seed}`, {}, STAGES, guardedBy(rows));
      const joined = joinAll(leaked, rows);
      t.equal(
        joined.singled,
        0,
        `seed ${seed}: ${leaked.length} records left, ${joined.possible} tuples join, the fewest with ${joined.fewest}`,
      );
      t.ok(joined.fewest >= K);
      possible += joined.possible;
      left += leaked.filter(({ view }) => view !== 'feature-usage').length;
    }
    t.ok(possible > least, `${possible} tuples that join with somebody left`);
    t.ok(left > 1000, `${left} records of guarded views left`);
  });
}

t.test('gates that count persons otherwise lose', async (t) => {
  const broken: Readonly<Record<string, (index: DatasetIndex) => DatasetIndex>> = {
    'counting persons whose finer tuple has left': (index) => ({
      ...index,
      certain: (level, codes) => index.certain(level, codes),
      certainIn: (level, codes, subset) => index.certainIn?.(level, codes, subset) ?? 0,
    }),
    'taking nobody for possible': (index) => ({ ...index, possible: () => 0, possibleIn: () => 0 }),
  };
  for (const [what, how] of Object.entries(broken)) {
    let singled = 0;
    for (const seed of SEEDS.slice(0, 8)) {
      if (singled > 0) continue;
      const lines = fleet(seed);
      const rows = rowsOf(lines, 60);
      const { leaked } = await play(lines, `keys ${seed}`, {}, STAGES, guardedBy(rows, how));
      singled += joinAll(leaked, rows).singled;
    }
    t.ok(singled > 0, `${what}: ${singled} tuples single out`);
  }
});
