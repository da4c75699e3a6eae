import { codeOf } from '../../../decode/faults.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { sliceAround } from '../../slice-batch.ts';
import type { TopicPartition } from './reader.ts';
import { type SchemaAnswers, type SchemaName, schemaOfHeader } from './schemas.ts';
import type { RecordRun } from './wire/records.ts';

/** How the value of one record is to be read. */
interface Framing {
  readonly form: SourceBatch['form'];
  /** Index of the source schema, for `datum`. */
  readonly schema: number;
  /** Bytes in front of the datum that are not of it. */
  readonly prefixBytes: number;
  /** A fault code, or 0. */
  readonly fault: number;
}

const PREFIX_BYTES = 5;
const JSON_TEXT: Framing = { form: 'json', schema: -1, prefixBytes: 0, fault: 0 };
const PREFIXED: Framing = { form: 'avro', schema: -1, prefixBytes: 0, fault: 0 };
const NO_PREFIX: Framing = { ...JSON_TEXT, fault: codeOf('no-prefix') };
const UNKNOWN: Framing = { ...JSON_TEXT, fault: codeOf('unknown-schema') };

/** What the answers say of each way to name a schema, made once: no object per record. */
interface Known {
  readonly answers: SchemaAnswers;
  readonly prefixed: Map<SchemaName, Framing>;
  readonly named: Map<SchemaName, Framing>;
}

const datum = ({ answers, prefixed, named }: Known, name: SchemaName, prefixBytes: number): Framing => {
  const made = prefixBytes > 0 ? prefixed : named;
  const found = made.get(name);
  if (found !== undefined) return found;
  const schema = answers.get(name) ?? null;
  const framing: Framing = schema === null ? UNKNOWN : { form: 'datum', schema, prefixBytes, fault: 0 };
  made.set(name, framing);
  return framing;
};

/**
 * How a record is read. Avro with the 5-byte prefix begins with a zero byte, which no JSON text does; anything else without a
 * header that names its schema is taken for JSON, and decode tells when it is none.
 */
const framingOf = (run: RecordRun, row: number, known: Known | null): Framing => {
  const length = run.valueLength[row];
  if (length < 0) return JSON_TEXT;
  const start = run.valueStart[row];
  const isPrefixed = length > 0 && run.bytes[start] === 0;
  if (known === null) return isPrefixed ? PREFIXED : JSON_TEXT;
  const named = schemaOfHeader(run, row);
  if (named !== null) return named === 'unreadable' ? UNKNOWN : datum(known, named, 0);
  if (!isPrefixed) return JSON_TEXT;
  return length < PREFIX_BYTES ? NO_PREFIX : datum(known, run.bytes.readInt32BE(start + 1), PREFIX_BYTES);
};

/** Records with a fault are not read: any batch will do for them. */
const isAlike = (a: Framing, b: Framing): boolean => b.fault !== 0 || (a.form === b.form && a.schema === b.schema);

const slice = (run: RecordRun, from: number, framings: readonly Framing[], source: number, of: TopicPartition): SourceBatch => {
  const to = from + framings.length;
  const { form, schema } = framings.find(({ fault }) => fault === 0) ?? JSON_TEXT;
  const isShifted = framings.some(({ prefixBytes }) => prefixBytes > 0);
  const shifted = (column: Int32Array, sign: 1 | -1): Int32Array =>
    isShifted ? column.slice(from, to).map((at, i) => at + sign * framings[i].prefixBytes) : column.subarray(from, to);
  return {
    source,
    topic: of.topic,
    partition: of.partition,
    count: to - from,
    bytes: run.bytes,
    valueStart: shifted(run.valueStart, 1),
    valueLength: shifted(run.valueLength, -1),
    recordStart: run.recordStart.subarray(from, to),
    recordLength: run.recordLength.subarray(from, to),
    offset: run.offset.subarray(from, to),
    appendMs: run.timestampMs.subarray(from, to),
    form,
    schema,
    bare: false,
    around: sliceAround({ ...run, form: 'kafka' }, from, to),
    fault: Uint8Array.from(framings, ({ fault }) => fault),
  };
};

/**
 * Fetched records as batches of the pipeline, in order, cut where the form of the values changes; bytes are not copied. With
 * answers (`resolveSchemas`), ids and GUIDs stand for what the resolver knows, and a schema that it does not know is a fault.
 * Without them the ids are the plan's own, which decode looks up, and headers are not looked at.
 */
export const frameRun = (run: RecordRun, source: number, of: TopicPartition, answers: SchemaAnswers | null = null): SourceBatch[] => {
  const known: Known | null = answers === null ? null : { answers, prefixed: new Map(), named: new Map() };
  const batches: SourceBatch[] = [];
  let framings: Framing[] = [];
  let shape: Framing | null = null;
  let from = 0;
  for (let row = 0; row < run.count; row++) {
    const framing = framingOf(run, row, known);
    if (shape !== null && !isAlike(shape, framing)) {
      batches.push(slice(run, from, framings, source, of));
      framings = [];
      from = row;
      shape = null;
    }
    framings.push(framing);
    if (framing.fault === 0) shape = framing;
  }
  if (framings.length > 0) batches.push(slice(run, from, framings, source, of));
  return batches;
};
