import t from 'tap';
import { decodeLedger } from '../../../src/record/ledger.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { createMemoryBroker } from '../../../src/runtime/log/memory.ts';
import { fleetLines, framed, smartHome } from '../../properties/world.ts';
import { openOwner, outputsOf } from './world.ts';

const plan = smartHome();
const SPAN_MS = 2 * 3_600_000;
const lines = fleetLines({ devices: 600, count: 1600, seed: 31, malformedShare: 0, spanMs: SPAN_MS });
const IDLE_MS = 30_000;
const endless = { isFinite: false } as const;

/** The last append time of the fleet, and the end of the last window that it touches. */
const lastMs = Math.max(...framed(plan, lines, [lines.length]).flatMap((batches) => batches.flatMap(({ appendMs }) => [...appendMs])));
const HOUR_MS = 3_600_000;
const endMs = (Math.floor(lastMs / HOUR_MS) + 1) * HOUR_MS;

const isHourly = (view: string): boolean => plan.views.find(({ name }) => name === view)?.windowMs === HOUR_MS;

t.test('a quiet partition does not hold a window for ever: two looks, and our clock far enough ahead', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [200]));
  const clock = createManualClock(lastMs);
  const task = await openOwner({ plan, broker, clock, log: endless });
  const closed: number[] = [];
  const step = async (): Promise<void> => {
    for (const { view, windowEndMs } of (await task.step()).closed) if (isHourly(view)) closed.push(windowEndMs);
  };
  for (let i = 0; i < 40; i++) await step();
  t.equal(task.summary.read, lines.length);
  t.notOk(closed.includes(endMs), 'the last window is not over by what was read');

  clock.set(endMs + IDLE_MS - 1);
  for (let i = 0; i < 4; i++) await step();
  t.notOk(closed.includes(endMs), 'nor by a clock that may be so much ahead of the broker');

  clock.set(endMs + IDLE_MS);
  await step();
  t.notOk(closed.includes(endMs), 'one look may have seen an old watermark');
  await step();
  t.notOk(closed.includes(endMs), 'the decision comes first');
  const entry = decodeLedger(broker.transactions.at(-1)?.ledger as Uint8Array);
  t.ok(entry.ok && entry.value.decided.length > 0, 'and is in the ledger');
  t.ok(entry.ok && entry.value.positions.every(({ clock: at, restoreFrom, next }) => at !== null && at >= endMs && restoreFrom === next));
  await step();
  t.ok(closed.includes(endMs), 'then its output');
});

t.test('who may not fetch decides nothing by watermarks that are old, and loses nothing', async (t) => {
  const whole = createMemoryBroker(framed(plan, lines, [200]));
  const part = createMemoryBroker(framed(plan, lines, [200]));
  const run = async (broker: typeof whole, pausedSteps: ReadonlySet<number>): Promise<void> => {
    const clock = createManualClock(lastMs);
    const task = await openOwner({ plan, broker, clock, log: endless });
    for (let step = 0; step < 60; step++) {
      const mayFetch = !pausedSteps.has(step);
      const { records, isWritten } = await task.step(mayFetch);
      if (!mayFetch) t.equal(records, 0, 'nothing is read');
      if (step > 40 && !isWritten) clock.set(endMs + 2 * IDLE_MS);
    }
    t.equal(task.summary.read, lines.length);
  };
  await run(whole, new Set());
  await run(part, new Set([0, 1, 2, 5, 6, 7, 8, 20, 21, 43, 44, 46, 48, 50, 51]));
  t.strictSame(outputsOf(part), outputsOf(whole));

  const blind = createMemoryBroker(framed(plan, lines, [200]));
  const clock = createManualClock(lastMs);
  const task = await openOwner({ plan, broker: blind, clock, log: endless });
  for (let i = 0; i < 40; i++) await task.step();
  clock.set(endMs + 2 * IDLE_MS);
  const before = blind.transactions.length;
  for (let i = 0; i < 10; i++) await task.step(false);
  t.equal(blind.transactions.length, before, 'no partition is idle for who does not look');
});

t.test('a restart between the decision and its output completes the same window', async (t) => {
  const run = async (isInterrupted: boolean): Promise<string[]> => {
    const broker = createMemoryBroker(framed(plan, lines, [200]));
    const clock = createManualClock(lastMs);
    let task = await openOwner({ plan, broker, clock, log: endless });
    for (let i = 0; i < 40; i++) await task.step();
    clock.set(endMs + IDLE_MS);
    await task.step();
    await task.step();
    // Were the clock asked again it would say otherwise: only the ledger counts.
    if (isInterrupted) {
      clock.set(lastMs);
      task = await openOwner({ plan, broker, clock, log: endless });
    }
    await task.step();
    return outputsOf(broker);
  };
  const whole = await run(false);
  t.ok(whole.length > 50);
  t.strictSame(await run(true), whole);
});

t.test('steps without anything new write nothing', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [lines.length]));
  const task = await openOwner({ plan, broker, clock: createManualClock(lastMs), log: endless });
  for (let i = 0; i < 5; i++) await task.step();
  const written = broker.transactions.length;
  for (let i = 0; i < 5; i++) t.match(await task.step(), { isWritten: false, records: 0 });
  t.equal(broker.transactions.length, written);
});
