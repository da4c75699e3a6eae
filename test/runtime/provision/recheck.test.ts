import avro from 'avsc';
import t from 'tap';
import type { RecordOf } from '../../../src/control/shape.ts';
import { schemaText } from '../../../src/encode/encode.ts';
import type { ViewPlan } from '../../../src/model/plan.ts';
import type { ReadableRecord, Recheck } from '../../../src/runtime/provision/readable.ts';
import { createRecheck } from '../../../src/runtime/provision/recheck.ts';
import { input } from './world.ts';

const { plan } = input;
const viewOf = (name: string): ViewPlan => plan.views.find((view) => view.name === name) as ViewPlan;
const HEALTH = viewOf('device-health');
const USAGE = viewOf('feature-usage');

type Beside = Partial<RecordOf<'period'>['with']>;
const recheck = (view: ViewPlan, beside: Beside = {}, { k = 50, tasks = 1 } = {}): Recheck => {
  const of = { datasets: [], views: [], unindexed: false, ...beside };
  const record: RecordOf<'period'> = { kind: 'period', id: 'p', with: of, views: [view.name], consumers: ['c'], start: 0, end: null, basis: 'none', k }; // biome-ignore format: a record
  return createRecheck(plan, view, record, tasks);
};

const releasedBy = (view: ViewPlan) => {
  const type = avro.Type.forSchema(JSON.parse(schemaText(plan, view)));
  return (row: object): Uint8Array => Buffer.concat([Buffer.alloc(5), type.toBuffer(row)]);
};
const health = releasedBy(HEALTH);
const usage = releasedBy(USAGE);
const lamp = (level: number, model = 'lamp'): Uint8Array => health({ windowEnd: 3_600_000, level, model, os: '*' });

/** Records of one partition each, in order. */
const taken = (found: Recheck, values: readonly (Uint8Array | null)[], partition = 0): [number, number][] => {
  values.forEach((value, offset) => {
    found.take({ partition, offset, value } satisfies ReadableRecord);
  });
  return [...found.before()];
};
const many = (count: number, value: Uint8Array): Uint8Array[] => Array.from({ length: count }, () => value);

t.test("a class of the period's k stays, a smaller one goes, with all before it", async (t) => {
  t.same(taken(recheck(HEALTH), many(50, lamp(0))), []);
  t.same(taken(recheck(HEALTH), many(49, lamp(0))), [[0, 49]]);
  t.same(taken(recheck(HEALTH), [...many(49, lamp(0, 'rare')), ...many(50, lamp(0))]), [[0, 49]]);
  t.same(taken(recheck(HEALTH), [lamp(0, 'rare'), ...many(50, lamp(0))]), [[0, 1]]);
});

t.test('windows and levels are classes of their own; partitions of a topic are not', async (t) => {
  const other = health({ windowEnd: 7_200_000, level: 0, model: 'lamp', os: '*' });
  t.same(taken(recheck(HEALTH), [...many(25, lamp(0)), ...many(25, other)]), [[0, 50]]);
  t.same(taken(recheck(HEALTH), [...many(25, lamp(0)), ...many(25, lamp(1))]), [[0, 50]]);
  const found = recheck(HEALTH);
  taken(found, many(25, lamp(0)), 0);
  t.same(taken(found, many(25, lamp(0)), 1), []);
  t.equal(found.count, 50);
});

t.test('a subject may have left by every task: then as many records are fewer subjects', async (t) => {
  t.same(taken(recheck(HEALTH, {}, { tasks: 2 }), many(99, lamp(0))), [[0, 99]]);
  t.same(taken(recheck(HEALTH, {}, { tasks: 2 }), many(100, lamp(0))), []);
  t.same(taken(createRecheck(plan, { ...HEALTH, contribution: 3 }, { with: { datasets: [], views: [], unindexed: false }, k: 50 } as never, 1), many(149, lamp(0))), [[0, 149]]); // biome-ignore format: a case
});

t.test('beside unindexed information the coarsest level stays alone', async (t) => {
  t.same(taken(recheck(HEALTH, { unindexed: true }), many(50, lamp(3))), []);
  t.same(taken(recheck(HEALTH, { unindexed: true }), [...many(50, lamp(2)), ...many(50, lamp(3))]), [[0, 50]]);
});

t.test('what was not held to a rule of the period, or cannot be read, goes', async (t) => {
  t.same(taken(recheck(HEALTH, { datasets: ['warranty'] }), many(80, lamp(0))), [[0, 80]], 'no k-map at its k');
  t.same(taken(recheck({ ...HEALTH, pseudonym: 'class' }), many(80, lamp(0))), [[0, 80]], 'pseudonyms');
  const broken = [null, Buffer.from('x'), Buffer.alloc(40, 255), Buffer.concat([lamp(0), Buffer.from('x')])];
  for (const value of broken) t.same(taken(recheck(HEALTH), [value, ...many(50, lamp(0))]), [[0, 1]]);
});

t.test('a sensitive value that shows is shared by k of all that left in its window', async (t) => {
  const used = (result: string, operation = 'light'): Uint8Array =>
    usage({ windowEnd: 3_600_000, level: 0, model: 'lamp', operation, result });
  t.same(taken(recheck(USAGE), [...many(49, used('failed')), ...many(60, used('other')), ...many(60, used('*'))]), [[0, 49]]);
  t.same(taken(recheck(USAGE), [...many(25, used('failed')), ...many(60, used('other')), ...many(25, used('failed', 'scene')), ...many(50, used('*', 'scene'))]), []); // biome-ignore format: a case
});
