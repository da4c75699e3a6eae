import t from 'tap';
import type { Transaction } from '../../../src/model/log.ts';
import type { PeriodOutput } from '../../../src/model/output.ts';
import type { ControlLog } from '../../../src/verify/control/index.ts';
import type { Recalled } from '../../../src/verify/control/recalls.ts';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
import type { RunOutputs } from '../../../src/verify/inputs.ts';
import { mayBeRecalled, type OutputTable } from '../../../src/verify/outputs.ts';
import { createFindings } from '../../../src/verify/report.ts';
import type { ViewRule } from '../../../src/verify/rules.ts';
import { checkRecalls } from '../../../src/verify/statements/recall.ts';
import { controlLog } from '../../control/world.ts';
import { BEFORE_MS, createWorld, HOUR_MS, idsOf, inputsOf, runControlled, START_MS } from '../control/world.ts';

const VIEW = 'device-health';
const RECALLED_MS = START_MS + 2.5 * HOUR_MS;
const world = createWorld(53);

const logOf = (...before: number[]) => {
  const log = controlLog(world.plan);
  const start = START_MS + 100 * HOUR_MS;
  log.say({ kind: 'period', id: 'later', with: { datasets: [], views: [], unindexed: true }, views: [VIEW], consumers: ['device-quality'], start, end: null, basis: 'none', k: 50 }, BEFORE_MS); // biome-ignore format: a record
  before.forEach((offset, partition) => {
    log.say({ kind: 'recall', period: 'later', view: VIEW, partition, before: offset }, RECALLED_MS);
  });
  return log.lines;
};

/** What a topic shows when the records of windows that ended by a time were deleted. */
const without =
  (untilMs: number) =>
  (transaction: Transaction): Transaction => ({
    ...transaction,
    outputs: transaction.outputs.map((output) =>
      output.view === VIEW && output.windowEndMs <= untilMs ? { ...output, count: 0, json: [], avro: [] } : output,
    ),
  });

const check = async (log: ReturnType<typeof logOf>, starts: readonly number[] | null, untilMs = 0): Promise<Report> => {
  const run = await runControlled(world, log, { written: without(untilMs) });
  const inputs = inputsOf(world, run, log);
  const found = new Map((starts ?? []).map((start, partition) => [partition, start]));
  const outputs = { ...inputs.outputs, ...(starts === null ? {} : { starts: async () => found }) };
  return verifyRun({ ...inputs, outputs });
};

const text = (report: Report): string => formatReport(report).join('\n');

t.test('what was recalled may be missing, and is counted', async (t) => {
  const report = await check(logOf(10, 4), [10, 4], START_MS + 2 * HOUR_MS);
  t.same(idsOf(report, 'fail'), [], text(report));
  t.match(text(report), /I13 +pass .*\d+ outputs of device-health were recalled/);
});

t.test('what was recalled and is still there fails', async (t) => {
  for (const starts of [[10, 3], [10], null]) t.same(idsOf(await check(logOf(10, 4), starts), 'fail'), ['I13']);
  t.same(idsOf(await check(logOf(10, 4), [12, 4]), 'fail'), [], 'more may be gone');
});

t.test('nothing may be missing that was not recalled', async (t) => {
  t.ok(idsOf(await check(logOf(), null, START_MS + HOUR_MS), 'fail').includes('I1'), 'no recall');
  t.ok(idsOf(await check(logOf(10), [10], START_MS + 3 * HOUR_MS), 'fail').includes('I1'), 'a window that ended after it');
});

/** What `checkRecalls` makes of recalls, and of outputs of which `gone` were deleted. */
const looked = async (recalled: readonly Recalled[], starts: Readonly<Record<string, readonly number[]>>, gone: readonly string[] = []) => {
  const findings = createFindings();
  const tableOf = (authorised: OutputTable | null) =>
    ({ recalledMs: new Map(), gone: new Set(gone), authorised }) as unknown as OutputTable;
  const table = tableOf(tableOf(null));
  const view = { name: VIEW } as ViewRule;
  const outputs = {
    starts: async (_: string, output: PeriodOutput | null) =>
      new Map((starts[JSON.stringify(output)] ?? []).map((start, partition) => [partition, start])),
  } as unknown as RunOutputs;
  await checkRecalls(view, table, outputs, { recalls: () => recalled } as unknown as ControlLog, findings);
  const report = findings.report();
  return { table, failed: idsOf(report, 'fail'), told: text(report) };
};
const P = { period: 'p', authorised: false };
const WHO = { period: 'p', authorised: true };

t.test('each output is held to its own recalls: of a view, of a period, of who authorised it', async (t) => {
  const all = [null, P, WHO].map((output, i): Recalled => ({ output, partition: 0, before: 5 + i, atMs: i }));
  const whole = { null: [5], [JSON.stringify(P)]: [6], [JSON.stringify(WHO)]: [7] };
  const { table, failed } = await looked(all, whole);
  t.same(failed, []);
  t.same([...table.recalledMs], [[null, 0], ['p', 1]]); // biome-ignore format: a list
  t.same([...(table.authorised as OutputTable).recalledMs], [['p', 2]]);
  t.equal(mayBeRecalled(table, 'p', 1), true);
  t.equal(mayBeRecalled(table, null, 1), false, 'what was recalled of a period is not missing elsewhere');
  t.equal(mayBeRecalled(table, 'q', 0), false);
  for (const output of [null, P, WHO]) {
    const { failed: one, told } = await looked(all, { ...whole, [JSON.stringify(output)]: [4] });
    t.same(one, ['I13']);
    t.match(told, `views/${VIEW}${output === null ? '' : `.period-p${output.authorised ? '.authorised' : ''}`} partition 0`);
  }
  t.same((await looked(all, { null: [5] }, ['p'])).failed, [], 'a period that is over has no output any more');
});

t.test('of several recalls of an output each counts', async (t) => {
  const twice = [5, 9].map((before, atMs): Recalled => ({ output: null, partition: 0, before, atMs }));
  t.same((await looked(twice, { null: [5] })).failed, ['I13']);
  t.same((await looked(twice, { null: [9] })).table.recalledMs.get(null), 1);
});
