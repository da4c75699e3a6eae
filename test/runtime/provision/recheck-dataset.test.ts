import avro from 'avsc';
import t from 'tap';
import { authorisedSchemaText } from '../../../src/encode/encode.ts';
import type { DatasetIndex } from '../../../src/model/controls.ts';
import type { Plan, ViewPlan } from '../../../src/model/plan.ts';
import { STAGES } from '../../../src/pipeline.ts';
import { isNoLess } from '../../../src/runtime/provision/no-less.ts';
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
const recordsOf = (
  { run }: Awaited<ReturnType<typeof play>>,
  name: string,
  partitions = new Map<string, number>(),
): readonly ReadableRecord[] => {
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

const failing = (
  output: GuardedOutput,
  records: readonly ReadableRecord[],
  isReadable: (endMs: number) => boolean = () => true,
  decidedBy: GuardedOutput['index'] | null = null,
) => {
  const found = createDatasetRecheck(output);
  for (const record of records) found.take(record);
  return found.before({ isReadable, decidedBy: () => decidedBy });
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

/** What several tasks left by one index, each of its own homes, as it lies in one topic; and task by task. */
const byTasks = async (lines: readonly Buffer[], tasks: number, rows: Rows) => {
  const partitions = new Map<string, number>();
  const all: (readonly ReadableRecord[])[] = [];
  for (let task = 0; task < tasks; task++) {
    const own = lines.filter((line) => [...(/"householdId":"([^"]*)"/.exec(line.toString())?.[1] ?? '')].reduce((sum, char) => sum + char.charCodeAt(0), 0) % tasks === task); // biome-ignore format: a line
    all.push(recordsOf(await play(own as Buffer[], 'keys', {}, STAGES, guardedBy(rows)), 'device-health', partitions));
  }
  return all;
};

/** The owners' data a week later: some persons more or fewer, some with another device or another version. */
const CHANGES: Readonly<Record<string, (lines: readonly Buffer[]) => readonly [from: Rows, to: Rows]>> = {
  nothing: (lines) => [rowsOf(lines, 40), rowsOf(lines, 40)],
  'persons more': (lines) => [rowsOf(lines, 40), rowsOf(lines, 44)],
  'persons fewer': (lines) => [rowsOf(lines, 44), rowsOf(lines, 40)],
  'persons who bought another device': (lines) => {
    const rows = rowsOf(lines, 60);
    const cards = rows.cards.map(
      (card, i): Card => (i % 9 === 0 ? { ...card, model: rows.cards[(i * 7) % rows.cards.length]['model'] } : card),
    );
    return [rows, { ...rows, cards }];
  },
  'persons with another version': (lines) => {
    const rows = rowsOf(lines, 100);
    return [rows, { ...rows, cards: rows.cards.map((card, i): Card => (i % 7 === 0 ? { ...card, version: null } : card)) }];
  },
  'a device more each': (lines) => {
    const rows = rowsOf(lines, 50);
    return [rows, { ...rows, cards: [...rows.cards, ...rows.cards.map((card, i): Card => ({ ...card, model: rows.cards[(i * 5) % rows.cards.length]['model'] }))] }]; // biome-ignore format: rows
  },
};

t.test('of several tasks nothing passes that fails by what the task itself had left finer, and little fails beside it', async (t) => {
  let [strictly, found, due] = [0, 0, 0];
  for (const tasks of [2, 3])
    for (const [what, change] of Object.entries(CHANGES)) {
      const lines = fleetLines({ devices: 3000, count: 8000, spanMs: 3_600_000, seed: tasks, malformedShare: 0 });
      const [from, to] = change(lines);
      const all = await byTasks(lines, tasks, from);
      const [before, after] = [guarded('device-health', from), guarded('device-health', to)];
      const strict = failing(after, all.flat());
      const told = failing(after, all.flat(), undefined, before.index);
      // Of one task it is exact, as the first test shows.
      const must = new Set(all.flatMap((own) => [...failing(after, own).keys()]));
      t.same([...must].filter((partition) => !told.has(partition)), [], `${what}, ${tasks} tasks`); // biome-ignore format: a line
      t.same([...told.keys()].filter((partition) => !strict.has(partition)), []); // biome-ignore format: a line
      if (what === 'nothing') t.equal(told.size, 0, `${strict.size} could not be told from outputs alone`);
      strictly += strict.size;
      found += told.size;
      due += must.size;
    }
  t.ok(due > 5, `${due} have to go`);
  t.ok(found < strictly, `${found} go, ${strictly} would by outputs alone`);
});

t.test('an index without the same attributes says nothing of what left', async (t) => {
  const { index } = guarded('device-health', SOME);
  const one = { level: 0, texts: ['nobodys', 'nobodys'] };
  t.equal(isNoLess(one, index, index), true);
  t.equal(isNoLess(one, { ...index, counts: null }, index), false);
  t.equal(isNoLess(one, index, { ...index, counts: null }), false);
  t.equal(isNoLess(one, { ...index, counts: { ...index.counts, columns: 1 } as DatasetIndex }, index), false);
});
