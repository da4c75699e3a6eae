import t from 'tap';
import type { Stages } from '../../src/pipeline.ts';
import { fleetLines } from '../properties/world.ts';
import { naiveStages, subjects } from './naive-gate.ts';
import { groupBy, K, type Played, play, subjectsOf } from './world.ts';

/**
 * The game: the adversary holds the raw data of everybody and all outputs. It wins when some output can be pinned on fewer
 * than k households: when the records behind one (view, window, level, tuple) come from fewer.
 */
const smallestClass = ({ leaked }: Played): number => {
  const classes = groupBy(leaked, ({ view, windowStartMs, level, tuple }) => `${view} ${windowStartMs} ${level} ${tuple}`);
  return Math.min(Number.POSITIVE_INFINITY, ...[...classes.values()].map(subjectsOf));
};

/** The same from outputs alone: equal records of one view, without the sensitive field, counted. */
const fewestEqual = ({ run }: Played): number => {
  const classes = groupBy(run.outputs, (line) => line.replace(/,"result":"[^"]*"/, ''));
  return Math.min(Number.POSITIVE_INFINITY, ...[...classes.values()].map(({ length }) => length));
};

const fleet = (seed: number): Buffer[] => fleetLines({ devices: 700, count: 2500, spanMs: 2 * 3_600_000, seed, malformedShare: 0 });

for (const seed of [1, 2, 3]) {
  t.test(`nobody is singled out (seed ${seed})`, async (t) => {
    const played = await play(fleet(seed), `keys ${seed}`);
    t.ok(played.leaked.length > 200, `${played.leaked.length} records left`);
    t.equal(played.leaked.length, played.run.outputs.length, 'lineage names every output');
    t.ok(smallestClass(played) >= K, `the smallest class has ${smallestClass(played)} households`);
    t.ok(fewestEqual(played) >= K, `the rarest output occurs ${fewestEqual(played)} times`);
    t.ok(new Set(played.leaked.map(({ level }) => level)).size >= 2, 'at more than one level');
  });
}

t.test('gates that count something else lose', async (t) => {
  const broken: Readonly<Record<string, Stages>> = {
    'records instead of households': naiveStages({ counted: (rows) => rows, count: (rows) => rows.length }),
    'no counting at all': naiveStages({ counted: (rows) => rows, count: () => K }),
  };
  for (const [what, stages] of Object.entries(broken)) {
    const played = await play(fleet(1), 'keys', {}, stages);
    t.ok(smallestClass(played) < K, `${what}: a class of ${smallestClass(played)}`);
  }
  const sound = naiveStages({ counted: (rows, decided) => rows.filter((row) => !decided(row)), count: subjects });
  t.ok(smallestClass(await play(fleet(1), 'keys', {}, sound)) >= K, 'and one that counts households alone does not');
});
