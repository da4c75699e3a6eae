import t from 'tap';
import { decodeAuditAlarm, verifyChain } from '../../../src/record/audit.ts';
import type { AuditAlarmLine } from '../../../src/record/audit-alarm.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/runtime/log/memory.ts';
import { createCorpus } from '../../../src/verify/identifiers/corpus.ts';
import { createFindings, type Finding } from '../../../src/verify/report.ts';
import { readAudit } from '../../../src/verify/statements/audit.ts';
import { checkDelay } from '../../../src/verify/statements/delay.ts';
import { fleetLines, framed, smartHome } from '../../properties/world.ts';
import { openOwner } from './world.ts';

const HOUR_MS = 3_600_000;
const OBJECTIVE_MS = 60_000;
const IDLE_MS = 30_000;
const plan = smartHome();
const hourly = plan.views.filter(({ windowMs }) => windowMs === HOUR_MS).map(({ name }) => name);
const lines = fleetLines({ devices: 300, count: 600, seed: 31, malformedShare: 0, spanMs: HOUR_MS });
const times = framed(plan, lines, [lines.length]).flatMap((own) => own.flatMap(({ appendMs }) => [...appendMs]));
const END_MS = (Math.floor(Math.max(...times) / HOUR_MS) + 1) * HOUR_MS;

const alarmsOf = (broker: MemoryBroker): AuditAlarmLine[] =>
  broker.transactions
    .flatMap(({ audit }) => audit)
    .flatMap((line) => {
      const alarm = decodeAuditAlarm(line);
      return alarm.ok ? [alarm.value] : [];
    });

/** What the checker says of I16, the audit lines having been appended at a time. */
const judged = async (broker: MemoryBroker, atMs: number): Promise<Finding> => {
  const findings = createFindings();
  const rows = broker.transactions.flatMap(({ audit }) => audit).map((text) => ({ text, atMs }));
  const chain = await readAudit(rows, 0, createCorpus(), findings);
  checkDelay(chain.lines, chain.alarms, OBJECTIVE_MS, findings);
  const all = findings.report().findings;
  t.equal(all.find(({ id }) => id === 'I2')?.verdict, 'pass', 'the chain is whole');
  return all.find(({ id }) => id === 'I16') as Finding;
};

t.test('a window that is not out at its end and the objective has one alarm, in log, ledger and audit', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [150]));
  const clock = createManualClock(END_MS - 1);
  const open = () => openOwner({ plan, broker, clock, log: { isFinite: false }, delayObjectiveMs: OBJECTIVE_MS });
  let task = await open();
  const late: string[] = [];
  const closed: string[] = [];
  const step = async (): Promise<ReadonlyMap<string, number>> => {
    const info = await task.step();
    late.push(...info.late.map(({ view, windowEndMs }) => `${view} ${windowEndMs}`));
    closed.push(...info.closed.map(({ view, windowEndMs }) => `${view} ${windowEndMs}`));
    return info.openSince;
  };
  for (let i = 0; i < 40; i++) await step();
  // The first look of an idle partition is at this time only: its barrier stays behind the window's end.
  const earlier = late.length;
  clock.set(END_MS + OBJECTIVE_MS);
  const openSince = await step();
  t.equal(openSince.get(hourly[0]), END_MS, 'it waits');
  t.equal(late.length, earlier, 'within the objective nobody is alarmed');
  clock.set(END_MS + OBJECTIVE_MS + 1);
  const info = await task.step();
  const told = info.late.map(({ view, windowEndMs }) => `${view} ${windowEndMs}`);
  const waited = hourly.filter((view) => !closed.includes(`${view} ${END_MS}`));
  t.strictSame(told.sort(), waited.map((view) => `${view} ${END_MS}`).sort(), 'one alarm each');
  t.ok(told.length > 0);
  const alarms = alarmsOf(broker);
  t.strictSame(alarms.map(({ view, windowEnd, at, objective }) => `${view} ${windowEnd} ${at - windowEnd - objective}`).sort(), told.map((one) => `${one} 1`).sort()); // biome-ignore format: pairs

  task = await open();
  for (let i = 0; i < 10; i++) {
    clock.advance(IDLE_MS);
    await step();
  }
  t.ok(closed.includes(`${hourly[0]} ${END_MS}`));
  t.equal(alarmsOf(broker).filter(({ windowEnd }) => windowEnd === END_MS).length, told.length, 'a restart does not alarm again');
  t.equal(verifyChain(broker.transactions.flatMap(({ audit }) => audit)).broken, -1);
  t.match(await judged(broker, END_MS + OBJECTIVE_MS + 1), { verdict: 'pass', note: / alarms/ });
});

t.test('who is late without an alarm is found, and so is an alarm for nothing', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [150]));
  const clock = createManualClock(END_MS + 24 * HOUR_MS);
  const task = await openOwner({ plan, broker, clock, log: { isFinite: false } });
  for (let i = 0; i < 40; i++) {
    clock.advance(IDLE_MS);
    await task.step();
  }
  t.equal(alarmsOf(broker).length, 0, 'nobody set an objective');
  t.match(await judged(broker, END_MS), { verdict: 'pass' });
  t.match(await judged(broker, clock.nowMs()), { verdict: 'fail', note: /late, and there is no alarm before it/ });

  const view = hourly[0];
  const early = {
    v: 1,
    seq: 0,
    task: 0,
    alarm: 'delay',
    view,
    windowStart: END_MS - HOUR_MS,
    windowEnd: END_MS,
    policy: '',
    prev: '',
    hash: '',
  };
  const findings = createFindings();
  checkDelay([], [{ ...early, objective: OBJECTIVE_MS, at: END_MS + OBJECTIVE_MS }], OBJECTIVE_MS, findings);
  t.match(
    findings.report().findings.find(({ id }) => id === 'I16'),
    { verdict: 'fail', note: /alarm for a window that was in time/ },
  );
});

t.test('a step that only alarms is a transaction of its own', async (t) => {
  const broker = createMemoryBroker(framed(plan, lines, [lines.length]));
  const clock = createManualClock(END_MS - 1);
  const task = await openOwner({ plan, broker, clock, log: { isFinite: false }, delayObjectiveMs: OBJECTIVE_MS });
  for (let i = 0; i < 4; i++) await task.step();
  const before = broker.transactions.length;
  clock.set(END_MS + OBJECTIVE_MS + 1);
  const { records, late, isWritten } = await task.step();
  t.strictSame([records, isWritten], [0, true]);
  t.equal(late.length, hourly.length);
  t.ok(broker.transactions.length > before);
});
