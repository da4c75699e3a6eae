import fc from 'fast-check';
import t from 'tap';
import { type Log, TransportError } from '../../../src/model/log.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { decodeAuditAcceptance, decodeAuditLine, verifyChain } from '../../../src/record/audit.ts';
import { decodeLedger, type LedgerEntry } from '../../../src/record/ledger.ts';
import type { Acceptance } from '../../../src/runtime/acceptance.ts';
import { createManualClock, type ManualClock } from '../../../src/runtime/clock.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/runtime/log/memory.ts';
import type { Task } from '../../../src/runtime/task.ts';
import { createCorpus } from '../../../src/verify/identifiers/corpus.ts';
import { createFindings } from '../../../src/verify/report.ts';
import { readAudit } from '../../../src/verify/statements/audit.ts';
import { fleetLines, framed, smartHome } from '../../properties/world.ts';
import { type Mishap, openOwner, outputsOf } from './world.ts';

const HOUR_MS = 3_600_000;
const hourly = ({ views, ...plan }: Plan): Plan => ({ ...plan, views: views.map((view) => ({ ...view, windowMs: HOUR_MS, k: 5 })) });
const OLD = hourly(smartHome());
/** Another plan: it asks for more households, and has one view less. */
const NEW: Plan = {
  ...OLD,
  digest: 'ab'.repeat(32),
  events: OLD.events.map((event) => ({ ...event, views: event.views.filter((view) => view < 2) })),
  views: OLD.views.slice(0, 2).map((view) => ({ ...view, k: 12 })),
};
const PLANS = new Map([OLD, NEW].map((plan) => [plan.digest, plan]));

const lines = fleetLines({ devices: 400, count: 1500, seed: 8, malformedShare: 0.01, spanMs: 5 * HOUR_MS });
const brokerOf = (): MemoryBroker => createMemoryBroker(framed(OLD, lines, [60]));
const LAST_MS = Math.max(
  ...brokerOf().batches.flatMap((batches) => batches.flatMap(({ appendMs }) => [...appendMs].filter((at) => at > 0))),
);
const FIRST_MS = Math.min(
  ...brokerOf().batches.flatMap((batches) => batches.flatMap(({ appendMs }) => [...appendMs].filter((at) => at > 0))),
);

/** Our clock goes with what is read, as it does where gateways publish. */
const following = (log: Log, clock: ManualClock): Log => ({
  ...log,
  async fetch(paused) {
    const batches = await log.fetch(paused);
    const times = batches.flatMap(({ appendMs }) => [...appendMs].filter((at) => at > 0));
    clock.set(Math.max(clock.nowMs(), ...times));
    return batches;
  },
});

const lastEntry = (broker: MemoryBroker): LedgerEntry | null => {
  const bytes = broker.transactions.at(-1)?.ledger;
  if (bytes == null) return null;
  const read = decodeLedger(bytes);
  if (!read.ok) throw new Error(read.error);
  return read.value;
};

interface Drive {
  readonly broker: MemoryBroker;
  readonly mishaps?: readonly Mishap[];
  /** Plan wanted from each step on, by number of the step. */
  readonly wanted?: ReadonlyMap<number, Plan>;
  readonly ignoresPause?: boolean;
  readonly heldEveryMs?: number;
  readonly acceptance?: Acceptance;
}

/** Owners one after another, each with the plan that the ledger names, until everything that was read is decided. */
const drive = async ({
  broker,
  mishaps = [],
  wanted = new Map(),
  ignoresPause = false,
  heldEveryMs = 0,
  acceptance,
}: Drive): Promise<number> => {
  const clock = createManualClock(FIRST_MS);
  let at = 0;
  let steps = 0;
  let idle = 0;
  let handOvers = 0;
  let asked: readonly [Plan, number] | null = null;
  const open = (): Promise<Task> =>
    openOwner({
      plan: PLANS.get(lastEntry(broker)?.plan ?? OLD.digest) as Plan,
      broker,
      log: { isFinite: false },
      clock,
      heldEveryMs,
      mishap: () => mishaps[at++] ?? 'none',
      wrap: (log) => following(ignoresPause ? { ...log, fetch: () => log.fetch() } : log, clock),
    });
  let task: Task | null = null;
  while (idle < 20) {
    try {
      task ??= await open();
      const plan = wanted.get(steps++);
      if (plan !== undefined) asked = [plan, steps];
      if (asked !== null)
        task.request({ plan: asked[0].digest, alignMs: HOUR_MS, atMs: asked[1], ...(acceptance === undefined ? {} : { acceptance }) });
      const { isHandedOver, isWritten } = await task.step();
      if (isHandedOver) {
        handOvers++;
        task = null;
      }
      idle = isWritten ? 0 : idle + 1;
      // Nothing comes any more: time goes on alone.
      if (!isWritten) clock.advance(HOUR_MS / 2);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      task = null;
    }
  }
  return handOvers;
};

const endOf = (line: string): number => Number(line.split(' ')[1]);

/** Where the plan changed, by the ledger; and what each plan alone would have released before and after. */
const expected = async (from: number): Promise<string[]> => {
  const [old, next] = [brokerOf(), brokerOf()];
  await drive({ broker: old });
  await drive({ broker: next, wanted: new Map([[0, NEW]]) });
  return [...outputsOf(old).filter((line) => endOf(line) <= from), ...outputsOf(next).filter((line) => endOf(line) > from)].sort();
};

const boundaryOf = (broker: MemoryBroker): number => lastEntry(broker)?.change?.since as number;

t.test('a plan takes effect at one boundary: no window is mixed, none is lost', async (t) => {
  const broker = brokerOf();
  t.equal(await drive({ broker, wanted: new Map([[6, NEW]]) }), 1);
  const from = boundaryOf(broker);
  t.ok(from > FIRST_MS && from < LAST_MS, 'in the middle of the log');
  t.equal(from % HOUR_MS, 0);
  t.strictSame(outputsOf(broker), await expected(from));
  t.ok(outputsOf(broker).some((line) => endOf(line) > from) && outputsOf(broker).some((line) => endOf(line) <= from));

  const audit = broker.transactions.flatMap((transaction) => transaction.audit);
  t.equal(verifyChain(audit).broken, -1, 'one chain');
  const told = audit.map((line) => {
    const read = decodeAuditLine(line);
    if (!read.ok) throw new Error(read.error);
    return read.value;
  });
  for (const { policy, windowStart, windowEnd } of told)
    t.equal(policy, windowStart >= from ? NEW.digest : OLD.digest, `${windowStart} to ${windowEnd}`);
  for (const { name } of NEW.views) {
    const own = told.filter(({ view }) => view === name);
    for (const [i, { windowStart }] of own.entries()) if (i > 0) t.equal(windowStart, own[i - 1].windowEnd, 'no gap, and nothing twice');
    t.ok(own.some(({ windowEnd }) => windowEnd === from) && own.some(({ windowStart }) => windowStart === from));
  }
});

t.test('the ledger names the boundary before it takes effect', async (t) => {
  const broker = brokerOf();
  await drive({ broker, wanted: new Map([[6, NEW]]) });
  let named: number | null = null;
  for (const transaction of broker.transactions) {
    const read = decodeLedger(transaction.ledger as Uint8Array);
    if (!read.ok) throw new Error(read.error);
    const { plan, change } = read.value;
    if (plan === NEW.digest) t.equal(change?.since, named, 'decided by an earlier entry');
    else for (const { windowEndMs } of transaction.outputs) t.ok(windowEndMs <= (named ?? Number.POSITIVE_INFINITY));
    named = change?.next?.from ?? named;
  }
});

t.test('owners that die anywhere, and logs that do not pause, change nothing of it', async (t) => {
  const mishap = fc.constantFrom<Mishap>('none', 'none', 'before', 'after');
  await fc.assert(
    fc.asyncProperty(
      fc.array(mishap, { maxLength: 60 }),
      fc.nat(12),
      fc.boolean(),
      fc.constantFrom(0, HOUR_MS, Number.MAX_SAFE_INTEGER),
      async (mishaps, step, ignoresPause, heldEveryMs) => {
        const broker = brokerOf();
        await drive({ broker, mishaps, wanted: new Map([[step, NEW]]), ignoresPause, heldEveryMs });
        t.equal(lastEntry(broker)?.plan, NEW.digest);
        t.strictSame(outputsOf(broker), await expected(boundaryOf(broker)));
        t.equal(verifyChain(broker.transactions.flatMap(({ audit }) => audit)).broken, -1);
      },
    ),
    { numRuns: 15 },
  );
});

t.test('there and back again: the plan in force stays when it is wanted again, and may return later', async (t) => {
  const back = brokerOf();
  t.equal(await drive({ broker: back, wanted: new Map([[6, NEW], [7, OLD]]) }), 0); // biome-ignore format: a pair
  const old = brokerOf();
  await drive({ broker: old });
  t.strictSame(outputsOf(back), outputsOf(old), 'nothing of the other plan was decided');
  t.equal(lastEntry(back)?.change?.next, null);

  const twice = brokerOf();
  t.equal(await drive({ broker: twice, wanted: new Map([[4, NEW], [30, OLD]]) }), 2); // biome-ignore format: a pair
  t.equal(lastEntry(twice)?.plan, OLD.digest);
});

t.test('a policy that was loaded earlier does not undo a later one', async (t) => {
  const broker = brokerOf();
  await drive({ broker, wanted: new Map([[2, NEW]]) });
  const task = await openOwner({ plan: NEW, broker, log: { isFinite: false }, clock: createManualClock(LAST_MS + 9 * HOUR_MS) });
  task.request({ plan: OLD.digest, alignMs: HOUR_MS, atMs: 2 });
  t.equal((await task.step()).isWritten, false);
  t.equal(task.next(), null);
  task.request({ plan: OLD.digest, alignMs: HOUR_MS, atMs: 1000 });
  t.equal((await task.step()).isWritten, true);
  t.equal(task.next(), OLD.digest);
});

t.test('who accepted a plan stands in the chain once, in the transaction that names it, wherever owners die', async (t) => {
  const acceptance: Acceptance = { digest: 'cd'.repeat(32), by: 'officer', why: 'agreed' };
  const mishap = fc.constantFrom<Mishap>('none', 'none', 'before', 'after');
  await fc.assert(
    fc.asyncProperty(fc.array(mishap, { maxLength: 40 }), fc.nat(8), async (mishaps, step) => {
      const broker = brokerOf();
      await drive({ broker, mishaps, wanted: new Map([[step, NEW]]), acceptance });
      t.equal(verifyChain(broker.transactions.flatMap(({ audit }) => audit)).broken, -1);
      const naming = broker.transactions.flatMap(({ audit, ledger }) => {
        const lines = audit.map(decodeAuditAcceptance).flatMap((read) => (read.ok ? [read.value] : []));
        const entry = decodeLedger(ledger as Uint8Array);
        return lines.map((line) => [line, entry.ok ? entry.value.change?.next?.plan : null] as const);
      });
      t.equal(naming.length, 1);
      t.match(naming[0], [{ accepted: acceptance.digest, by: 'officer', why: 'agreed', next: NEW.digest, policy: OLD.digest }, NEW.digest]);
    }),
    { numRuns: 4 },
  );
  const back = brokerOf();
  await drive({ broker: back, wanted: new Map([[6, NEW], [7, OLD]]) }); // biome-ignore format: a pair
  t.notOk(
    back.transactions.flatMap(({ audit }) => audit).some((line) => decodeAuditAcceptance(line).ok),
    'nobody accepted anything',
  );
});

t.test('the checker follows a chain with an acceptance, and no further than its form', async (t) => {
  const broker = brokerOf();
  await drive({ broker, wanted: new Map([[6, NEW]]), acceptance: { digest: 'cd'.repeat(32), by: 'officer', why: 'agreed' } });
  const judged = async (lines: readonly string[]): Promise<string | undefined> => {
    const findings = createFindings();
    await readAudit(lines, 0, createCorpus(), findings);
    return findings.report().findings.find(({ id }) => id === 'I2')?.verdict;
  };
  const audit = broker.transactions.flatMap((transaction) => transaction.audit);
  t.equal(await judged(audit), 'pass');
  t.equal(await judged(audit.map((line) => line.replace('"why"', '"how"'))), 'fail');
  t.equal(await judged(audit.filter((line) => !decodeAuditAcceptance(line).ok)), 'fail', 'it cannot be left out');
});
