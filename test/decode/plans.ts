import { compileSourceSchema } from '../../src/decode/avro-schema.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { createFramer } from '../../src/decode/envelope.ts';
import { faultOf } from '../../src/decode/faults.ts';
import type { Column } from '../../src/model/columns.ts';
import type { FaultName } from '../../src/model/fault.ts';
import type { EventPlan, Limits, Plan, TouchedField } from '../../src/model/plan.ts';
import type { SourceBatch } from '../../src/model/record.ts';

export const LIMITS: Limits = { recordBytes: 4096, depth: 8, items: 200, stringBytes: 512 };

/** A touched field written short: `path`, or `path kind`, or `path=constant`. */
const field = (text: string): TouchedField => {
  const [place, kind = 'text'] = text.split(' ');
  const [path, constant = null] = place.split('=');
  return { path, kind: kind as TouchedField['kind'], identifier: null, constant };
};

export interface EventOptions extends Partial<Omit<EventPlan, 'schemas' | 'fields'>> {
  readonly schemas: readonly unknown[];
  readonly fields?: readonly string[];
}

const eventOf = (options: EventOptions, index: number): EventPlan => ({
  name: 'reading',
  topics: [],
  topicPatterns: [],
  derived: new Map(),
  lists: [],
  isCloudEvent: false,
  embedded: [],
  when: { path: 'type', values: ['reading'] },
  appendTime: { path: 'receivedAt', unit: 'ms' },
  eventTime: { path: 'at', unit: 'ms' },
  slots: { id: -1, device: -1, household: -1, gateway: -1, account: -1 },
  household: 'bindings',
  attributes: [],
  views: [0],
  ...options,
  index,
  schemas: options.schemas.map((json) => compileSourceSchema('test.avsc', json)),
  fields: (options.fields ?? []).map(field),
});

/** A plan with these events and no views of its own: decode asks only whether an event has any. */
export const planOf = (events: readonly EventOptions[], limits: Partial<Limits> = {}): Plan => ({
  name: 'test',
  digest: '',
  prf: 'aes-256-cmac',
  epochMs: 604_800_000,
  limits: { ...LIMITS, ...limits },
  events: events.map(eventOf),
  views: [],
  signers: [],
  datasets: [],
});

export const READING = {
  type: 'record',
  name: 'Reading',
  namespace: 'test',
  schemaId: 7,
  fields: [
    { name: 'id', type: 'string' },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
    { name: 'level', type: ['null', 'double'], default: null },
  ],
};

/** One event of one schema: what most tests need. */
export const READINGS = planOf([{ schemas: [READING], fields: ['id', 'level number'] }]);

/** Columns as rows of plain values, for comparisons. */
export interface Row {
  readonly record: number;
  readonly event: number;
  readonly appendMs: number;
  readonly eventMs: number;
  readonly values: readonly (string | number | null)[];
}

const cell = (column: Column, row: number): string | number | null => {
  if (column.kind === 'number') return column.values[row];
  const { bytes, start, length } = column;
  return length[row] < 0 ? null : Buffer.from(bytes.subarray(start[row], start[row] + length[row])).toString('utf8');
};

export interface Outcome {
  readonly rows: readonly Row[];
  readonly faults: readonly { readonly record: number; readonly fault: FaultName; readonly schema: number }[];
  readonly noView: number;
  readonly clockMs: number;
}

/** Decodes one batch; throws when a record is not in exactly one place. */
export const outcomeOf = (plan: Plan, batch: SourceBatch, clockMs = Number.NEGATIVE_INFINITY): Outcome => {
  const { columns, faults, noView, clockMs: after } = createDecoder(plan).decode(batch, clockMs);
  const rows = columns.flatMap((part) =>
    Array.from(part.record, (record, row) => ({
      record,
      event: part.event,
      appendMs: part.appendMs[row],
      eventMs: part.eventMs[row],
      values: part.fields.map((column) => cell(column, row)),
    })),
  );
  const found = Array.from(faults.record, (record, i) => ({ record, fault: faultOf(faults.code[i]).name, schema: faults.schema[i] }));
  const seen = new Set([...rows.map(({ record }) => record), ...found.map(({ record }) => record)]);
  if (seen.size + noView !== batch.count || rows.length + found.length + noView !== batch.count)
    throw new Error('a record is lost or doubled');
  return { rows: rows.sort((a, b) => a.record - b.record), faults: found, noView, clockMs: after };
};

export interface Values {
  readonly form: SourceBatch['form'];
  readonly bare?: boolean;
  readonly topic?: string;
  readonly appendMs?: readonly number[];
}

/** A batch of values as they are, without lines around them. */
export const batchOf = (values: readonly Uint8Array[], { form, bare = false, topic = 'test.reading', appendMs }: Values): SourceBatch => {
  const length = Int32Array.from(values, (value) => value.length);
  const start = new Int32Array(values.length);
  for (let i = 1; i < values.length; i++) start[i] = start[i - 1] + length[i - 1];
  return {
    source: 0,
    topic,
    partition: 0,
    count: values.length,
    bytes: Buffer.concat(values),
    valueStart: start,
    valueLength: length,
    recordStart: start,
    recordLength: length,
    offset: Float64Array.from(values, (_, i) => i),
    appendMs: Float64Array.from(values, (_, i) => appendMs?.[i] ?? (bare ? Number.NaN : 1000 + i)),
    form,
    schema: form === 'datum' ? 0 : -1,
    bare,
    around: null,
    fault: new Uint8Array(values.length),
  };
};

/** Confluent's prefix before a datum. */
export const prefixed = (id: number, datum: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, datum]);
};

/** The fault of one value, or null when it is a row. */
export const faultOfValue = (plan: Plan, value: Uint8Array | string, options: Values): FaultName | null => {
  const { faults } = outcomeOf(plan, batchOf([Buffer.from(value as string)], options));
  return faults[0]?.fault ?? null;
};

/** Numbers (topic, partition) as the runtime does. */
export const createSources = () => {
  const names: string[] = [];
  const index = (topic: string, partition: number): number => {
    const name = `${topic}/${partition}`;
    const found = names.indexOf(name);
    return found < 0 ? names.push(name) - 1 : found;
  };
  return { names, index };
};

/** Frames lines; `cuts` are the numbers of lines of each stretch, the last one repeats. */
export const frameLines = (plan: Plan, lines: readonly (string | Uint8Array)[], cuts: readonly number[] = [lines.length]) => {
  const sources = createSources();
  const framer = createFramer({ fileIndex: 3, limits: plan.limits, sourceIndex: sources.index });
  const batches: SourceBatch[] = [];
  for (let from = 0, cut = 0; from < lines.length; cut++) {
    const part = lines.slice(from, from + cuts[Math.min(cut, cuts.length - 1)]).map((line) => Buffer.from(line as string));
    const { bytes, count, recordStart, recordLength } = batchOf(part, { form: 'json' });
    const number = Float64Array.from(part, (_, i) => from + i);
    batches.push(...framer.frame({ bytes, count, start: recordStart, length: recordLength, number }));
    from += part.length;
  }
  return { batches, names: sources.names };
};

/** What became of lines: for each, its source and offset and either its values or its fault, in the order of each source. */
export const decodeLines = (plan: Plan, lines: readonly (string | Uint8Array)[], cuts?: readonly number[]): string[] => {
  const { batches, names } = frameLines(plan, lines, cuts);
  const clocks = new Map<number, number>();
  return batches.flatMap((batch) => {
    const { rows, faults, clockMs } = outcomeOf(plan, batch, clocks.get(batch.source) ?? Number.NEGATIVE_INFINITY);
    clocks.set(batch.source, clockMs);
    const told = [
      ...rows.map((row) => ({ record: row.record, text: `${row.appendMs} ${row.eventMs} ${JSON.stringify(row.values)}` })),
      ...faults.map(({ record, fault }) => ({ record, text: fault })),
    ].sort((a, b) => a.record - b.record);
    return told.map(({ record, text }) => `${names[batch.source]}@${batch.offset[record]} ${text}`);
  });
};

/** An envelope line; undefined members are left out. */
export const envelope = (members: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    topic: 'test.reading',
    partition: 0,
    offset: 0,
    timestamp: 5000,
    key: 'k',
    headers: {},
    value: { id: 'a' },
    ...members,
  });
