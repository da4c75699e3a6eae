import { readFileSync } from 'node:fs';
import t from 'tap';
import { assetPath } from '../../src/cli/assets.ts';
import { schemaText } from '../../src/encode/encode.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createMemoryBroker, type MemoryBroker } from '../../src/runtime/log/memory.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { verifyRun } from '../../src/verify/index.ts';
import type { TaskInputs, VerifyInputs } from '../../src/verify/inputs.ts';
import { fleetLines, framed, smartHome } from '../properties/world.ts';
import { openOwner } from '../runtime/task/world.ts';
import { linesOf, recordsOf } from './memory-run.ts';

/** Two tasks that share their views, as a service has them: each decided its own partitions. */
const plan = smartHome();
const path = assetPath('policies/smart-home.yaml');
const lines = fleetLines({ devices: 1200, count: 4000, seed: 12, malformedShare: 0.005, spanMs: 3 * 3_600_000 }).filter(
  ({ length }) => length < 50_000,
);
const batches = framed(plan, lines, [150]).filter((own) => own[0]?.topic !== 'file');
const TASKS = 2;

interface Decided {
  readonly broker: MemoryBroker;
  readonly summary: { readonly read: number; readonly noView: number; readonly quarantined: number; readonly views: Record<string, { released: number[]; blocked: Record<string, number>; smallestClass: number }> };
} // biome-ignore format: a type

const decide = async (task: number): Promise<Decided> => {
  const broker = createMemoryBroker(
    batches.filter(([first]) => first.partition % TASKS === task).map((own, source) => own.map((batch) => ({ ...batch, source }))),
  );
  const owner = await openOwner({ plan, broker, task });
  while (!owner.isDone()) await owner.step();
  return { broker, summary: owner.summary as Decided['summary'] };
};

const inputsOf = (tasks: readonly Decided[], change: Partial<Pick<TaskInputs, 'audit' | 'lineage'>> = {}): VerifyInputs => {
  const add = (numbers: readonly number[][]): number[] => numbers[0].map((_, i) => numbers.reduce((sum, own) => sum + own[i], 0));
  const views = plan.views.map(({ name }) => {
    const own = tasks.map(({ summary }) => summary.views[name]);
    const blocked: Record<string, number> = {};
    for (const view of own) for (const [reason, count] of Object.entries(view.blocked)) blocked[reason] = (blocked[reason] ?? 0) + count;
    const smallest = Math.min(...own.map(({ smallestClass }) => smallestClass).filter((size) => size > 0), Number.MAX_SAFE_INTEGER);
    return [name, { released: add(own.map(({ released }) => released)), blocked, smallestClass: smallest }] as const;
  });
  const sum = (count: (one: Decided['summary']) => number): number => tasks.reduce((all, { summary }) => all + count(summary), 0);
  const summary = { read: sum(({ read }) => read), noView: sum(({ noView }) => noView), quarantined: sum(({ quarantined }) => quarantined), views: Object.fromEntries(views) };
  const { lineageKey, operatorKey } = memoryRecipients('restore');
  return {
    policyText: readFileSync(path, 'utf8'),
    policyFile: path,
    ...policyFiles(path),
    records: [],
    tasks: tasks.map(({ broker }, task) => ({
      task,
      records: recordsOf(broker),
      lineage: () => linesOf(broker, 'lineage'),
      audit: () => linesOf(broker, 'audit'),
      ...(task === 0 ? change : {}),
    })),
    outputs: {
      view: (name) => ({ kind: 'ndjson', lines: tasks.flatMap(({ broker }) => broker.transactions.flatMap(({ outputs }) => outputs.filter(({ view }) => view === name).flatMap(({ json }) => json))) }),
      avsc: (name) => schemaText(plan, plan.views.find((view) => view.name === name) as (typeof plan.views)[number]),
      manifest: () => null,
      lineage: () => [],
      audit: () => [],
      quarantine: () => tasks.flatMap(({ broker }) => linesOf(broker, 'quarantine')),
      summary: () => JSON.stringify(summary),
      names: () => [],
      others: () => [],
    },
    lineageKey,
    operatorKey,
  };
}; // biome-ignore format: a table

const failed = async (inputs: VerifyInputs): Promise<string[]> =>
  (await verifyRun(inputs)).findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

t.test('two tasks that share views', async (t) => {
  const tasks = [await decide(0), await decide(1)];
  t.strictSame(await failed(inputsOf(tasks)), []);

  t.test('a task less: its outputs have no lineage', async (t) => {
    const inputs = inputsOf(tasks);
    t.ok((await failed({ ...inputs, tasks: (inputs.tasks ?? []).slice(0, 1) })).includes('I1'));
  });

  t.test('lineage of one under the number of the other', async (t) => {
    const [, other] = tasks;
    t.ok((await failed(inputsOf(tasks, { lineage: () => linesOf(other.broker, 'lineage') }))).includes('I1'));
  });

  t.test("the other's audit is not one's own", async (t) => {
    t.ok((await failed(inputsOf(tasks, { audit: () => linesOf(tasks[1].broker, 'audit') }))).includes('I2'));
  });

  t.test('a window that no audit line tells of is not decided yet, and what it released is an output without lineage', async (t) => {
    const whole = linesOf(tasks[0].broker, 'audit');
    const audit = whole.slice(
      0,
      whole.findLastIndex((line) => line.includes('"view":"device-health"')),
    );
    t.ok((await failed(inputsOf(tasks, { audit: () => audit }))).includes('I1'));
  });
});
