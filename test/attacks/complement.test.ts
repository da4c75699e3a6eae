import t from 'tap';
import { fleetLines } from '../properties/world.ts';
import { naiveStages, subjects } from './naive-gate.ts';
import { groupBy, K, type Leaked, type Played, play, subjectsOf } from './world.ts';

/** Coarse classes of a run: everything that left under one tuple at level `level` or finer. */
function* coarseClasses({ leaked }: Played): Generator<{ readonly level: number; readonly records: readonly Leaked[] }> {
  const deepest = Math.max(...leaked.map(({ level }) => level));
  for (let level = 1; level <= deepest; level++) {
    const under = leaked.filter((record) => record.level <= level);
    for (const records of groupBy(under, ({ view, windowStartMs, tuples }) => `${view} ${windowStartMs} ${tuples[level]}`).values()) {
      yield { level, records };
    }
  }
}

/**
 * The game: the adversary takes a coarse class and what left finer below it away from it. It wins when what is left of the
 * class, records and the households behind them, is of fewer than k.
 */
const smallestLeftover = (played: Played): number => {
  let smallest = Number.POSITIVE_INFINITY;
  for (const { level, records } of coarseClasses(played)) {
    const left = records.filter((record) => record.level === level);
    if (left.length > 0) smallest = Math.min(smallest, subjectsOf(left));
  }
  return smallest;
};

/** Differences of what is published, by counts alone: total of a coarse tuple less totals of any finer levels below it. */
const smallestDifference = (played: Played): number => {
  let smallest = Number.POSITIVE_INFINITY;
  for (const { level, records } of coarseClasses(played)) {
    const byLevel = Array.from({ length: level + 1 }, (_, finer) => records.filter((record) => record.level === finer).length);
    for (let subset = 1; subset < 1 << byLevel.length; subset++) {
      const difference = byLevel.reduce((sum, count, finer) => sum + ((subset >> finer) & 1) * count, 0);
      if (difference > 0) smallest = Math.min(smallest, difference);
    }
  }
  return smallest;
};

/**
 * A harder game: the adversary also knows whose other records left finer, and takes those households out of the coarse
 * class. Of each class that leaves beside finer ones, the households that are then left.
 */
const unknownNeighbours = (played: Played): number[] => {
  const left: number[] = [];
  for (const { level, records } of coarseClasses(played)) {
    const finer = new Set(records.filter((record) => record.level < level).map(({ subject }) => subject));
    const coarse = records.filter((record) => record.level === level);
    if (coarse.length > 0 && finer.size > 0) left.push(subjectsOf(coarse.filter(({ subject }) => !finer.has(subject))));
  }
  return left;
};

const fleet = (seed: number): Buffer[] => fleetLines({ devices: 700, count: 2500, spanMs: 2 * 3_600_000, seed, malformedShare: 0 });

for (const seed of [4, 5, 6]) {
  t.test(`no difference of levels isolates fewer than k (seed ${seed})`, async (t) => {
    const played = await play(fleet(seed), `keys ${seed}`);
    const mixed = [...coarseClasses(played)].filter(({ level, records }) => new Set(records.map((record) => record.level)).size > 1 && records.some((record) => record.level === level)); // biome-ignore format: a condition
    t.ok(mixed.length > 0, 'some coarse classes leave beside finer ones of theirs');
    t.ok(smallestLeftover(played) >= K, `the smallest leftover has ${smallestLeftover(played)} households`);
    t.ok(smallestDifference(played) >= K, `the smallest difference is ${smallestDifference(played)}`);
    const alone = Math.min(...unknownNeighbours(played));
    t.ok(alone >= K, `with all other records of the same households known, ${alone} are left of the smallest class`);
  });
}

t.test('a gate that counts supersets loses', async (t) => {
  const supersets = naiveStages({ counted: (rows) => rows, count: subjects });
  const leftover: number[] = [];
  const difference: number[] = [];
  for (const seed of [4, 5, 6, 7]) {
    const played = await play(fleet(seed), 'keys', {}, supersets);
    leftover.push(smallestLeftover(played));
    difference.push(smallestDifference(played));
  }
  t.ok(Math.min(...leftover) < K, `leftovers of ${leftover.join(', ')}`);
  t.ok(Math.min(...difference) < K, `differences of ${difference.join(', ')}`);
  const leftovers = naiveStages({ counted: (rows, decided) => rows.filter((row) => !decided(row)), count: subjects });
  t.ok(smallestLeftover(await play(fleet(4), 'keys', {}, leftovers)) >= K);
  const alone: number[] = [];
  for (const seed of [4, 5, 6, 7, 8, 9]) alone.push(...unknownNeighbours(await play(fleet(seed), 'keys', {}, leftovers)));
  t.ok(Math.min(...alone) < K, 'who counts leftover records, whoever else of the household left finer, loses the harder game');
});
