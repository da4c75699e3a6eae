import { renameSync } from 'node:fs';
import t from 'tap';
import { createControlFold } from '../../../src/control/fold.ts';
import { DatasetError } from '../../../src/model/dataset-error.ts';
import { STAGES } from '../../../src/pipeline.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { folderGuarding, impatient, isNamedByLog, namedGuarding } from '../../../src/runtime/dataset/guarding.ts';
import { requireNamed } from '../../../src/runtime/dataset/named.ts';
import { datasetRecord } from '../../../src/runtime/dataset/register.ts';
import { createShelf } from '../../../src/runtime/dataset/shelf.ts';
import { createMemoryBroker } from '../../../src/runtime/log/memory.ts';
import type { Task } from '../../../src/runtime/task.ts';
import { controlLog, KEYS } from '../../control/world.ts';
import { framed, runInMemory } from '../../properties/world.ts';
import { openOwner } from '../task/world.ts';
import {
  cardsOf,
  DAY_MS,
  growingControls,
  HOUR_MS,
  LINES,
  losing,
  type NamedWorld,
  namedControls,
  namedWorld,
  naming,
  PLAN,
  START_MS,
  windowsOf,
} from './named-world.ts';
import { planWith, someCards } from './world.ts';

const HEALTH = 'device-health';
const batches = () => framed(PLAN, LINES, [500]);

const runBy = async ({ shelf }: NamedWorld, lines: ReturnType<typeof naming>) =>
  runInMemory(PLAN, batches(), 'unjoin', STAGES, namedControls(shelf, lines));

t.test('each window obeys the index that was named last before its end, exactly', async (t) => {
  const world = namedWorld(t);
  const [one, two] = [await world.register(cardsOf('7')), await world.register(cardsOf(...'01234567'))];
  const long = START_MS - 8 * HOUR_MS;
  const byOne = windowsOf((await runBy(world, naming([one, long]))).transactions);
  const byTwo = windowsOf((await runBy(world, naming([two, long]))).transactions);
  const differ = [...byOne].filter(([name, released]) => String(released) !== String(byTwo.get(name))).map(([name]) => name);
  for (const atMs of [START_MS + 2 * HOUR_MS - 1, START_MS + 2 * HOUR_MS]) {
    const mixed = windowsOf((await runBy(world, naming([one, long], [two, atMs]))).transactions);
    const sides = new Set<boolean>();
    for (const name of new Set([...byOne.keys(), ...byTwo.keys()])) {
      const isLater = atMs < Number(name.split(' ')[1]);
      t.strictSame(mixed.get(name), (isLater ? byTwo : byOne).get(name), `${name} ${atMs}`);
      if (differ.includes(name)) sides.add(isLater);
    }
    t.equal(sides.size, 2, 'the indexes differ on both sides');
  }
});

t.test('nothing in force, or nothing fresh enough: the view is blocked whole, and the others are as ever', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(cardsOf('7'));
  const free = await runBy(world, naming([index, START_MS - DAY_MS]));
  const blockedUntil = async (lines: ReturnType<typeof naming>, untilMs: number, fromMs = Number.POSITIVE_INFINITY) => {
    const run = await runBy(world, lines);
    const [got, all] = [windowsOf(run.transactions), windowsOf(free.transactions)];
    for (const [name, released] of all) {
      const [view, endMs] = name.split(' ');
      const isBarred = view !== 'feature-usage' && (Number(endMs) <= untilMs || Number(endMs) > fromMs);
      t.strictSame(got.get(name) ?? [], isBarred ? [] : released, name);
    }
    t.ok((run.summary.views[HEALTH].blocked['dataset'] ?? 0) > (free.summary.views[HEALTH].blocked['dataset'] ?? 0));
  };
  await blockedUntil(naming([index, START_MS + 2 * HOUR_MS]), START_MS + 2 * HOUR_MS);
  const old = { asOf: START_MS + 2 * HOUR_MS - 7 * DAY_MS };
  await blockedUntil(naming([index, START_MS - DAY_MS, old]), 0, START_MS + 2 * HOUR_MS);
  const foreign = { basis: 'f'.repeat(64) };
  await blockedUntil(naming([index, START_MS - DAY_MS, foreign]), Number.POSITIVE_INFINITY);
});

t.test('an index of another basis does not replace one, and nobody makes data newer than their record', (t) => {
  const fold = createControlFold(PLAN);
  const stored = {
    path: '',
    digest: 'a'.repeat(64),
    header: {
      name: 'warranty-cards',
      basis: PLAN.datasets[0].basis,
      asOf: '2026-11-20T00:00:00.000Z',
      rows: 1,
      persons: 1,
      mappedPermille: 1000,
      keyId: '',
    },
  };
  const next = { digest: 'b'.repeat(64), basis: 'f'.repeat(64) };
  const late = { digest: 'c'.repeat(64), asOf: START_MS + 1000 * DAY_MS };
  for (const line of naming([stored, START_MS], [stored, START_MS + 1, next], [stored, START_MS + 2, late])) fold.take(line);
  const [dataset] = PLAN.datasets;
  t.equal(fold.named(dataset, START_MS), null);
  t.strictSame(fold.named(dataset, START_MS + 2), { digest: 'a'.repeat(64), asOfMs: Date.UTC(2026, 10, 20), isLost: false });
  t.strictSame(fold.named(dataset, START_MS + 3), { digest: 'c'.repeat(64), asOfMs: START_MS + 2, isLost: false });
  t.end();
});

const steps = async (task: Task, count: number): Promise<{ readonly closed: string[]; readonly waits: Set<string> }> => {
  const closed: string[] = [];
  const waits = new Set<string>();
  for (let i = 0; i < count && !task.isDone(); i++) {
    const info = await task.step();
    closed.push(...info.closed.map(({ view }) => view));
    for (const [view, code] of info.waits) waits.add(`${PLAN.views[view].name} ${code}`);
  }
  return { closed, waits };
};

t.test('an index that is not to be had holds the windows that it guards, over a restart, and nothing is lost', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(cardsOf('7'));
  const lines = naming([index, START_MS - DAY_MS]);
  const always = await runBy(world, lines);
  const away = `${index.path}.aside`;
  renameSync(index.path, away);
  const broker = createMemoryBroker(batches());
  const open = () => openOwner({ plan: PLAN, broker, controls: namedControls(world.shelf, lines), keys: KEYS });
  const first = await steps(await open(), 60);
  t.strictSame([...first.waits].sort(), ['device-health dataset-missing', 'presence-by-area dataset-missing']);
  t.strictSame(new Set(first.closed), new Set(['feature-usage']), 'a view that it does not guard goes on');
  const task = await open();
  const second = await steps(task, 10);
  t.strictSame([second.closed, second.waits.size], [[], 2]);
  renameSync(away, index.path);
  const third = await steps(task, 200);
  t.ok(task.isDone());
  t.strictSame(third.waits.size, 0);
  t.strictSame(windowsOf(broker.transactions), windowsOf(always.transactions));
});

t.test('owners that follow one another while the index changes decide as one that never stopped', async (t) => {
  const world = namedWorld(t);
  const [one, two] = [await world.register(cardsOf('7')), await world.register(cardsOf(...'01234567'))];
  const lines = naming([one, START_MS - DAY_MS], [two, START_MS + 2 * HOUR_MS]);
  const always = await runBy(world, lines);
  const broker = createMemoryBroker(batches());
  let isDone = false;
  let owners = 0;
  for (; !isDone && owners < 200; owners++) {
    // A process of its own: it has loaded nothing, and is gone after one to four steps.
    const shelf = createShelf({ index: world.index, keys: world.keys });
    const task = await openOwner({ plan: PLAN, broker, controls: namedControls(shelf, lines), keys: KEYS });
    await steps(task, 1 + (owners % 4));
    isDone = task.isDone();
  }
  t.ok(isDone);
  t.ok(owners > 3, 'there were several');
  t.strictSame(windowsOf(broker.transactions), windowsOf(always.transactions));
});

t.test('a window that was decided is completed by what held then, though the index went away', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(cardsOf('7'));
  const lines = naming([index, START_MS - DAY_MS]);
  const broker = createMemoryBroker(batches());
  const task = await openOwner({ plan: PLAN, broker, controls: namedControls(world.shelf, lines), keys: KEYS });
  let [decided, closed] = [0, 0];
  const isDecided = (): boolean =>
    String(broker.transactions.at(-1)?.ledger && Buffer.from(broker.transactions.at(-1)?.ledger as Uint8Array)).includes('"decided":[{');
  for (let i = 0; i < 200 && decided === 0; i++) {
    await task.step();
    if (isDecided()) decided++;
  }
  t.equal(decided, 1);
  renameSync(index.path, `${index.path}.aside`);
  closed += (await task.step()).closed.length;
  t.ok(closed > 0);
  const other = await openOwner({
    plan: PLAN,
    broker,
    controls: namedControls(createShelf({ index: world.index, keys: world.keys }), lines),
    keys: KEYS,
  });
  const { closed: later } = await steps(other, 30);
  t.notOk(later.includes(HEALTH), 'whoever comes later has to wait');
});

/** What left at all: of guarded views in windows that end after a time alone. */
const leftAfter = (all: ReadonlyMap<string, readonly string[]>, fromMs = Number.NEGATIVE_INFINITY) =>
  [...all].filter(([name, { length }]) => {
    const [view, endMs] = name.split(' ');
    return length > 0 && (view === 'feature-usage' || Number(endMs) > fromMs);
  });

t.test('what needs an index that was given up is blocked, be its file there or not; a newer one guards what comes after', async (t) => {
  const world = namedWorld(t);
  const [one, two] = [await world.register(cardsOf('7')), await world.register(cardsOf(...'01234567'))];
  const said = [[one, START_MS - DAY_MS], [two, START_MS + 2 * HOUR_MS]] as const; // biome-ignore format: a list
  const whole = windowsOf((await runBy(world, naming(...said))).transactions);
  const lines = losing(said, [one, START_MS + 10 * HOUR_MS]);
  for (const isThere of [true, false]) {
    if (!isThere) renameSync(one.path, `${one.path}.aside`);
    const { transactions, summary } = await runBy(world, lines);
    t.strictSame(leftAfter(windowsOf(transactions)), leftAfter(whole, START_MS + 2 * HOUR_MS));
    t.ok((summary.views[HEALTH].blocked['dataset'] ?? 0) > 0);
  }
  const both = losing(said, [one, START_MS + 10 * HOUR_MS], [two, START_MS + 10 * HOUR_MS]);
  const none = windowsOf((await runBy(world, both)).transactions);
  t.ok([...none].every(([name, released]) => name.startsWith('feature-usage') || released.length === 0));
  t.throws(() => requireNamed(PLAN, naming([one, 0]), world.shelf), { code: 'dataset-missing' });
  t.doesNotThrow(() => requireNamed(PLAN, losing([[one, 0]], [one, 1]), world.shelf), 'a service begins without what nobody needs');
});

t.test('who finds it again names it again', async (t) => {
  const fold = createControlFold(PLAN);
  const world = namedWorld(t);
  const index = await world.register(someCards(300));
  const lines = losing([[index, START_MS]], [index, START_MS + 5]);
  for (const line of lines) fold.take(line);
  const at = (endMs: number): boolean | undefined => fold.named(PLAN.datasets[0], endMs)?.isLost;
  t.strictSame([START_MS, START_MS + 1, START_MS + 9].map(at), [undefined, true, true], 'also of windows that ended before it was said');
  const [again] = naming([index, START_MS + 7]).slice(-1);
  t.equal(fold.take({ ...again, offset: 2 }).refusal, 'replayed');
  const next = controlLog(PLAN);
  for (const line of lines) next.put(Buffer.from(line.value).toString(), line.appendMs);
  next.say(datasetRecord(index), START_MS + 7);
  const found = createControlFold(PLAN);
  for (const line of next.lines) found.take(line);
  t.strictSame([START_MS + 7, START_MS + 8].map((endMs) => found.named(PLAN.datasets[0], endMs)?.isLost), [true, false]); // biome-ignore format: one thing
});

t.test('windows that wait go on, blocked, when their index is given up: also those that were decided before a restart', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(cardsOf('7'));
  const broker = createMemoryBroker(batches());
  const clock = createManualClock(START_MS + 30 * DAY_MS);
  const said = [[index, START_MS - DAY_MS]] as const;
  const lines = [...naming(...said)];
  const open = () =>
    openOwner({ plan: PLAN, broker, clock, controls: growingControls(createShelf(world), lines, clock.nowMs), keys: KEYS });
  const task = await open();
  const isDecided = (): boolean => Buffer.from(broker.transactions.at(-1)?.ledger ?? []).includes('"decided":[{');
  for (let i = 0; i < 200 && !isDecided(); i++) await task.step();
  t.ok(isDecided());
  renameSync(index.path, `${index.path}.aside`);
  const other = await open();
  t.strictSame((await steps(other, 10)).closed, [], 'decided, and not to be completed');
  lines.push(...losing(said, [index, clock.nowMs()]).slice(lines.length));
  clock.advance(60_000);
  const last = await steps(other, 300);
  t.ok(other.isDone());
  t.ok(last.closed.includes(HEALTH));
  const guarded = [...windowsOf(broker.transactions)].filter(([name]) => !name.startsWith('feature-usage'));
  t.ok(
    guarded.every(([, released]) => released.length === 0),
    'and nothing of them left',
  );
});

t.test('over files nobody waits', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(someCards(300));
  const guarding = impatient(PLAN, namedGuarding(PLAN, world.shelf));
  const named = (digest: string) => () => ({ digest, asOfMs: START_MS, isLost: false });
  t.throws(() => guarding.of(PLAN.views[0], START_MS, named('e'.repeat(64))), { code: 'dataset-missing' });
  t.notOk(guarding.of(PLAN.views[0], START_MS, named(index.digest)) instanceof DatasetError);
  const plain = impatient(PLAN, folderGuarding(PLAN, world));
  t.doesNotThrow(() => plain.of(PLAN.views[0], START_MS, () => null));
  t.throws(() => plain.of(PLAN.views[0], START_MS + 7 * DAY_MS, () => null), { code: 'dataset-stale' });
});

t.test('nobody begins before an index is named and there', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(someCards(300));
  t.throws(() => requireNamed(PLAN, [], world.shelf), { code: 'dataset-unnamed' });
  t.throws(() => requireNamed(PLAN, naming([index, 0, { basis: 'f'.repeat(64) }]), world.shelf), { code: 'dataset-unnamed' });
  t.throws(() => requireNamed(PLAN, naming([index, 0, { digest: 'f'.repeat(64) }]), world.shelf), { code: 'dataset-missing' });
  t.doesNotThrow(() => requireNamed(PLAN, naming([index, 0]), world.shelf));
  t.ok(isNamedByLog(PLAN));
  t.notOk(isNamedByLog(planWith()));
});

t.test('without signers the newest index of the folder guards until the folder is read again', async (t) => {
  const world = namedWorld(t);
  t.throws(() => folderGuarding(PLAN, world), { code: 'dataset-missing' });
  await world.register(someCards(300));
  const guarding = folderGuarding(PLAN, world);
  const before = guarding.fixed;
  const newer = await world.register(someCards(200), START_MS);
  t.equal(guarding.fixed, before);
  renameSync(newer.path, `${newer.path}.aside`);
  renameSync(`${newer.path}.aside`, newer.path.replace(newer.digest.slice(0, 12), '0123456789ab'));
  t.throws(() => guarding.refresh(), { code: 'dataset-index-broken' });
  t.equal(guarding.fixed, before, 'what guarded goes on guarding');
  renameSync(newer.path.replace(newer.digest.slice(0, 12), '0123456789ab'), newer.path);
  guarding.refresh();
  t.not(guarding.fixed, before);
});
