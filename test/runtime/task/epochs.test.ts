import t from 'tap';
import type { ControlLine } from '../../../src/control/fold.ts';
import { epochsOf } from '../../../src/model/epochs.ts';
import type { Keys } from '../../../src/model/keys.ts';
import { HOUR_MS } from '../../../src/model/time.ts';
import { decodeAuditLine } from '../../../src/record/audit.ts';
import { decodeLedger } from '../../../src/record/ledger.ts';
import { openLineage } from '../../../src/record/lineage.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { foldedControls } from '../../../src/runtime/control/source.ts';
import { memoryKeys, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/runtime/log/memory.ts';
import { controlLog, controlledPlan, OFFICER, SECOND } from '../../control/world.ts';
import { fleetLines, framed } from '../../properties/world.ts';
import { openOwner, outputsOf } from './world.ts';

const plan = controlledPlan();
const lines = fleetLines({ devices: 600, count: 5000, seed: 31, malformedShare: 0.01, spanMs: 14 * HOUR_MS, format: 'json' });
const timestampOf = (line: Buffer): number => Number(/"timestamp":(\d+)/.exec(line.toString())?.[1] ?? Number.POSITIVE_INFINITY);
const firstMs = Math.min(...lines.map((line) => timestampOf(line)));
const CUT = (Math.floor(firstMs / (6 * HOUR_MS)) + 1) * 6 * HOUR_MS;
const EPOCH = Math.floor(firstMs / plan.epochMs);

/** A control log that can be read up to a time. */
const readable = (all: readonly ControlLine[]) => {
  let untilMs = Number.NEGATIVE_INFINITY;
  let taken = 0;
  const read = async () => {
    const fresh = all.slice(taken).filter(({ appendMs }) => appendMs < untilMs);
    taken += fresh.length;
    return { lines: fresh, untilMs };
  };
  const know = (ms: number): void => {
    untilMs = ms;
  };
  return { source: foldedControls(plan, read), know };
};

const rotated = controlLog(plan);
rotated.say({ kind: 'epoch', epoch: CUT, state: 'active' }, CUT - 7 * HOUR_MS, OFFICER, SECOND);
rotated.say({ kind: 'epoch', epoch: EPOCH, state: 'destroyed' }, CUT + 6 * HOUR_MS, OFFICER, SECOND);

/** A key ring that says which epochs were used, and forgets those that are destroyed. */
const watched = () => {
  const keys = memoryKeys('unjoin');
  const used: number[] = [];
  const gone: number[] = [];
  const ring: Keys = {
    ...keys,
    epoch(epoch) {
      used.push(epoch);
      if (gone.includes(epoch)) throw new Error('a key that is gone was asked for');
      return keys.epoch(epoch);
    },
    destroy: (epoch) => void gone.push(epoch),
  };
  return { ring, used, gone };
};

const verdictsIn = ({ transactions }: MemoryBroker): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const line of transactions.flatMap(({ lineage }) => lineage)) {
    const chunk = openLineage(line, memoryRecipients('restore').lineageKey);
    if (!chunk.ok) throw new Error(chunk.error);
    for (const { source, offset, verdict } of chunk.value.rows) {
      const row = `${chunk.value.view} ${chunk.value.sources[source].topic} ${chunk.value.sources[source].partition} ${offset}`;
      if (counts.has(row)) throw new Error('two verdicts for one record');
      counts.set(row, verdict);
    }
  }
  return counts;
};

const brokerOf = () => createMemoryBroker(framed(plan, lines, [100]));
const durable = (
  broker: MemoryBroker,
  controls: ReturnType<typeof readable>,
  keys: Keys,
  clock = createManualClock(Number.MAX_SAFE_INTEGER / 4),
) => openOwner({ plan, broker, controls: controls.source, keys, clock });

t.test('nothing is taken before the control log says in which epoch it lies', async (t) => {
  const broker = brokerOf();
  const controls = readable(rotated.lines.slice(0, 1));
  const { ring, used } = watched();
  const task = await durable(broker, controls, ring);
  t.match(await task.step(), { records: 0, isHeld: true, isWritten: false });
  controls.know(CUT - 6 * HOUR_MS);
  for (let i = 0; i < 200; i++) await task.step();
  t.ok(task.summary.read > 100, 'what lies before the first cut that could be is taken');
  t.notOk(used.includes(CUT), 'and nothing behind it');
  t.ok(task.summary.read < lines.length);
  controls.know(Number.POSITIVE_INFINITY);
  for (let i = 0; i < 400 && !task.isDone(); i++) await task.step();
  t.equal(task.summary.read, lines.length, 'nothing was lost by waiting');
  t.same([...new Set(used)].sort(), [EPOCH, CUT].sort());

  const always = brokerOf();
  const known = readable(rotated.lines.slice(0, 1));
  known.know(Number.POSITIVE_INFINITY);
  const other = await durable(always, known, memoryKeys('unjoin'));
  while (!other.isDone()) await other.step();
  t.ok(outputsOf(always).length > 100);
  t.strictSame(outputsOf(broker), outputsOf(always), 'as if it had always been known');
  const audits = broker.transactions.flatMap(({ audit }) => audit).map((line) => decodeAuditLine(line));
  for (const line of audits) if (line.ok) t.equal(line.value.epoch, line.value.windowStart < CUT ? EPOCH : CUT);
});

t.test('keys that are destroyed while windows are open block them, at once, and are let go', async (t) => {
  const broker = brokerOf();
  const controls = readable(rotated.lines);
  controls.know(CUT - HOUR_MS);
  const { ring, gone } = watched();
  const clock = createManualClock(Number.MAX_SAFE_INTEGER / 4);
  let task = await durable(broker, controls, ring, clock);
  for (let i = 0; i < 3; i++) await task.step();
  const before = decodeLedger(broker.transactions.at(-1)?.ledger as Uint8Array);
  t.ok(before.ok && before.value.windows.length > 0, 'windows of the epoch are open');
  const left = outputsOf(broker).length;
  t.same(gone, []);

  controls.know(Number.POSITIVE_INFINITY);
  clock.advance(5000);
  await task.step();
  t.same(gone, [EPOCH], 'the keys are destroyed once the step is written');
  // From here on the ring throws when somebody asks for them.
  task = await durable(broker, controls, ring);
  for (let i = 0; i < 400 && !task.isDone(); i++) await task.step();
  t.ok(task.isDone(), 'a restart goes on without them');
  t.equal(task.summary.read, lines.length);
  t.ok((task.summary.views['device-health'].blocked.destroyed ?? 0) > 50);
  const ends = outputsOf(broker)
    .slice(0)
    .map((line) => Number(line.split(' ')[1]));
  t.equal(ends.filter((end) => end <= CUT).length, left, 'of the epoch nothing more left');
  t.ok(
    ends.some((end) => end > CUT),
    'the next one goes on',
  );
  const perView = plan.views.map(({ name }) => [...verdictsIn(broker).keys()].filter((row) => row.startsWith(`${name} `)).length);
  const entered = plan.views.map(({ name }) => {
    const { released, blocked } = task.summary.views[name];
    return [...released, ...Object.values(blocked)].reduce((sum, count) => sum + count, 0);
  });
  t.same(perView, entered, 'every record has one verdict, in lineage and counts');
});

t.test('who finds survivors held under keys that are gone stops, and nothing leaves', async (t) => {
  const broker = brokerOf();
  const controls = readable(rotated.lines);
  controls.know(CUT - HOUR_MS);
  const { ring } = watched();
  const task = await durable(broker, controls, ring);
  for (let i = 0; i < 3; i++) await task.step();
  const written = broker.transactions.length;
  const late = readable(rotated.lines);
  late.know(Number.POSITIVE_INFINITY);
  await t.rejects(durable(broker, late, ring), { code: 'corrupt', message: /keys were destroyed/ });
  t.equal(broker.transactions.length, written);
});

t.test('a restart waits for the control log before it takes anything again', async (t) => {
  const broker = brokerOf();
  const controls = readable(rotated.lines.slice(0, 1));
  controls.know(Number.POSITIVE_INFINITY);
  const task = await durable(broker, controls, memoryKeys('unjoin'));
  for (let i = 0; i < 3; i++) await task.step();
  await t.rejects(durable(broker, readable(rotated.lines.slice(0, 1)), memoryKeys('unjoin')), { code: 'unreachable', canRetry: true });
});

t.test('epochs are those of the policy where no control log cuts them', async (t) => {
  t.equal(epochsOf(plan, memoryKeys()).of(CUT), Math.floor(CUT / plan.epochMs));
});
