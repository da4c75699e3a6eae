import fc from 'fast-check';
import t from 'tap';
import { TransportError } from '../../../src/model/log.ts';
import { verifyChain } from '../../../src/record/audit.ts';
import { decodeLedger, LEDGER_START, ledgerHash } from '../../../src/record/ledger.ts';
import { openLineage } from '../../../src/record/lineage.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { memoryKeys, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/runtime/log/memory.ts';
import type { Summary } from '../../../src/runtime/summary.ts';
import { fleetLines, framed, smartHome } from '../../properties/world.ts';
import { type Mishap, openOwner, outputsOf } from './world.ts';

const plan = smartHome();
const lines = fleetLines({ devices: 600, count: 1600, seed: 31, malformedShare: 0.01, spanMs: 3 * 3_600_000 });

/** Owners one after another until one comes to the end; each ends at its first error. A step takes a second. */
const finish = async (broker: MemoryBroker, mishaps: readonly Mishap[], heldEveryMs: number): Promise<Summary> => {
  let at = 0;
  const clock = createManualClock(Number.MAX_SAFE_INTEGER / 4);
  for (;;) {
    try {
      const task = await openOwner({ plan, broker, heldEveryMs, clock, mishap: () => mishaps[at++] ?? 'none' });
      while (!task.isDone()) {
        clock.advance(1000);
        await task.step();
      }
      return task.summary;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }
};

const lineageOf = (broker: MemoryBroker) => {
  const key = memoryRecipients('restore').lineageKey;
  return broker.transactions
    .flatMap(({ lineage }) => lineage)
    .map((line) => {
      const opened = openLineage(line, key);
      if (!opened.ok) throw new Error(opened.error);
      return opened.value;
    });
};

t.test('owners that lose replies before and after their effect release what an undisturbed one does, once', async (t) => {
  const undisturbed = createMemoryBroker(framed(plan, lines, [90]));
  const expected = await finish(undisturbed, [], 0);
  t.ok(outputsOf(undisturbed).length > 300);
  const mishap = fc.constantFrom<Mishap>('none', 'none', 'before', 'after');
  await fc.assert(
    fc.asyncProperty(
      fc.array(mishap, { maxLength: 40 }),
      fc.constantFrom(0, 2000, 5000, Number.MAX_SAFE_INTEGER),
      async (mishaps, heldEveryMs) => {
        const broker = createMemoryBroker(framed(plan, lines, [90]));
        const summary = await finish(broker, mishaps, heldEveryMs);
        t.strictSame(outputsOf(broker), outputsOf(undisturbed));
        t.strictSame(summary, expected);
        const chunks = lineageOf(broker);
        t.equal(new Set(chunks.map(({ view, windowStart, chunk }) => `${view} ${windowStart} ${chunk}`)).size, chunks.length);
        const rows = chunks.flatMap(({ view, sources, rows }) =>
          rows.map(({ source, offset }) => `${view} ${sources[source].topic} ${sources[source].partition} ${offset}`),
        );
        t.equal(new Set(rows).size, rows.length, 'one verdict for each record and view');
        t.equal(verifyChain(broker.transactions.flatMap(({ audit }) => audit)).broken, -1);
      },
    ),
    { numRuns: 20 },
  );
});

t.test('entries form one chain, and windows are decided one transaction before they are completed', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [200]));
  await finish(broker, [], 0);
  let prev = LEDGER_START;
  let decided: string[] = [];
  for (const [seq, { ledger, outputs }] of broker.transactions.entries()) {
    const entry = decodeLedger(ledger as Uint8Array);
    if (!entry.ok) throw new Error(entry.error);
    t.equal(entry.value.seq, seq);
    t.equal(entry.value.prev, prev);
    prev = ledgerHash(ledger as Uint8Array);
    for (const { view, windowEndMs } of outputs) t.ok(decided.includes(`${view} ${windowEndMs}`), 'decided by the entry before');
    t.equal(outputs.length, decided.length, 'and completed by the next');
    const windowMs = (name: string): number => plan.views.find((view) => view.name === name)?.windowMs as number;
    decided = entry.value.decided.map(({ view, windowStart }) => `${view} ${windowStart + windowMs(view)}`);
  }
});

t.test('a zombie that was replaced cannot append, and its successor is not disturbed', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [90]));
  const zombie = await openOwner({ plan, broker });
  await zombie.step();
  const owner = await openOwner({ plan, broker });
  await t.rejects(zombie.step(), { code: 'fenced' });
  while (!owner.isDone()) await owner.step();
  const undisturbed = createMemoryBroker(framed(plan, lines, [90]));
  await finish(undisturbed, [], 0);
  t.strictSame(outputsOf(broker), outputsOf(undisturbed));
});

t.test('an owner whose successor has held more while it restores comes to its own entry, and is fenced at its first step', async (t) => {
  const broker = await underway();
  const before = broker.transactions.length;
  const zombie = await openOwner({
    plan,
    broker,
    async recovered() {
      const successor = await openOwner({ plan, broker });
      for (let step = 0; step < 3; step++) await successor.step();
    },
  });
  t.ok(broker.transactions.slice(before).some(({ held }) => held.length > 0));
  await t.rejects(zombie.step(), { name: 'TransportError', code: 'fenced' });
});

/** A broker some way on, with survivors in `held`. */
const underway = async (): Promise<MemoryBroker> => {
  const broker = createMemoryBroker(framed(plan, lines, [90]));
  const task = await openOwner({ plan, broker });
  for (let step = 0; step < 4; step++) await task.step();
  return broker;
};

t.test('a partition that is new is read from its first record, whatever a restart reads again', async (t) => {
  const all = framed(plan, lines, [90]);
  const before = createMemoryBroker(all.slice(0, 2));
  const owner = await openOwner({ plan, broker: before, heldEveryMs: Number.MAX_SAFE_INTEGER });
  for (let step = 0; step < 3; step++) await owner.step();
  const broker = createMemoryBroker(all);
  broker.transactions.push(...before.transactions);
  const next = await openOwner({ plan, broker, heldEveryMs: Number.MAX_SAFE_INTEGER });
  while (!next.isDone()) await next.step();
  t.equal(next.summary.read, all.flat().reduce((sum, { count }) => sum + count, 0)); // biome-ignore format: a line
});

t.test('nothing is decided on a state that is not that of the ledger', async (t) => {
  const whole = await underway();
  t.ok(whole.transactions.some(({ held }) => held.length > 0));

  const lost = await underway();
  lost.transactions.forEach((transaction, i) => {
    lost.transactions[i] = { ...transaction, held: [] };
  });
  await t.rejects(openOwner({ plan, broker: lost }), { name: 'InvariantError', message: /survivors/ });

  const changed = await underway();
  changed.transactions.forEach((transaction, i) => {
    changed.transactions[i] = { ...transaction, held: transaction.held.map((bytes) => Buffer.from(bytes).fill(7, bytes.length - 3)) };
  });
  await t.rejects(openOwner({ plan, broker: changed }), { code: 'corrupt' });

  await t.rejects(openOwner({ plan, broker: await underway(), keys: memoryKeys('others') }), { code: 'corrupt' });
  await t.rejects(openOwner({ plan, broker: await underway(), task: 1 }), { code: 'corrupt' });
  await t.rejects(openOwner({ plan: { ...plan, digest: 'ab'.repeat(32) }, broker: await underway() }), { code: 'misconfigured' });

  const shorter = await underway();
  shorter.batches[0].length = 0;
  await t.rejects(openOwner({ plan, broker: shorter }), { code: 'out-of-range' });
});

t.test('a clock of the source that is far ahead of ours stops the task before anything is written', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [90]));
  const task = await openOwner({ plan, broker, clock: createManualClock(0) });
  await t.rejects(task.step(), { name: 'TransportError', canRetry: true });
  t.equal(broker.transactions.length, 1, 'the beginning alone');
});
