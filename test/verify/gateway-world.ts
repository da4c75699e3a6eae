import { createDecoder } from '../../src/decode/decoder.ts';
import { createFramer } from '../../src/decode/envelope.ts';
import { faultOf } from '../../src/decode/faults.ts';
import type { Column } from '../../src/model/columns.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { SourceBatch } from '../../src/model/record.ts';
import { compilePlan } from '../../src/plan.ts';
import { frameRun } from '../../src/runtime/log/kafka/frame.ts';
import { planSchemas } from '../../src/runtime/log/kafka/schemas.ts';
import { headersOf } from '../../src/runtime/log/kafka/wire/headers.ts';
import { type Frame, frameOf } from '../../src/verify/frames.ts';
import { eventInstant } from '../../src/verify/projection.ts';
import { type Rules, readRules } from '../../src/verify/rules.ts';
import { textOf, valueAt } from '../../src/verify/times.ts';
import { runOf } from '../runtime/log/kafka/run.ts';
import type { TestRecord } from '../runtime/log/kafka/wire/encode.ts';

/** A policy as the run and as the checker read it, from texts. */
export interface Both {
  readonly plan: Plan;
  readonly rules: Rules;
}

export const readBoth = (policy: string, texts: Readonly<Record<string, string>>): Both => {
  const files = { read: (path: string) => texts[path], ipTable: () => ({ v4: '', v6: '' }) };
  const { plan, issues } = compilePlan(policy, 'policy.yaml', files);
  if (plan === null) throw new Error(`the policy does not load: ${issues.map(({ code, line }) => `${code} (line ${line})`).join(', ')}`);
  return { plan, rules: readRules(policy, 'policy.yaml', files) };
};

/** What became of a record: its fault, or its event, times and the texts of its columns by path. */
export interface Told {
  readonly fault: string | null;
  readonly event: string | null;
  readonly texts: Readonly<Record<string, string | null>>;
}

const cell = (column: Column, row: number): string | null => {
  if (column.kind === 'number') return Number.isNaN(column.values[row]) ? null : String(column.values[row]);
  const { bytes, start, length } = column;
  return length[row] < 0 ? null : Buffer.from(bytes.subarray(start[row], start[row] + length[row])).toString('utf8');
};

const fromBatch = (plan: Plan, batch: SourceBatch): Told => {
  const { columns, faults, noView } = createDecoder(plan).decode(batch, Number.NEGATIVE_INFINITY);
  // Of an event without a view, decode says nothing but that.
  if (noView > 0) return { fault: null, event: null, texts: {} };
  if (faults.count > 0) return { fault: faultOf(faults.code[0]).name, event: null, texts: {} };
  const [{ event, fields, appendMs, eventMs }] = columns;
  const own = plan.events[event].fields.map(({ path }, i) => [path, cell(fields[i], 0)] as const);
  const times = [['appended', String(appendMs[0])] as const, ['happened', String(eventMs[0])] as const];
  return { fault: null, event: plan.events[event].name, texts: Object.fromEntries([...own, ...times]) };
};

const fromFrame = ({ plan }: Both, { event, value, appendMs }: Frame): Told => {
  if (event === null) return { fault: 'any', event: null, texts: {} };
  if (event.views.length === 0) return { fault: null, event: null, texts: {} };
  const fields = plan.events.find(({ name }) => name === event.name)?.fields ?? [];
  const own = fields.map(({ path, kind }) => {
    const told = valueAt(value, path);
    return [path, kind === 'number' && typeof told !== 'number' ? null : textOf(told)] as const;
  });
  const times = [['appended', String(appendMs)] as const, ['happened', String(eventInstant(event, value))] as const];
  return { fault: null, event: event.name, texts: Object.fromEntries([...own, ...times]) };
};

/** A line by the run and by the checker. */
export const tellLine = (both: Both, line: Buffer): readonly [run: Told, checker: Told] => {
  const framer = createFramer({ fileIndex: 0, limits: both.plan.limits, sourceIndex: () => 0 });
  const [batch] = framer.frame({
    bytes: line,
    count: 1,
    start: Int32Array.of(0),
    length: Int32Array.of(line.length),
    number: Float64Array.of(0),
  });
  return [fromBatch(both.plan, batch), fromFrame(both, frameOf({ kind: 'line', file: 0, number: 0, bytes: line }, both.rules))];
};

/** A record of Kafka by the run and by the checker. */
export const tellRecord = (both: Both, topic: string, record: TestRecord): readonly [run: Told, checker: Told] => {
  const run = runOf([record]);
  const [batch] = frameRun(run, 0, { topic, partition: 0 }, planSchemas(both.plan));
  const part = (start: number, length: number): Buffer | null => (length < 0 ? null : run.bytes.subarray(start, start + length));
  const frame = frameOf(
    {
      kind: 'record',
      topic,
      partition: 0,
      offset: run.offset[0],
      appendMs: run.timestampMs[0],
      key: part(run.keyStart[0], run.keyLength[0]),
      headers: headersOf(run, 0),
      value: part(run.valueStart[0], run.valueLength[0]),
      bytes: run.bytes,
    },
    both.rules,
    (name) => both.rules.events.flatMap(({ schemas }) => schemas).find(({ id }) => id === name)?.json ?? null,
  );
  return [fromBatch(both.plan, batch), fromFrame(both, frame)];
};

/** Throws when the two tell different things; gives what the run tells. */
export const agreed = ([run, checker]: readonly [run: Told, checker: Told]): Told => {
  const same = run.fault === null ? JSON.stringify(run) === JSON.stringify(checker) : checker.fault !== null;
  if (!same) throw new Error(`run: ${JSON.stringify(run)}, checker: ${JSON.stringify(checker)}`);
  return run;
};
