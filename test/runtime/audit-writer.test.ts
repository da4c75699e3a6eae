import t from 'tap';
import { createAuditWriter } from '../../src/runtime/audit-writer.ts';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import { fleetLines, framed, type MemoryRun, runInMemory, smartHome } from '../properties/world.ts';

const MAC = '0a:1b:2c:3d:4e:5f';
const lines = fleetLines({ devices: 300, count: 1200, seed: 5 });

interface Input {
  readonly topic?: string;
  readonly topicId?: string;
}

const auditOf = ({ transactions }: MemoryRun): string => transactions.flatMap(({ audit }) => audit).join('\n');
const inputsOf = (run: MemoryRun): Input[] =>
  auditOf(run)
    .split('\n')
    .flatMap((line) => JSON.parse(line).inputs as Input[]);

t.test('topics that the policy names stand in the audit; those that are identity do not', async (t) => {
  const plan = smartHome();
  const named = plan.events.flatMap(({ topics }) => topics);
  const plain = await runInMemory(plan, framed(plan, lines, [lines.length]));
  t.ok(inputsOf(plain).length > 0);
  t.ok(inputsOf(plain).every(({ topic }) => topic !== undefined && named.includes(topic)));

  // As a bridge names its topics: the client first, what it sends last.
  const bridged = lines.map((line) => Buffer.from(line.toString('utf8').replace(/"topic":"[^"]*?([a-z]+)"/, `"topic":"home.${MAC}.$1"`)));
  const hidden = await runInMemory(plan, framed(plan, bridged, [lines.length]));
  const ids = inputsOf(hidden).map(({ topicId }) => topicId as string);
  t.ok(ids.length > 0 && ids.every((id) => /^[0-9a-f]{16}$/.test(id)));
  t.notOk(auditOf(hidden).includes(MAC));
  t.strictSame(hidden.outputs, plain.outputs, 'and nothing else changes');
  const others = inputsOf(await runInMemory(plan, framed(plan, bridged, [lines.length]), 'other keys'));
  t.notOk(
    others.some(({ topicId }) => ids.includes(topicId as string)),
    'the digest is keyed',
  );
});

t.test('who completes a window that another one decided writes the same line: inputs stand by source, whichever came first', async (t) => {
  const plan = smartHome();
  const sources = [0, 1].map((source) => ({ source, topic: 'telemetry.device', partition: source }));
  const lineOf = (order: readonly number[]): readonly string[] => {
    const inputs = new Map(order.map((source) => [source, { from: 0, to: 9 }]));
    const window = { view: 0, windowStartMs: 0, inputs, verdicts: new Float64Array(256), entered: 20, open: 0, isLate: false };
    return createAuditWriter(plan, memoryKeys('x'), 0).close(window, sources, 0);
  };
  t.strictSame(lineOf([1, 0]), lineOf([0, 1]));
});
