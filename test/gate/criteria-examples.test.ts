import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { noteReleased } from '../../src/gate/trial.ts';
import { type Controls, type DatasetIndex, NO_CONTROLS } from '../../src/model/controls.ts';
import { type Row, viewOf } from './fakes.ts';
import { allows, crowd, index, named, people, period, trialOf } from './trials.ts';

t.test('k: one less, exactly, one more; records do not count', async (t) => {
  const view = viewOf({ k: 12 });
  t.notOk(allows(named('k'), view, crowd(11)));
  t.ok(allows(named('k'), view, crowd(12)));
  t.ok(allows(named('k'), view, crowd(13)));
  t.notOk(allows(named('k'), view, [...crowd(11), ...crowd(11).map((row) => ({ ...row, offset: row.offset + 100 }))]));
});

t.test('gateways: at least min of them', async (t) => {
  const view = viewOf({ k: 3, gateways: { min: 4, publishers: [] } });
  t.notOk(
    allows(
      named('gateways'),
      view,
      crowd(9, (subject) => subject % 3),
    ),
  );
  t.ok(
    allows(
      named('gateways'),
      view,
      crowd(9, (subject) => subject % 4),
    ),
  );
});

t.test('gateways: none makes up more than a quarter of k', async (t) => {
  const view = viewOf({ k: 12, gateways: { min: 4, publishers: [] } });
  const sizes = (...behind: number[]): Row[] => {
    const gateways = behind.flatMap((size, gateway) => Array.from({ length: size }, () => gateway));
    return crowd(gateways.length, (subject) => gateways[subject]);
  };
  t.ok(allows(named('gateways'), view, sizes(3, 3, 3, 3)));
  t.notOk(allows(named('gateways'), view, sizes(100, 3, 3, 2)));
  t.ok(allows(named('gateways'), view, sizes(100, 3, 3, 2, 1)));
  t.notOk(allows(named('gateways'), { ...view, k: 13 }, sizes(4, 4, 4, 1)), 'since twelve would not pass either');
  t.ok(allows(named('gateways'), { ...view, k: 13 }, sizes(4, 4, 4, 3)));
});

t.test('gateways: a subject counts for one, and for none when its record names none', async (t) => {
  const view = viewOf({ k: 4, gateways: { min: 4, publishers: [] } });
  const roaming = crowd(3, () => 0).flatMap((row) =>
    [0, 1, 2, 3].map((gateway) => ({ ...row, gateway, offset: row.offset * 10 + gateway })),
  );
  t.notOk(allows(named('gateways'), view, roaming));
  t.notOk(
    allows(
      named('gateways'),
      view,
      crowd(5, (subject) => (subject < 3 ? subject : undefined)),
    ),
  );
});

t.test('gateways: what passes also passes with the best assignment of subjects to gateways', async () => {
  fc.assert(
    fc.property(people, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 }), (rows, k, min) => {
      if (!allows(named('gateways'), viewOf({ k, gateways: { min, publishers: [] } }), rows)) return;
      assert.ok(new Set(rows.map((row) => row.gateway).filter((gateway) => gateway !== undefined)).size >= min);
      assert.ok(bestAssignment(rows, Math.ceil(k / 4)) >= k);
    }),
    { numRuns: 300 },
  );
});

/** Maximum bipartite matching of subjects to gateways of capacity `cap`, by augmenting paths. */
const bestAssignment = (rows: readonly Row[], cap: number): number => {
  const behind = new Map<unknown, Set<number>>();
  for (const { subject, gateway } of rows) {
    if (gateway !== undefined) behind.set(subject, (behind.get(subject) ?? new Set<number>()).add(gateway as number));
  }
  const taken = new Map<number, unknown[]>();
  const place = (subject: unknown, tried: Set<number>): boolean => {
    for (const gateway of behind.get(subject)!) {
      if (tried.has(gateway)) continue;
      tried.add(gateway);
      const places = taken.get(gateway) ?? [];
      taken.set(gateway, places);
      if (places.length < cap) return places.push(subject) > 0;
      const moved = places.findIndex((other) => place(other, tried));
      if (moved >= 0) {
        places[moved] = subject;
        return true;
      }
    }
    return false;
  };
  return [...behind.keys()].filter((subject) => place(subject, new Set())).length;
};

t.test('publishers: without its subjects nobody or k remain', async (t) => {
  const view = viewOf({ k: 3, gateways: { min: 0, publishers: ['0'] } });
  const passes = (strangers: number): boolean =>
    allows(
      named('publishers'),
      view,
      crowd(10 + strangers, (subject) => (subject < 10 ? 0 : subject)),
    );
  t.strictSame([0, 1, 2, 3, 4].map(passes), [true, false, false, true, true]);
  t.ok(
    allows(
      named('publishers'),
      view,
      crowd(3, (subject) => subject + 1),
    ),
    'a publisher that sent none of it subtracts nobody',
  );
});

t.test('publishers: subjects that others sent too, and records of unknown gateway, never help', async (t) => {
  const view = viewOf({ k: 3, gateways: { min: 0, publishers: ['0'] } });
  const both = (count: number): Row[] => [
    ...crowd(10, () => 0),
    ...crowd(count, () => 7).map((row) => ({ ...row, offset: row.offset + 50 })),
  ];
  t.strictSame(
    [0, 2, 3].map((count) => allows(named('publishers'), view, both(count))),
    [true, false, true],
  );
  const stranger = (gateway?: number): Row => (gateway === undefined ? { subject: 99, offset: 99 } : { subject: 99, offset: 99, gateway });
  t.notOk(allows(named('publishers'), view, [...both(3), stranger(7)]));
  t.notOk(allows(named('publishers'), view, [...both(0), stranger()]));
  t.notOk(
    allows(
      named('publishers'),
      view,
      crowd(13, (subject) => (subject < 10 ? 0 : undefined)),
    ),
  );
});

t.test('publishers: each of them is subtracted alone', async (t) => {
  const view = viewOf({ k: 3, gateways: { min: 0, publishers: ['0', '1'] } });
  t.ok(
    allows(
      named('publishers'),
      view,
      crowd(6, (subject) => subject % 2),
    ),
  );
  t.notOk(
    allows(
      named('publishers'),
      view,
      crowd(5, (subject) => subject % 2),
    ),
  );
});

const withDatasets = (...datasets: DatasetIndex[]): Controls => ({ ...NO_CONTROLS, datasets });

t.test('dataset: nobody could match, or kMap certainly do', async (t) => {
  const passes = (possible: number, certain: number): boolean =>
    allows(named('dataset'), viewOf({ attributes: [0], path: [[0]] }), crowd(3), withDatasets(index(5, possible, certain)));
  t.ok(passes(0, 0));
  t.notOk(passes(1, 0));
  t.notOk(passes(9, 4));
  t.ok(passes(9, 5));
  t.notOk(passes(Number.NaN, Number.NaN), 'a broken index blocks');
  t.ok(allows(named('dataset'), viewOf(), crowd(3), withDatasets({ ...index(5, 9, 0), view: 1 })), 'of another view');
});

t.test('dataset: when nobody matches the whole tuple, its parts are asked for', async (t) => {
  const asked: number[] = [];
  const parts = (counts: Record<number, number>, columns?: number): DatasetIndex => ({
    ...index(5, 0, 0),
    ...(columns === undefined ? {} : { columns }),
    possibleIn: (_level, _codes, subset) => {
      asked.push(subset);
      return counts[subset]!;
    },
    certainIn: (_level, _codes, subset) => counts[subset]!,
  });
  const passes = (dataset: DatasetIndex): boolean => allows(named('dataset'), viewOf(), crowd(3), withDatasets(dataset));
  t.ok(passes(parts({ 1: 0, 2: 5 })));
  t.strictSame(asked.sort(), [1, 2]);
  t.notOk(passes(parts({ 1: 0, 2: 4 })));
  t.ok(passes(parts({ 1: 0, 2: 4 }, 1)), 'a column that the dataset lacks has no parts');
  const { view, kMap, possible, certain } = index(5, 0, 0);
  t.notOk(passes({ view, kMap, possible, certain }), 'an index that cannot answer blocks');
});

t.test('dataset: is told which finer tuples have left, and a period raises its k', async (t) => {
  const seen: boolean[] = [];
  const watching: DatasetIndex = {
    ...index(1, 9, 9),
    certain: (level, codes, released) => {
      seen.push(released!.has(level - 1, Int32Array.from([4, 6])), released!.has(level, codes), released!.has(level - 1, codes));
      return 9;
    },
  };
  const trial = trialOf(
    viewOf(),
    crowd(3).map((row) => ({ ...row, codes: [4, 6] })),
    withDatasets(watching),
  );
  noteReleased(trial);
  trial.level = 1;
  trial.codes.set([2, 3]);
  t.ok(named('dataset').passes(trial));
  t.strictSame(seen, [true, false, false]);
  const periods = [period(10, false)];
  t.notOk(allows(named('dataset'), viewOf(), crowd(3), { ...withDatasets(index(1, 9, 9)), periods }));
});

t.test('direct: values of the tuple at their ladder level, and every sensitive value of the class', async (t) => {
  const view = viewOf({ sensitive: { name: 's', attribute: 2, revealing: [], topShare: 0.5 } });
  const rows = crowd(3).map((row) => ({ ...row, codes: [4, 6], sensitive: row.offset }));
  const passes = (level: number, attribute: number, ladder: number, code: number): boolean => {
    const has = (...asked: number[]): boolean => asked.join() === [attribute, ladder, code].join();
    return allows(named('direct'), view, rows, { ...NO_CONTROLS, direct: [{ view: 0, has }] }, level);
  };
  t.notOk(passes(0, 1, 0, 6));
  t.ok(passes(0, 1, 0, 7));
  t.notOk(passes(1, 0, 1, 2));
  t.ok(passes(2, 1, 3, 0), '* is no value');
  t.notOk(passes(0, 2, 0, 1), 'sensitive');
  t.ok(passes(0, 2, 0, 5));
});

t.test('combined use: only the coarsest level when the other information is unindexed', async (t) => {
  const levels = [0, 1, 2];
  const passes = (coarsestOnly: boolean): boolean[] =>
    levels.map((level) => allows(named('combined-use'), viewOf(), crowd(3), { ...NO_CONTROLS, periods: [period(3, coarsestOnly)] }, level));
  t.strictSame(passes(true), [false, false, true]);
  t.strictSame(passes(false), [true, true, true]);
  const suspended = { ...NO_CONTROLS, periods: [{ ...period(3, false), isSuspended: true }] };
  t.same(levels.map((level) => allows(named('combined-use'), viewOf(), crowd(3), suspended, level)), levels.map(() => false)); // biome-ignore format: one thing
  const k = { ...NO_CONTROLS, periods: [period(4, false)] };
  t.notOk(allows(named('k'), viewOf(), crowd(3), k), 'and k is that of the period');
  t.ok(allows(named('k'), viewOf(), crowd(4), k));
});

t.test('who has left finer under the same tuple counts nowhere', async (t) => {
  const view = viewOf({ k: 3 });
  t.ok(allows(named('k'), view, crowd(5), NO_CONTROLS, 1, [0, 4]));
  t.notOk(allows(named('k'), view, crowd(5), NO_CONTROLS, 1, [0, 2, 4]));
  const spread = viewOf({ k: 3, gateways: { min: 3, publishers: [] } });
  const each = (subject: number): number => subject;
  t.ok(allows(named('gateways'), spread, crowd(4, each), NO_CONTROLS, 1, [0]));
  t.notOk(allows(named('gateways'), spread, crowd(4, each), NO_CONTROLS, 1, [0, 1]));
  const publishing = viewOf({ k: 3, gateways: { min: 1, publishers: ['9'] } });
  t.ok(
    allows(
      named('publishers'),
      publishing,
      crowd(4, () => 1),
      NO_CONTROLS,
      1,
      [0],
    ),
  );
  t.notOk(
    allows(
      named('publishers'),
      publishing,
      crowd(4, () => 1),
      NO_CONTROLS,
      1,
      [0, 1],
    ),
    'two strangers',
  );
  t.ok(
    allows(
      named('publishers'),
      publishing,
      crowd(4, () => 9),
      NO_CONTROLS,
      1,
      [0],
    ),
    'all are its own',
  );
  t.notOk(
    allows(
      named('publishers'),
      publishing,
      crowd(4, (subject) => (subject === 0 ? 1 : 9)),
      NO_CONTROLS,
      1,
      [0],
    ),
    'one stranger',
  );
});
