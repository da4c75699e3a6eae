import type { Columns } from '../model/columns.ts';
import type { FaultName, Faults } from '../model/fault.ts';
import type { Limits, Plan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { checkBinary, modeOf, openEnvelope } from './cloudevent.ts';
import { createDirectory, type Directory, type Known } from './directory.ts';
import { createRows, type EventReader, fillSlots, type RowBuilder, whenOf } from './event.ts';
import { createFaultList } from './faults.ts';
import { createArena } from './fill.ts';
import { readJson } from './json-read.ts';
import { createSurroundings, type Surroundings } from './surroundings.ts';

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

/** A value that could not be read; `schema` is -1 when it is not known. */
interface Unsound {
  readonly fault: FaultName;
  readonly schema: number;
}

/** What became of a value: its event's slots are filled, or it is unsound. */
type Read = Known | Unsound;

/** Everything that reading a value needs. */
interface Reading {
  readonly batch: SourceBatch;
  readonly bytes: Buffer;
  readonly limits: Limits;
  readonly directory: Directory;
  /** What the topic says that its records are; null when it says nothing. */
  readonly topical: EventReader | null;
  readonly around: Surroundings;
}

const unsound = (fault: FaultName, schema = -1): Unsound => ({ fault, schema });

const PREFIX_BYTES = 5;

/** Shapes and walks recurse by the schema; this many levels fit on any stack. */
const DEEPEST = 256;

/** What is around a record whose value is read; events that do not look there are read already. */
const surround = (known: Known, { around }: Reading): Read => {
  const { derive, slots } = known.event;
  const fault = derive === null ? null : derive.fill(slots, around);
  return fault === null ? known : unsound(fault, known.schema.index);
};

/** The same for Avro: the attributes of a CloudEvent can only be in headers then. */
const surroundAvro = (known: Known, reading: Reading): Read => {
  if (!known.event.plan.isCloudEvent) return surround(known, reading);
  const fault = modeOf(reading.around, null, false) === 'binary' ? checkBinary(reading.around, true) : 'not-a-cloudevent';
  return fault === null ? surround(known, reading) : unsound(fault, known.schema.index);
};

/** Reads an object as an event: the first schema version that it fits. */
const readAsEvent = (reading: Reading, event: EventReader, value: unknown): Read => {
  const packed = event.unpack === null ? null : event.unpack(value, reading.limits);
  if (packed !== null) return unsound(packed);
  let last = unsound('wrong-type');
  for (const schema of event.schemas) {
    const fault = schema.shape(value);
    if (fault === null) {
      fillSlots(event, value);
      return surround({ event, schema }, reading);
    }
    last = unsound(fault, schema.index);
  }
  return last;
};

/** Reads the data that an envelope holds as bytes. */
const readBytes = (reading: Reading, event: EventReader, bytes: Buffer, isAvro: boolean): Read => {
  if (!isAvro) {
    const read = readJson(bytes, 0, bytes.length, reading.limits);
    return 'fault' in read ? unsound(read.fault) : readAsEvent(reading, event, read.value);
  }
  if (bytes.length < PREFIX_BYTES) return unsound('no-prefix');
  const known = reading.directory.byId.get(bytes.readInt32BE(1))?.find((candidate) => candidate.event === event);
  if (known === undefined) return unsound('unknown-schema');
  const read = readAs({ ...reading, bytes }, PREFIX_BYTES, bytes.length, known);
  return 'fault' in read ? read : surround(known, reading);
};

const readObject = (reading: Reading, start: number, end: number): Read => {
  const { batch, bytes, limits, directory, topical, around } = reading;
  const read = readJson(bytes, start, end, limits);
  if ('fault' in read) return unsound(read.fault);
  const { value } = read;
  const mode = directory.hasCloudEvents ? modeOf(around, value, batch.bare) : 'none';
  if (mode === 'structured') around.enter(value);
  const event = topical ?? directory.byWhen(value, around);
  if (event === null) return unsound('unknown-event');
  if (!event.plan.isCloudEvent) return readAsEvent(reading, event, value);
  if (mode === 'none') return unsound('not-a-cloudevent');
  if (mode === 'binary') {
    const fault = checkBinary(around, false);
    return fault === null ? readAsEvent(reading, event, value) : unsound(fault);
  }
  const data = openEnvelope(value, around);
  if ('fault' in data) return unsound(data.fault);
  return 'value' in data ? readAsEvent(reading, event, data.value) : readBytes(reading, event, data.bytes, data.isAvro);
};

const readAs = ({ bytes, limits }: Reading, start: number, end: number, known: Known): Read => {
  const { slots } = known.event;
  slots.fill(undefined);
  const { at, fault } = known.schema.walk(bytes, start, end, limits, slots);
  if (fault !== null) return unsound(fault, known.schema.index);
  return at === end ? known : unsound('avro-trailing-bytes', known.schema.index);
};

/**
 * Reads Avro of a known schema. The topic says which event the bytes are, and another event's schema is a fault: a datum
 * must not choose the rules that it is held to. Where the topic says nothing and event types share the schema, the bytes are
 * read as each, and `when` says which they are.
 */
const readDatum = (reading: Reading, start: number, end: number, candidates: readonly Known[]): Read => {
  const { topical } = reading;
  if (topical !== null) {
    const own = candidates.find(({ event }) => event === topical);
    if (own === undefined) return unsound('schema-of-another-topic', candidates[0].schema.index);
    const read = readAs(reading, start, end, own);
    return 'fault' in read ? read : surroundAvro(own, reading);
  }
  for (const known of candidates) {
    const read = readAs(reading, start, end, known);
    if ('fault' in read) return read;
    const isIt = candidates.length === 1 || reading.directory.isWhen(known.event, whenOf(known.event, reading.around));
    if (isIt) return surroundAvro(known, reading);
  }
  return unsound('unknown-event', candidates[0].schema.index);
};

const readPrefixed = (reading: Reading, start: number, end: number): Read => {
  const { batch, bytes, directory } = reading;
  if (end - start < PREFIX_BYTES || bytes[start] !== 0) return unsound('no-prefix');
  // A schema that was looked up is no matter of ids any more.
  const candidates = batch.schema >= 0 ? directory.byIndex[batch.schema] : directory.byId.get(bytes.readInt32BE(start + 1));
  return candidates === undefined ? unsound('unknown-schema') : readDatum(reading, start + PREFIX_BYTES, end, candidates);
};

const readValue = (reading: Reading, record: number): Read => {
  const { batch, limits, directory } = reading;
  const start = batch.valueStart[record];
  const length = batch.valueLength[record];
  if (length < 0) return unsound('no-value');
  if (length > limits.recordBytes) return unsound('oversize');
  if (batch.form === 'json') return readObject(reading, start, start + length);
  if (batch.form === 'avro') return readPrefixed(reading, start, start + length);
  return readDatum(reading, start, start + length, directory.byIndex[batch.schema]);
};

/** Texts of a batch as columns take no more than its values do, but for numbers in Avro; the arena grows if they do. */
const arenaBytes = ({ valueLength, count, fault }: SourceBatch, limits: Limits): number => {
  let bytes = 0;
  for (let i = 0; i < count; i++) if (fault[i] === 0) bytes += Math.min(Math.max(valueLength[i], 0), limits.recordBytes);
  return bytes >> 1;
};

/** Compiles the decoder of a plan: source records to columns. It keeps nothing from one batch to the next. */
export const createDecoder = (plan: Plan): Decoder => {
  const directory = createDirectory(plan);
  const limits = { ...plan.limits, depth: Math.min(plan.limits.depth, DEEPEST) };
  return {
    decode(batch, clockMs) {
      const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
      const around = createSurroundings(limits);
      const topical = batch.bare ? null : directory.byTopic(batch.topic);
      const reading: Reading = { batch, bytes, limits, directory, topical, around };
      const arena = createArena(arenaBytes(batch, limits));
      const rows = new Map<EventReader, RowBuilder>();
      const faults = createFaultList();
      let clock = clockMs;
      for (let record = 0; record < batch.count; record++) {
        if (batch.fault[record] !== 0) {
          faults.addCode(record, batch.fault[record]);
          continue;
        }
        around.turnTo(batch, bytes, record);
        const read = readValue(reading, record);
        if ('fault' in read) {
          faults.add(record, read.fault, read.schema);
          continue;
        }
        const { event, schema } = read;
        let builder = rows.get(event);
        if (builder === undefined) {
          builder = createRows(event, batch.count, arena);
          rows.set(event, builder);
        }
        const added = builder.add(record, batch.appendMs[record], clock);
        if (typeof added === 'string') faults.add(record, added, schema.index);
        else clock = added;
      }
      for (const { slots } of directory.events) slots.fill(undefined);
      const built = [...rows.values()].map((builder) => builder.done()).filter(({ count }) => count > 0);
      const isViewed = ({ event }: Columns): boolean => plan.events[event].views.length > 0;
      const noView = built.reduce((sum, columns) => sum + (isViewed(columns) ? 0 : columns.count), 0);
      return { columns: built.filter(isViewed), faults: faults.done(), noView, clockMs: clock };
    },
  };
};
