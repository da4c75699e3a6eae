import { codeOf } from '../../../decode/faults.ts';
import type { SourceBatch } from '../../../model/record.ts';
import { sliceAround } from '../../slice-batch.ts';
import type { TopicPartition } from './reader.ts';
import { type SchemaAnswers, schemaOfHeader } from './schemas.ts';
import type { RecordRun } from './wire/records.ts';

/** How the value of one record is to be read. */
interface Framing {
  readonly form: SourceBatch['form'];
  /** Index of the source schema, for Avro. */
  readonly schema: number;
  /** A fault code, or 0. */
  readonly fault: number;
}

const PREFIX_BYTES = 5;
const JSON_TEXT: Framing = { form: 'json', schema: -1, fault: 0 };
const NO_PREFIX: Framing = { ...JSON_TEXT, fault: codeOf('no-prefix') };
/** Nobody will ever know what is in it: it unpacks to more than anybody reads. */
const PACKED: Framing = { ...JSON_TEXT, fault: codeOf('oversize') };
const UNKNOWN: Framing = { ...JSON_TEXT, fault: codeOf('unknown-schema') };

/** Framings by schema, made once a run: no object per record. */
const avroFraming = (form: 'avro' | 'datum') => {
  const made: Framing[] = [];
  return (schema: number | null): Framing => {
    if (schema === null) return UNKNOWN;
    made[schema] ??= { form, schema, fault: 0 };
    return made[schema];
  };
};

/**
 * How a record is read. Avro with the 5-byte prefix begins with a zero byte, which no JSON text does; anything else without a
 * header that names its schema is taken for JSON, and decode tells when it is none.
 */
const createFraming = (run: RecordRun, answers: SchemaAnswers): ((row: number) => Framing) => {
  const prefixed = avroFraming('avro');
  const bare = avroFraming('datum');
  if (run.isPacked) return () => PACKED;
  return (row) => {
    const length = run.valueLength[row];
    if (length < 0) return JSON_TEXT;
    const named = schemaOfHeader(run, row);
    if (named !== null) return named === 'unreadable' ? UNKNOWN : bare(answers(named, run.offset[row]));
    const start = run.valueStart[row];
    if (length === 0 || run.bytes[start] !== 0) return JSON_TEXT;
    return length < PREFIX_BYTES ? NO_PREFIX : prefixed(answers(run.bytes.readInt32BE(start + 1), run.offset[row]));
  };
};

/** Records with a fault are not read: any batch will do for them. */
const isAlike = (a: Framing, b: Framing): boolean => b.fault !== 0 || (a.form === b.form && a.schema === b.schema);

const slice = (run: RecordRun, from: number, framings: readonly Framing[], source: number, of: TopicPartition): SourceBatch => {
  const to = from + framings.length;
  const { form, schema } = framings.find(({ fault }) => fault === 0) ?? JSON_TEXT;
  return {
    source,
    topic: of.topic,
    partition: of.partition,
    count: to - from,
    bytes: run.bytes,
    valueStart: run.valueStart.subarray(from, to),
    valueLength: run.valueLength.subarray(from, to),
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
 * Fetched records as batches of the pipeline, in order, cut where the form of the values changes; bytes are not copied. Ids and
 * GUIDs stand for what the answers say; a schema that they do not know is a fault.
 */
export const frameRun = (run: RecordRun, source: number, of: TopicPartition, answers: SchemaAnswers): SourceBatch[] => {
  const batches: SourceBatch[] = [];
  let framings: Framing[] = [];
  let shape: Framing | null = null;
  let from = 0;
  const framingOf = createFraming(run, answers);
  for (let row = 0; row < run.count; row++) {
    const framing = framingOf(row);
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
