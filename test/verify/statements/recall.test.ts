import t from 'tap';
import type { Transaction } from '../../../src/model/log.ts';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
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
