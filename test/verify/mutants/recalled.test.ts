import t from 'tap';
import type { Transaction } from '../../../src/model/log.ts';
import { STAGES } from '../../../src/pipeline.ts';
import { datasetRecord } from '../../../src/runtime/dataset/register.ts';
import { formatReport, verifyRun } from '../../../src/verify/index.ts';
import { controlLog, controlledText } from '../../control/world.ts';
import { framed, runInMemory } from '../../properties/world.ts';
import { cardsOf, DAY_MS, HOUR_MS, LINES, namedControls, namedWorld, PLAN, START_MS } from '../../runtime/dataset/named-world.ts';
import { CARDS } from '../../runtime/dataset/world.ts';
import { idsOf, inputsOf } from '../control/world.ts';

const VIEW = 'device-health';
const WORLD = { plan: PLAN, text: controlledText(['\nevents:\n', `${CARDS}\nevents:\n`]), lines: LINES, people: [] };
const BASES = new Map(PLAN.datasets.map(({ name, basis }) => [name, basis]));
const RECALLED_MS = START_MS + 2 * HOUR_MS;

/** Deletes what left in windows of a view that ended by a time. */
const without = (transaction: Transaction, view: string): Transaction => ({
  ...transaction,
  outputs: transaction.outputs.map((output) =>
    output.view === view && output.windowEndMs <= RECALLED_MS ? { ...output, count: 0, json: [], avro: [] } : output,
  ),
});

t.test('what was recalled for an index of a dataset and can be read is rejected by I13, and may be missing when it cannot', async (t) => {
  const world = namedWorld(t);
  const [one, two] = [await world.register(cardsOf('7')), await world.register(cardsOf(...'01234567'))];
  const log = controlLog(PLAN);
  log.say(datasetRecord(one), START_MS - DAY_MS);
  for (const partition of [0, 1])
    log.say({ kind: 'recall', dataset: 'warranty-cards', digest: two.digest, view: VIEW, output: null, partition, before: 10 }, RECALLED_MS); // biome-ignore format: a record
  log.say(datasetRecord(two), RECALLED_MS);
  const run = await runInMemory(PLAN, framed(PLAN, LINES, [500]), 'unjoin', STAGES, namedControls(world.shelf, log.lines));
  const check = async (view: string, starts: readonly number[] | null) => {
    const changed = { ...run, transactions: run.transactions.map((transaction) => without(transaction, view)) };
    const inputs = { ...inputsOf(WORLD, changed, log.lines), bases: BASES };
    const found = new Map((starts ?? []).map((start, partition) => [partition, start]));
    const report = await verifyRun({
      ...inputs,
      outputs: { ...inputs.outputs, ...(starts === null ? {} : { starts: async () => found }) },
    });
    return { failed: idsOf(report, 'fail'), told: formatReport(report).join('\n') };
  };
  const gone = await check(VIEW, [10, 10]);
  t.same(gone.failed, [], gone.told);
  t.match(gone.told, /I13 +pass .*\d+ outputs of device-health were recalled/, 'though there is no period');
  for (const starts of [[10, 9], [10], null]) t.same((await check(VIEW, starts)).failed, ['I13']); // biome-ignore format: one thing
  t.same((await check('feature-usage', [10, 10])).failed, ['I1'], 'nothing is missing of a view of which nothing was recalled');
});
