import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { subjectOf } from '../../../src/control/subject.ts';
import type { Keys } from '../../../src/model/keys.ts';
import { HOUR_MS } from '../../../src/model/time.ts';
import { REASONS } from '../../../src/model/verdict.ts';
import { decodeLedger } from '../../../src/record/ledger.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { foldedControls } from '../../../src/runtime/control/source.ts';
import { commitmentOf } from '../../../src/runtime/keys/commitment.ts';
import { openControlKey, stageControlKey } from '../../../src/runtime/keys/control.ts';
import { memoryKeys } from '../../../src/runtime/keys/memory.ts';
import { openRing } from '../../../src/runtime/keys/ring.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/runtime/log/memory.ts';
import { controlLog, controlledPlan, OFFICER, SECOND } from '../../control/world.ts';
import { fleetLines, framed } from '../../properties/world.ts';
import { openOwner, outputsOf } from './world.ts';

/** A task of a service at a cut of control keys, with the keys in a folder that other processes change. */
const plan = controlledPlan();
const lines = fleetLines({ devices: 600, count: 5000, seed: 31, malformedShare: 0.01, spanMs: 14 * HOUR_MS, format: 'json' });
const timestampOf = (line: Buffer): number => Number(/"timestamp":(\d+)/.exec(line.toString())?.[1] ?? Number.POSITIVE_INFINITY);
const firstMs = Math.min(...lines.map((line) => timestampOf(line)));
const CUT = (Math.floor(firstMs / (6 * HOUR_MS)) + 1) * 6 * HOUR_MS;
const devices = [...new Set(lines.flatMap((line) => /"deviceId":"([^"]*)"/.exec(line.toString())?.[1] ?? []))];
const ERASED = devices.slice(0, 60);
const { prf } = plan;

const dir = t.testdir({ whole: {}, folder: {} });
const whole = join(dir, 'whole', 'keys');
openControlKey(whole, { prf, create: true });
const first = openControlKey(whole, { prf, create: false });
const second = stageControlKey(whole, prf, 2);
const commitment = commitmentOf(second);

const said = controlLog(plan);
const names = (id: string) => {
  const of = (control: typeof second) =>
    (subjectOf(plan, 'device', id, { number: 1, control, next: null }, () => Buffer.alloc(1)) as { readonly tokens: string[] }).tokens;
  return { old: of(first), fresh: of(second) };
};
for (const id of ERASED)
  said.say({ kind: 'erasure', subject: { kind: 'device', tokens: names(id).old, sealed: 'AA==' } }, firstMs - 8 * HOUR_MS);
const aliases = ERASED.map((id): [string, string] => [names(id).old[0], names(id).fresh[0]]);
said.say({ kind: 'rekey', key: 2, state: 'staged', commitment, aliases }, CUT - 7 * HOUR_MS, OFFICER, SECOND);
said.say({ kind: 'rekey', key: 2, state: 'active', commitment, from: CUT }, CUT - 7 * HOUR_MS, OFFICER, SECOND);

const live = [...said.lines];
said.say({ kind: 'rekey', key: 1, state: 'destroyed' }, CUT + 6 * HOUR_MS, OFFICER, SECOND);
/** The same, and a window after its last one the first key is destroyed. */
const ended = [...said.lines];

/** Keys of epochs that come again, and control keys of a folder. */
const keysIn = (folder: string): Keys => {
  const { control, destroyControl } = openRing(folder, { prf, views: plan.views.map(({ name }) => name), create: true });
  return { ...memoryKeys('unjoin'), control, destroyControl: (number) => destroyControl?.(number) };
};

const open = (broker: MemoryBroker, keys: Keys, log = live) =>
  openOwner({ plan, broker, keys, controls: foldedControls(plan, async () => ({ lines: log, untilMs: Number.POSITIVE_INFINITY })) });

const brokerOf = () => createMemoryBroker(framed(plan, lines, [100]));

const finish = async (task: Awaited<ReturnType<typeof open>>) => {
  for (let i = 0; i < 400 && !task.isDone(); i++) await task.step();
  return task;
};

t.test('without the key nothing is decided, and with it all of it, as if it had always been there', async (t) => {
  const reference = brokerOf();
  const done = await finish(await open(reference, keysIn(whole)));
  t.ok(outputsOf(reference).length > 100);
  t.ok((done.summary.views['device-health'].blocked.erased ?? 0) > 20);

  const folder = join(dir, 'folder', 'keys');
  openControlKey(folder, { prf, create: true });
  const text = JSON.parse(readFileSync(join(whole, 'control.json'), 'utf8'));
  writeFileSync(join(folder, 'control.json'), JSON.stringify({ ...text, keys: { 1: text.keys['1'] } }));
  const broker = brokerOf();
  const keys = keysIn(folder);
  const task = await open(broker, keys);
  await t.rejects(finish(task), { name: 'KeyError', code: 'control-key-missing' });
  const written = broker.transactions.length;
  const ends = outputsOf(broker).map((line) => Number(line.split(' ')[1]));
  t.ok(ends.length > 0 && ends.every((end) => end <= CUT), 'what lies before the cut is decided, and nothing behind it');
  await t.rejects(finish(await open(broker, keys)), { code: 'control-key-missing' }, 'also after a restart');
  t.ok(outputsOf(broker).length === ends.length && broker.transactions.length <= written + 1);

  const other = Buffer.alloc(32, 7).toString('base64');
  writeFileSync(join(folder, 'control.json'), JSON.stringify({ ...text, keys: { ...text.keys, 2: other } }));
  await t.rejects(finish(await open(broker, keys)), { code: 'control-key-missing' }, 'nor by another key under its number');

  // The very same ring finds what was put there after it was opened.
  writeFileSync(join(folder, 'control.json'), JSON.stringify(text));
  const end = await finish(await open(broker, keys));
  t.equal(end.summary.read, lines.length);
  t.strictSame(outputsOf(broker), outputsOf(reference));
  t.same(end.summary.views, done.summary.views);
});

t.test('whoever restarts on either side of the cut decides the same', async (t) => {
  const reference = brokerOf();
  await finish(await open(reference, keysIn(whole)));
  for (const every of [1, 3, 7]) {
    const broker = brokerOf();
    let task = await open(broker, keysIn(whole));
    for (let i = 0; i < 600 && !task.isDone(); i++) {
      await task.step();
      if (i % every === 0) task = await open(broker, keysIn(whole));
    }
    t.strictSame(outputsOf(broker), outputsOf(reference), `every ${every} steps`);
  }
});

t.test('a key that is destroyed while its windows are open blocks them, at once, and is let go', async (t) => {
  const folder = join(t.testdir({}), 'keys');
  openControlKey(folder, { prf, create: true });
  writeFileSync(join(folder, 'control.json'), readFileSync(join(whole, 'control.json'), 'utf8'));
  let untilMs = CUT - HOUR_MS;
  let taken = 0;
  const controls = foldedControls(plan, async () => {
    const fresh = ended.slice(taken).filter(({ appendMs }) => appendMs < untilMs);
    taken += fresh.length;
    return { lines: fresh, untilMs };
  });
  const broker = brokerOf();
  const keys = keysIn(folder);
  const handle = keys.control();
  const clock = createManualClock(Number.MAX_SAFE_INTEGER / 4);
  const task = await openOwner({ plan, broker, keys, controls, clock });
  for (let i = 0; i < 3; i++) await task.step();
  const ledger = decodeLedger(broker.transactions.at(-1)?.ledger as Uint8Array);
  t.ok(ledger.ok && ledger.value.windows.length > 0, 'windows of the key are open');
  t.equal(handle.one(Uint8Array.of(1)).length, 16, 'it is there');
  untilMs = Number.POSITIVE_INFINITY;
  clock.advance(5000);
  await task.step();
  t.throws(() => handle.one(Uint8Array.of(1)), { code: 'key-destroyed' }, 'no handle of it works any more');
  t.match(JSON.parse(readFileSync(join(folder, 'control.json'), 'utf8')), { keys: { 1: null } });
  await finish(task);
  t.ok(task.isDone());
  t.ok((task.summary.views['device-health'].blocked.destroyed ?? 0) > 50);
});

t.test('a key that is said to be destroyed is gone, and what comes late of its windows is blocked', async (t) => {
  const broker = brokerOf();
  const keys = keysIn(whole);
  const task = await finish(await open(broker, keys, ended));
  t.throws(() => keys.control({ number: 1, commitment: null }), { code: 'key-destroyed' });
  const { blocked } = task.summary.views['device-health'];
  t.ok((blocked.destroyed ?? 0) > 50, REASONS.destroyed.meaning);
  const ends = outputsOf(broker).map((line) => Number(line.split(' ')[1]));
  t.ok(ends.length > 0 && ends.every((end) => end > CUT));
});
