import type { Columns } from '../model/columns.ts';
import type { FaultName, Faults } from '../model/fault.ts';
import type { Plan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { compileEvent, createRows, type EventReader, type RowBuilder, type SchemaReader } from './event.ts';
import { createFaultList } from './faults.ts';
import { scanJson } from './json-scan.ts';
import { compileGetter, type Arena } from './walker.ts';

/** A batch after decode: columns per event type present, faults, and what no view looks at. Every record is in one. */
export interface Decoded {
  readonly columns: readonly Columns[];
  readonly faults: Faults;
  /** Sound records of event types without a view. */
  readonly noView: number;
  /** The partition's clock after the batch: running maximum of append times, ms. */
  readonly clockMs: number;
}

export interface Decoder {
  /** Decodes a batch of one partition whose clock stands at `clockMs` (-Infinity before its first record). */
  decode(batch: SourceBatch, clockMs: number): Decoded;
}

/** A value that was read: an object of a known event and schema version. */
interface Sound {
  readonly event: EventReader;
  readonly schema: SchemaReader;
  readonly value: unknown;
  readonly form: 'json' | 'avro';
}

/** A value that was not; `schema` is -1 when it is not known. */
interface Unsound {
  readonly fault: FaultName;
  readonly schema: number;
}

type Read = Sound | Unsound;

const unsound = (fault: FaultName, schema = -1): Unsound => ({ fault, schema });

const utf8 = new TextDecoder('utf-8', { fatal: true });

const PREFIX_BYTES = 5;

/** Events by everything that tells which event a record is. */
interface Directory {
  readonly events: readonly EventReader[];
  readonly byId: ReadonlyMap<number, { readonly event: EventReader; readonly schema: SchemaReader }>;
  readonly byIndex: readonly { readonly event: EventReader; readonly schema: SchemaReader }[];
  readonly byTopic: (topic: string) => EventReader | null;
  readonly byWhen: (value: unknown) => EventReader | null;
}

const createDirectory = (plan: Plan): Directory => {
  let first = 0;
  const events = plan.events.map((event) => {
    const reader = compileEvent(event, first);
    first += event.schemas.length;
    return reader;
  });
  const byIndex = events.flatMap((event) => event.schemas.map((schema) => ({ event, schema })));
  const byId = new Map(events.flatMap((event) => event.schemas.map((schema, i) => [event.plan.schemas[i].id, { event, schema }] as const)).filter(([id]) => id !== null) as [number, (typeof byIndex)[number]][]);
  const whens = events.flatMap((event) => {
    const { when } = event.plan;
    return when === null ? [] : [{ event, values: new Set(when.values), get: compileGetter(when.path, event.plan.schemas[0].json, 'json') }];
  });
  const topics = new Map(events.flatMap((event) => event.plan.topics.map((topic) => [topic, event] as const)));
  const names = new Map(events.map((event) => [event.plan.name, event] as const));
  return {
    events,
    byId,
    byIndex,
    byTopic: (topic) => topics.get(topic) ?? names.get(topic.slice(topic.lastIndexOf('.') + 1)) ?? null,
    byWhen: (value) => whens.find(({ values, get }) => values.has(String(get(value))))?.event ?? null,
  };
};

const readJson = (batch: SourceBatch, record: number, plan: Plan, directory: Directory): Read => {
  const start = batch.valueStart[record];
  const end = start + batch.valueLength[record];
  const scan = scanJson(batch.bytes, start, end, plan.limits);
  if (scan.fault !== null) return unsound(scan.fault);
  let text: string;
  try {
    text = utf8.decode(batch.bytes.subarray(start, end));
  } catch {
    return unsound('bad-text');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the text, so it is dropped here.
    return unsound('bad-json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return unsound('not-an-object');
  const event = (batch.bare ? null : directory.byTopic(batch.topic)) ?? directory.byWhen(value);
  if (event === null) return unsound('unknown-event');
  let fault: FaultName = 'wrong-type';
  for (const schema of event.schemas) {
    const found = schema.shape(value);
    if (found === null) return { event, schema, value, form: 'json' };
    fault = found;
  }
  return unsound(fault, event.schemas[event.schemas.length - 1].index);
};

const readDatum = (batch: SourceBatch, start: number, end: number, plan: Plan, known: { event: EventReader; schema: SchemaReader }): Read => {
  const { event, schema } = known;
  const walked = schema.walk(batch.bytes, start, end, plan.limits);
  if (walked.fault !== null) return unsound(walked.fault, schema.index);
  if (walked.end !== end) return unsound('avro-trailing-bytes', schema.index);
  try {
    const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + start, end - start);
    return { event, schema, value: schema.type.fromBuffer(bytes), form: 'avro' };
  } catch {
    // avsc quotes values in its errors.
    return unsound('bad-avro', schema.index);
  }
};

const readPrefixed = (batch: SourceBatch, record: number, plan: Plan, directory: Directory): Read => {
  const start = batch.valueStart[record];
  const end = start + batch.valueLength[record];
  if (end - start < PREFIX_BYTES || batch.bytes[start] !== 0) return unsound('no-prefix');
  const id = new DataView(batch.bytes.buffer, batch.bytes.byteOffset + start + 1, 4).getInt32(0);
  const known = directory.byId.get(id);
  return known === undefined ? unsound('unknown-schema') : readDatum(batch, start + PREFIX_BYTES, end, plan, known);
};

const readRecord = (batch: SourceBatch, record: number, plan: Plan, directory: Directory): Read => {
  const length = batch.valueLength[record];
  if (length < 0) return unsound('no-value');
  if (length > plan.limits.recordBytes) return unsound('oversize');
  if (batch.form === 'json') return readJson(batch, record, plan, directory);
  if (batch.form === 'avro') return readPrefixed(batch, record, plan, directory);
  const start = batch.valueStart[record];
  return readDatum(batch, start, start + length, plan, directory.byIndex[batch.schema]);
};

/** Compiles the decoder of a plan: source records to columns, by the object walker. Stateless. */
export const createDecoder = (plan: Plan): Decoder => {
  const directory = createDirectory(plan);
  return {
    decode(batch, clockMs) {
      const arena: Arena = { bytes: Buffer.allocUnsafe(Math.max(4096, batch.count * 256)), used: 0 };
      const rows = new Map<EventReader, RowBuilder>();
      const faults = createFaultList();
      let noView = 0;
      let clock = clockMs;
      for (let record = 0; record < batch.count; record++) {
        if (batch.fault[record] !== 0) {
          faults.addCode(record, batch.fault[record]);
          continue;
        }
        const read = readRecord(batch, record, plan, directory);
        if ('fault' in read) {
          faults.add(record, read.fault, read.schema);
          continue;
        }
        const { event, schema, value, form } = read;
        let builder = rows.get(event);
        if (builder === undefined) {
          builder = createRows(event.plan, batch.count, arena);
          rows.set(event, builder);
        }
        const added = builder.add(record, value, schema, form, batch.appendMs[record], clock);
        if (typeof added === 'string') faults.add(record, added, schema.index);
        else clock = added;
      }
      const columns: Columns[] = [];
      for (const [event, builder] of rows) {
        const built = builder.done();
        if (event.plan.views.length === 0) noView += built.count;
        else if (built.count > 0) columns.push(built);
      }
      return { columns, faults: faults.done(), noView, clockMs: clock };
    },
  };
};
