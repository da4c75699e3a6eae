import avro from 'avsc';
import t from 'tap';
import { authorisedSchemaText } from '../../../src/encode/encode.ts';
import type { Plan, ViewPlan } from '../../../src/model/plan.ts';
import { STAGES } from '../../../src/pipeline.ts';
import type { ReadableRecord } from '../../../src/runtime/provision/readable.ts';
import { createDatasetRecheck, type GuardedOutput } from '../../../src/runtime/provision/recheck-dataset.ts';
import { GUARDED_PLAN, guardedBy, joinAll, type Rows } from '../../attacks/registered.ts';
import { type Leaked, play } from '../../attacks/world.ts';
import { fleetLines } from '../../properties/world.ts';
import { amongPercent, cardsOfFleet } from '../dataset/fleet.ts';
import type { Card } from '../dataset/world.ts';

const VIEWS = ['device-health', 'presence-by-area'] as const;
const viewOf = (name: string): ViewPlan => GUARDED_PLAN.views.find((view) => view.name === name) as ViewPlan;

const fleet = (seed: number): Buffer[] => fleetLines({ devices: 900, count: 3000, spanMs: 2 * 3_600_000, seed, malformedShare: 0 });

/** What the owners of both datasets know of a share of the homes; of every fiftieth card nobody wrote down the version. */
const rowsOf = (lines: readonly Buffer[], percent: number): Rows => {
  const all = cardsOfFleet(lines, amongPercent(percent));
  const cards = all.filter(({ model }) => model !== null).map((card, i): Card => (i % 50 === 49 ? { ...card, version: null } : card));
  return { cards, addresses: all.filter(({ lat }) => lat !== null) };
};

/** What a run left, as it lies in topics; every class has a partition of its own, so that what fails can be told by it. */
const recordsOf = ({ run }: Awaited<ReturnType<typeof play>>, name: string): readonly ReadableRecord[] => {
  const partitions = new Map<string, number>();
  return run.transactions
    .flatMap(({ outputs }) => outputs)
    .filter(({ view }) => view === name)
    .flatMap(({ avro, json }) =>
      avro.map((datum, offset) => {
        const partition = partitions.get(json[offset]) ?? partitions.size;
        partitions.set(json[offset], partition);
        return { partition, offset, value: Buffer.concat([Buffer.alloc(5), datum]) };
      }),
    );
};

const guarded = (name: string, rows: Rows, change: Partial<GuardedOutput> = {}): GuardedOutput => {
  const view = viewOf(name);
  const index = guardedBy(rows).texts.find((one) => one.view === view.index) as GuardedOutput['index'];
  return { plan: GUARDED_PLAN, view, index, periodK: 0, isAuthorised: false, ...change };
};

const failing = (output: GuardedOutput, records: readonly ReadableRecord[], isReadable: (endMs: number) => boolean = () => true) => {
  const found = createDatasetRecheck(output);
  for (const record of records) found.take(record);
  return found.before(isReadable);
};

const ofView = (leaked: readonly Leaked[], name: string): Leaked[] => leaked.filter(({ view }) => view === name);

t.test('what left by an index passes by it, and by another just what an adversary who has the data could not join', async (t) => {
  let [refused, passed] = [0, 0];
  for (const [seed, from, to] of [
    [1, 20, 60],
    [2, 60, 20],
    [3, 0, 100],
    [4, 100, 30],
    [5, 10, 11],
  ] as const) {
    // biome-ignore format: a table
    const lines = fleet(seed);
    const [before, after] = [rowsOf(lines, from), rowsOf(lines, to)];
    const played = await play(lines, `keys ${seed}`, {}, STAGES, guardedBy(before));
    for (const name of VIEWS) {
      const records = recordsOf(played, name);
      t.same([...failing(guarded(name, before), records)], [], `seed ${seed}, ${name}: by the index that decided it`);
      const classes = new Set(records.map(({ partition }) => partition)).size;
      const found = failing(guarded(name, after), records);
      t.equal(found.size, joinAll(ofView(played.leaked, name), after).singled, `seed ${seed}, ${name}: of ${classes}`);
      refused += found.size;
      passed += classes - found.size;
    }
  }
  t.ok(refused > 20, `${refused} classes could not leave any more`);
  t.ok(passed > 20, `${passed} could`);
});

const LINES = fleet(7);
const SOME = rowsOf(LINES, 30);
const PLAYED = await play(LINES, 'keys 7', {}, STAGES, guardedBy(SOME));
const HEALTH = recordsOf(PLAYED, 'device-health');

t.test('the end of each partition lies behind its last record that fails', async (t) => {
  const all = failing(guarded('device-health', SOME), HEALTH, () => false);
  for (const [partition, before] of all)
    t.equal(before, 1 + Math.max(...HEALTH.filter((record) => record.partition === partition).map(({ offset }) => offset)));
  t.equal(all.size, new Set(HEALTH.map(({ partition }) => partition)).size);
});

t.test('a window of which nobody can tell what it means fails, and no other', async (t) => {
  const [first] = HEALTH;
  const endOf = ({ value }: ReadableRecord): number => {
    let end = Number.NaN;
    failing(guarded('device-health', SOME), [{ partition: 0, offset: 0, value }], (endMs) => {
      end = endMs;
      return true;
    });
    return end;
  };
  const unknown = endOf(first);
  const found = failing(guarded('device-health', SOME), HEALTH, (endMs) => endMs !== unknown);
  t.same(new Set(found.keys()), new Set(HEALTH.filter((record) => endOf(record) === unknown).map(({ partition }) => partition)));
});

t.test('what cannot be read as what the view releases fails', async (t) => {
  const value = HEALTH[0].value as Buffer;
  for (const broken of [null, Buffer.alloc(5), Buffer.concat([value, Buffer.from('x')]), value.subarray(0, 20)])
    t.same([...failing(guarded('device-health', SOME), [{ partition: 3, offset: 8, value: broken }])], [[3, 9]]);
  const deep: Plan = { ...GUARDED_PLAN };
  const view = { ...viewOf('device-health'), path: viewOf('device-health').path.slice(0, 1) };
  const coarse = HEALTH.filter((record) => failing(guarded('device-health', SOME, { plan: deep, view }), [record]).size > 0);
  t.ok(coarse.length > 0, 'a level that the path does not have');
});

t.test('a value that is a direct one fails, whatever the counts say', async (t) => {
  const texts = new Set<string>();
  const joins = (text: string): boolean => {
    texts.add(text);
    return false;
  };
  const { index } = guarded('device-health', SOME);
  failing(guarded('device-health', SOME, { index: { ...index, joins } }), HEALTH);
  t.notOk(texts.has('*'), 'a star is no value');
  const [name] = texts;
  const found = failing(guarded('device-health', SOME, { index: { ...index, joins: (text) => text === name } }), HEALTH);
  t.ok(found.size > 0 && found.size < new Set(HEALTH.map(({ partition }) => partition)).size);
  const only = failing(guarded('device-health', SOME, { index: { ...index, counts: null } }), HEALTH);
  t.same([...only], [], 'a dataset without attributes of the view has no other rule');
});

t.test('an output of a period is held to its k; of subjects who authorised it direct values alone', async (t) => {
  const strict = failing(guarded('device-health', SOME, { periodK: 100_000 }), HEALTH);
  t.ok(strict.size > failing(guarded('device-health', SOME), HEALTH).size, 'nobody is as many');
  const type = avro.Type.forSchema(JSON.parse(authorisedSchemaText(GUARDED_PLAN, viewOf('device-health'))));
  const row = { windowEnd: 0, level: 0, model: 'A', os: 'B', pseudonym: 'f'.repeat(32) };
  const authorised = [{ partition: 0, offset: 0, value: Buffer.concat([Buffer.alloc(5), type.toBuffer(row)]) }];
  const { index } = guarded('device-health', SOME);
  const of = (joins: (text: string) => boolean): GuardedOutput =>
    guarded('device-health', SOME, { isAuthorised: true, periodK: 100_000, index: { ...index, joins } });
  t.same(
    [
      ...failing(
        of(() => false),
        authorised,
      ),
    ],
    [],
  );
  t.same(
    [
      ...failing(
        of((text) => text === 'B'),
        authorised,
      ),
    ],
    [[0, 1]],
  );
  t.same(
    [
      ...failing(
        of((text) => text.length === 32),
        authorised,
      ),
    ],
    [],
    'the pseudonym is no value',
  );
  t.same(
    [
      ...failing(
        of(() => false),
        HEALTH.slice(0, 1),
      ),
    ].length,
    1,
    'nor is an ordinary record one of these',
  );
});
