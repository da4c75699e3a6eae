import t from 'tap';
import type { ControlLine } from '../../../src/control/fold.ts';
import { decodeAuditControl, decodeAuditLine, verifyChain } from '../../../src/record/audit.ts';
import { decodeLedger } from '../../../src/record/ledger.ts';
import { type ControlSource, foldedControls } from '../../../src/runtime/control/source.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/runtime/log/memory.ts';
import type { Task } from '../../../src/runtime/task.ts';
import { controlLog, controlledPlan, KEYS, signed, signer, subject } from '../../control/world.ts';
import { fleetLines, framed } from '../../properties/world.ts';
import { openOwner, outputsOf } from '../task/world.ts';

const plan = controlledPlan();
const lines = fleetLines({ devices: 600, count: 1600, seed: 31, malformedShare: 0, spanMs: 2 * 3_600_000, format: 'json' });
const events = lines.map((line) => JSON.parse(line.toString()) as { readonly timestamp: number; readonly value: { deviceId: string } });
const firstMs = Math.min(...events.map(({ timestamp }) => timestamp));

const log = controlLog(plan);
const spanMs = Math.max(...events.map(({ timestamp }) => timestamp)) - firstMs;
for (const [i, { value }] of events.slice(0, 200).entries())
  log.say({ kind: 'erasure', subject: subject(plan, 'device', value.deviceId) }, Math.floor(firstMs + (spanMs * i) / 200));
log.put(signed({ v: 1, signer: 'mallory', seq: 1, record: { kind: 'shutdown', from: 0 } }, signer('mallory')), firstMs + spanMs);

/** A control log that can be read up to a time; `asked` counts how often it was tried. */
const upTo = () => {
  let untilMs = Number.NEGATIVE_INFINITY;
  let taken = 0;
  const state = { asked: 0 };
  const read = async (): Promise<{ lines: readonly ControlLine[]; untilMs: number }> => {
    state.asked++;
    const fresh = log.lines.slice(taken).filter(({ appendMs }) => appendMs < untilMs);
    taken += fresh.length;
    return { lines: fresh, untilMs };
  };
  return { source: foldedControls(plan, read), state, know: (ms: number) => { untilMs = ms; } }; // biome-ignore format: a record
};

const owner = (broker: MemoryBroker, controls: ControlSource): Promise<Task> => openOwner({ plan, broker, controls, keys: KEYS });

const drain = async (task: Task): Promise<number> => {
  let closed = 0;
  for (let i = 0; i < 200; i++) {
    const info = await task.step();
    closed += info.closed.length;
    if (task.isDone()) return closed;
  }
  return closed;
};

const decidedIn = ({ transactions }: MemoryBroker): number => {
  const last = transactions.at(-1)?.ledger;
  const entry = last == null ? null : decodeLedger(last);
  return entry?.ok === true ? entry.value.decided.length : 0;
};

const brokerOf = () => createMemoryBroker(framed(plan, lines, [200]));

t.test('no window is decided before the control log is known up to its end, and then as if it had always been', async (t) => {
  const whole = upTo();
  whole.know(Number.POSITIVE_INFINITY);
  const always = brokerOf();
  await drain(await owner(always, whole.source));
  const late = upTo();
  // Enough to read by: what cuts key epochs is said a window ahead.
  late.know(firstMs);
  const broker = brokerOf();
  const task = await owner(broker, late.source);
  for (let i = 0; i < 30; i++) t.equal((await task.step()).closed.length, 0, 'nothing leaves');
  t.equal(task.summary.read, lines.length, 'though everything is read');
  t.ok(late.state.asked > 0);
  t.equal(outputsOf(broker).length, 0);
  late.know(Number.POSITIVE_INFINITY);
  t.ok((await drain(task)) > 0);
  t.strictSame(outputsOf(broker), outputsOf(always));
  t.ok(outputsOf(always).length > 0);
});

t.test('windows that another owner decided wait for the control log, and are completed by it as of their end', async (t) => {
  const whole = upTo();
  whole.know(Number.POSITIVE_INFINITY);
  const always = brokerOf();
  await drain(await owner(always, whole.source));
  const broker = brokerOf();
  const first = upTo();
  first.know(Number.POSITIVE_INFINITY);
  const one = await owner(broker, first.source);
  for (let i = 0; i < 200 && decidedIn(broker) === 0; i++) await one.step();
  t.ok(decidedIn(broker) > 0, 'something is decided, and not yet completed');
  const blind = upTo();
  blind.know(firstMs);
  const two = await owner(broker, blind.source);
  for (let i = 0; i < 10; i++) {
    const { closed, isHeld, isWritten } = await two.step();
    t.strictSame([closed.length, isHeld, isWritten], [0, true, false], 'it waits');
  }
  blind.know(Number.POSITIVE_INFINITY);
  await drain(two);
  t.strictSame(outputsOf(broker), outputsOf(always));
});

t.test('the audit tells of every control record once, whoever owns the task', async (t) => {
  const broker = brokerOf();
  const first = upTo();
  first.know(Number.POSITIVE_INFINITY);
  const one = await owner(broker, first.source);
  for (let i = 0; i < 200 && (await one.step()).closed.length === 0; i++);
  const second = upTo();
  second.know(Number.POSITIVE_INFINITY);
  await drain(await owner(broker, second.source));
  const told = broker.transactions.flatMap(({ audit }) => audit).flatMap((line) => {
    const read = decodeAuditControl(line);
    return read.ok ? [read.value] : [];
  });
  t.strictSame(told.map(({ control }) => control), log.lines.map(({ offset }) => offset));
  t.equal(told.filter(({ outcome }) => outcome === 'applied').length, 200);
  t.match(told.at(-1), { outcome: 'unknown-signer', kind: null, signer: null });
}); // biome-ignore format: chains

t.test('lines of control records that become known while windows close stand in the chain in its order', async (t) => {
  const broker = brokerOf();
  const later = upTo();
  const task = await owner(broker, later.source);
  const lastMs = Math.max(...events.map(({ timestamp }) => timestamp));
  // A little more is known at each step, so that steps that close windows learn of records, too.
  for (let i = 0; i < 400 && !task.isDone(); i++) {
    later.know(i < 200 ? firstMs + ((lastMs - firstMs) * i) / 100 : Number.POSITIVE_INFINITY);
    await task.step();
  }
  t.ok(task.isDone());
  const chain = broker.transactions.flatMap(({ audit }) => audit);
  t.same(verifyChain(chain).broken, -1);
  t.ok(
    broker.transactions.some(
      ({ audit }) => audit.some((line) => decodeAuditControl(line).ok) && audit.some((line) => decodeAuditLine(line).ok),
    ),
    'some step told of both',
  );
});
