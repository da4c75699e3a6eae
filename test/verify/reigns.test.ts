import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { assetPath } from '../../src/cli/assets.ts';
import { schemaText } from '../../src/encode/encode.ts';
import type { Log } from '../../src/model/log.ts';
import type { Plan } from '../../src/model/plan.ts';
import { compilePlan } from '../../src/plan.ts';
import { decodeLedger } from '../../src/record/ledger.ts';
import { createManualClock, type ManualClock } from '../../src/runtime/clock.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createMemoryBroker, type MemoryBroker } from '../../src/runtime/log/memory.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { verifyRun } from '../../src/verify/index.ts';
import type { InputRecord, KafkaRecord, VerifyInputs } from '../../src/verify/inputs.ts';
import { reignsOf } from '../../src/verify/reigns.ts';
import type { AuditLine } from '../../src/verify/statements/audit.ts';
import { fleetLines, framed } from '../properties/world.ts';
import { openOwner } from '../runtime/task/world.ts';
import { linesOf, recordsOf } from './memory-run.ts';

const line = (policy: string, view: string, windowStart: number): AuditLine => ({ policy, view, windowStart }) as AuditLine;
const record = (offset: number, appendMs: number): KafkaRecord =>
  ({ kind: 'record', topic: 't', partition: 0, offset, appendMs }) as KafkaRecord;
const read = async (rows: ReturnType<ReturnType<typeof reignsOf>['records']>): Promise<InputRecord[]> => {
  const all: InputRecord[] = [];
  for await (const one of rows) all.push(one);
  return all;
};

t.test('each policy reigns from the first window of its first line on, and no record is of two', async (t) => {
  const lines = [line('a', 'v', 0), line('a', 'w', 0), line('b', 'w', 120), line('b', 'v', 100), line('a', 'v', 300)];
  const records = [record(0, 10), record(1, 99), record(2, 100), record(3, 90), record(4, 299), record(5, 300), record(7, 5)];
  const [a, b] = [reignsOf(lines, 'a'), reignsOf(lines, 'b')];
  t.strictSame([-5, 99, 100, 299, 300].map(a.isOurs), [true, true, false, false, true]);
  t.strictSame([-5, 99, 100, 299, 300].map(b.isOurs), [false, false, true, true, false]);
  const ours = (await read(a.records(records))) as KafkaRecord[];
  t.strictSame(ours.map(({ offset, appendMs }) => [offset, appendMs]), [[0, 10], [1, 99], [5, 300], [7, 300]]); // biome-ignore format: pairs
  const theirs = (await read(b.records(records))) as KafkaRecord[];
  t.strictSame(theirs.map(({ offset, appendMs }) => [offset, appendMs]), [[2, 100], [3, 100], [4, 299]], 'none is older than the boundary'); // biome-ignore format: pairs
  for (let offset = 0; offset < 8; offset++) t.not(a.has(`t:0:${offset}`), b.has(`t:0:${offset}`), `${offset}`);
  t.notOk(a.has('t:1:0'));
  t.strictSame([a.times, a.isLast, b.times, b.isLast], [2, true, 1, false]);
  const always = reignsOf(lines, null);
  t.strictSame([always.isOurs(5), always.has('x:0:0'), always.times, always.isLast], [true, true, 1, true]);
});

const HOUR_MS = 3_600_000;
const path = assetPath('policies/smart-home.yaml');
const policyText = (k: number): string => {
  const policy = parse(readFileSync(path, 'utf8'));
  delete policy.views['presence-by-area'];
  for (const view of Object.values(policy.views) as { k: number }[]) view.k = k;
  return stringify(policy);
};
const compiled = (text: string): Plan => {
  const { plan, issues } = compilePlan(text, path, policyFiles(path));
  if (plan === null) throw new Error(JSON.stringify(issues));
  return plan;
};
const TEXTS = [policyText(12), policyText(16)];
const [OLD, NEW] = TEXTS.map(compiled);
const PLANS = new Map([OLD, NEW].map((plan) => [plan.digest, plan]));
const lines = fleetLines({ devices: 1500, count: 4000, seed: 12, malformedShare: 0.005, spanMs: 5 * HOUR_MS }).filter(
  ({ length }) => length < 50_000,
);
const batches = framed(OLD, lines, [80]).filter((own) => own[0]?.topic !== 'file');
const times = batches.flatMap((own) => own.flatMap(({ appendMs }) => [...appendMs].filter((at) => at > 0)));

/** Our clock goes with what is read. */
const following = (log: Log, clock: ManualClock): Log => ({
  ...log,
  async fetch(paused) {
    const fetched = await log.fetch(paused);
    clock.set(Math.max(clock.nowMs(), ...fetched.flatMap(({ appendMs }) => [...appendMs].filter((at) => at > 0))));
    return fetched;
  },
});

/** A task that was asked for the other policy at a step. */
const decide = async (task: number, askedAt: number): Promise<MemoryBroker> => {
  const own = batches.filter(([first]) => first.partition % 2 === task).map((of, source) => of.map((batch) => ({ ...batch, source })));
  const broker = createMemoryBroker(own);
  const clock = createManualClock(Math.min(...times));
  const open = (plan: Plan) => openOwner({ plan, broker, task, clock, log: { isFinite: false }, wrap: (log) => following(log, clock) });
  let owner = await open(OLD);
  for (let step = 0, idle = 0; idle < 20; step++) {
    if (step >= askedAt) owner.request({ plan: NEW.digest, alignMs: HOUR_MS, atMs: 1 });
    const { isHandedOver, isWritten } = await owner.step();
    if (isHandedOver) owner = await open(NEW);
    idle = isWritten ? 0 : idle + 1;
    if (!isWritten) clock.advance(HOUR_MS / 2);
  }
  return broker;
};

const headOf = (broker: MemoryBroker): { seq: number; hash: string } => {
  const last = decodeLedger(broker.transactions.at(-1)?.ledger as Uint8Array);
  if (!last.ok) throw new Error(last.error);
  return last.value.audit;
};

const inputsFor = (tasks: readonly MemoryBroker[], number: number, claimed = number): VerifyInputs => {
  const plan = [OLD, NEW][number];
  const { lineageKey, operatorKey } = memoryRecipients('restore');
  return {
    policyText: TEXTS[number],
    policyFile: path,
    ...policyFiles(path),
    among: { policy: [OLD, NEW][claimed].digest, policies: [...PLANS.keys()] },
    records: [],
    tasks: tasks.map((broker, task) => ({
      task,
      records: recordsOf(broker),
      lineage: () => linesOf(broker, 'lineage'),
      audit: () => linesOf(broker, 'audit'),
      head: headOf(broker),
    })),
    outputs: {
      view: (name) => ({
        kind: 'ndjson',
        lines: tasks.flatMap(({ transactions }) =>
          transactions.flatMap(({ outputs }) => outputs.filter(({ view }) => view === name).flatMap(({ json }) => json)),
        ),
      }),
      avsc: (name) => schemaText(plan, plan.views.find((view) => view.name === name) as (typeof plan.views)[number]),
      manifest: () => null,
      lineage: () => [],
      audit: () => [],
      quarantine: () => tasks.flatMap((broker) => linesOf(broker, 'quarantine')),
      summary: () => null,
      names: () => [],
      others: () => [],
    },
    lineageKey,
    operatorKey,
  };
};

/** The counts of ledgers are not at hand here, so what they would say is no finding. */
const failed = async (inputs: VerifyInputs): Promise<string[]> =>
  (await verifyRun(inputs)).findings
    .filter(({ verdict, first }) => verdict === 'fail' && !/^summary/.test(first ?? ''))
    .map(({ id, first, note }) => `${id} ${first} ${note}`);

t.test('windows of several policies are checked, each by its own', async (t) => {
  const together = [await decide(0, 8), await decide(1, 8)];
  for (const broker of together) {
    const last = decodeLedger(broker.transactions.at(-1)?.ledger as Uint8Array);
    t.equal(last.ok && last.value.plan, NEW.digest, 'the policy changed on the way');
  }
  const released = (number: number): number =>
    linesOf(together[0], 'audit').filter((text) => text.includes([OLD, NEW][number].digest) && !text.includes('"released":[0,0,0]')).length;
  t.ok(released(0) > 0 && released(1) > 0, 'both released something');
  for (const number of [0, 1]) t.strictSame(await failed(inputsFor(together, number)), [], `policy ${number}`);
  t.ok((await failed(inputsFor(together, 1, 0))).length > 0, 'by the policy of another time they do not hold');

  t.test('so are those of tasks that changed at different windows', async (t) => {
    const apart = [together[0], await decide(1, 30)];
    for (const number of [0, 1]) t.strictSame(await failed(inputsFor(apart, number)), [], `policy ${number}`);
  });

  t.test('a gap where the policy changed, and an end that was cut off, are found', async (t) => {
    const without = (what: (text: string, i: number) => boolean): MemoryBroker => ({
      ...together[0],
      transactions: together[0].transactions.map((transaction) => ({
        ...transaction,
        audit: transaction.audit.filter((text, i) => !what(text, i)),
      })),
    });
    const first = linesOf(together[0], 'audit').find((text) => text.includes(NEW.digest));
    for (const number of [0, 1]) {
      t.match(
        (await failed(inputsFor([without((text) => text === first), together[1]], number))).join(),
        /I2 .*policy changed|I2 .*chain is broken/,
      );
      t.match(
        (await failed(inputsFor([without((text) => text.includes(NEW.digest)), together[1]], number))).join(),
        /chain does not reach/,
      );
    }
  });
});
