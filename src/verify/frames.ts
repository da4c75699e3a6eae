import type { Limits } from '../model/plan.ts';
import { readDatum } from './avro.ts';
import { canonicalSchema, type Schema } from './avro-schema.ts';
import { conforms } from './conforms.ts';
import type { KafkaRecord } from './inputs.ts';
import { isObject, type Looks, parseJson, survey, textOfBytes, type Value } from './json.ts';
import type { EventRule, Rules } from './rules.ts';
import { instantOf, textOf, valueAt } from './times.ts';

/** A record of the source log, read as far as possible. Everything in it is personal: it stays inside the checker. */
export interface Frame {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** False when the record is too broken to say where it stood. */
  readonly isPlaced: boolean;
  /** NaN when nothing says it. */
  readonly appendMs: number;
  /** Null when the record must be in quarantine. */
  readonly event: EventRule | null;
  readonly schema: Schema | null;
  readonly value: Value;
  /** Key and header values: identity that is not part of the value. */
  readonly around: readonly string[];
  /** The record as it came; null for container data. */
  readonly bytes: Uint8Array | null;
}

const LATEST_MS = 8.64e15;
const ENVELOPE_BYTES = 64 << 10;
const LINE_ITEMS = 1024;
/** Topic of records without an envelope; no envelope may claim it. */
export const FILE_TOPIC = 'file';

const MEMBERS = ['topic', 'partition', 'offset', 'timestamp', 'value'] as const;

/** An object with four of the five members is an envelope, and needs all five; anything else has to speak for itself. */
const isEnvelope = (value: { readonly [name: string]: Value }): boolean => MEMBERS.filter((name) => Object.hasOwn(value, name)).length >= 4;

const isCount = (value: Value | undefined, max: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max && !Object.is(value, -0);

/** All scalar texts in a key or in headers, whatever their form; base64 is given decoded as well. */
export const textsIn = (value: Value | undefined): string[] => {
  if (value === null || value === undefined || typeof value === 'boolean') return [];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (isObject(value)) return Object.values(value).flatMap(textsIn);
  const text = String(value);
  if (!/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text) || text.length % 4 !== 0) return [text];
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  return /^[\x20-\x7e]+$/.test(decoded) ? [text, decoded] : [text];
};

const isWhen = ({ when }: EventRule, value: Value): boolean => {
  const told = when === null ? undefined : valueAt(value, when.path);
  return when !== null && !(told instanceof Uint8Array) && when.values.includes(textOf(told) ?? '\0');
};

/** The event type that a topic is for: one that lists it, or one whose name is its last part. */
const eventOfTopic = ({ events }: Rules, topic: string): EventRule | undefined => {
  const last = topic.slice(topic.lastIndexOf('.') + 1);
  return events.find(({ policy }) => policy.topics?.includes(topic)) ?? events.find(({ name }) => name === last);
};

const eventOfJson = (rules: Rules, value: Value, topic: string | null): EventRule | null =>
  (topic === null ? undefined : eventOfTopic(rules, topic)) ?? rules.events.find((event) => isWhen(event, value)) ?? null;

const constantsHold = ({ constants }: EventRule, value: Value): boolean =>
  constants.every(([path, text]) => (valueAt(value, path) ?? null) === null || textOf(valueAt(value, path)) === text);

interface Place {
  readonly isPlaced: boolean;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly around: readonly string[];
  readonly bytes: Uint8Array | null;
}

/** One literal, not spreads: every record makes one, and spreads were a twelfth of the checker's time. */
const frameAt = (place: Place, appendMs: number, event: EventRule | null, schema: Schema | null, value: Value): Frame => {
  const { isPlaced, topic, partition, offset, around, bytes } = place;
  return { isPlaced, topic, partition, offset, appendMs, event, schema, value, around, bytes };
};

const faulty = (place: Place): Frame => frameAt(place, place.appendMs, null, null, null);

/** Looks at the times and constants of a value whose type is settled. */
const settle = (place: Place, event: EventRule, schema: Schema, value: Value): Frame => {
  const eventTime = valueAt(value, event.eventTime.path);
  const readable = eventTime === undefined || eventTime === null || !Number.isNaN(instantOf(eventTime, event.eventTime.unit));
  const said = event.appendTime === null ? Number.NaN : instantOf(valueAt(value, event.appendTime.path), event.appendTime.unit);
  const appendMs = Number.isNaN(place.appendMs) ? said : place.appendMs;
  const isSound = readable && !Number.isNaN(appendMs) && constantsHold(event, value);
  return isSound ? frameAt(place, appendMs, event, schema, value) : faulty(place);
};

const DEEPEST = 256;

const withinLimits = ({ depth, items, longestString, duplicate, illFormed }: Looks, limits: Limits): boolean =>
  depth <= Math.min(limits.depth, DEEPEST) &&
  items <= limits.items &&
  longestString <= limits.stringBytes &&
  duplicate === 'none' &&
  !illFormed;

/** A JSON value, parsed and looked at: its event, then the first schema version that it fits. */
const frameJson = (place: Place, value: Value, looks: Looks, topic: string | null, rules: Rules): Frame => {
  if (!isObject(value) || !withinLimits(looks, rules.limits)) return faulty(place);
  const event = eventOfJson(rules, value, topic);
  const fitting = event?.schemas.find(({ schema }) => conforms(schema, schema.root, value, event.tolerated));
  return event === null || fitting === undefined ? faulty(place) : settle(place, event, fitting.schema, value);
};

const isOversize = (text: string, rules: Rules): boolean =>
  text.length * 3 > rules.limits.recordBytes && Buffer.byteLength(text) > rules.limits.recordBytes;

/**
 * On a topic that is for an event type, the schema has to be one of that type. Elsewhere the schema tells; event types may
 * share one, and then the value tells which of them it is.
 */
const frameDatum = (place: Place, bytes: Uint8Array, known: readonly Known[], rules: Rules): Frame => {
  const expected = place.topic === FILE_TOPIC ? undefined : eventOfTopic(rules, place.topic);
  for (const { event, schema } of expected === undefined ? known : known.filter((one) => one.event === expected)) {
    const value = bytes.length > rules.limits.recordBytes ? undefined : readDatum(bytes, schema, rules.limits);
    if (value === undefined) return faulty(place);
    if (expected !== undefined || known.length === 1 || isWhen(event, value)) return settle(place, event, schema, value);
  }
  return faulty(place);
};

interface Known {
  readonly event: EventRule;
  readonly schema: Schema;
}

/** The first fitting schema version of each event. */
const knownBy = (rules: Rules, fits: (schema: EventRule['schemas'][number]) => boolean): Known[] =>
  rules.events.flatMap((event) =>
    event.schemas
      .filter(fits)
      .slice(0, 1)
      .map(({ schema }) => ({ event, schema })),
  );

const PREFIX_BYTES = 5;

const frameAvro = (place: Place, bytes: Uint8Array, rules: Rules): Frame => {
  if (bytes.length < PREFIX_BYTES || bytes.length > rules.limits.recordBytes || bytes[0] !== 0) return faulty(place);
  const wanted = Buffer.from(bytes).readInt32BE(1);
  return frameDatum(
    place,
    bytes.subarray(PREFIX_BYTES),
    knownBy(rules, ({ id }) => id === wanted),
    rules,
  );
};

const frameEnvelope = (envelope: { readonly [name: string]: Value }, text: string, lost: Place, rules: Rules): Frame => {
  const { topic, partition, offset, timestamp, key, headers, value } = envelope;
  const around = [...textsIn(key), ...textsIn(headers)];
  const { whole, inner, members } = survey(text, 'value');
  const gone = (): Frame => faulty({ ...lost, around });
  if (whole.items > LINE_ITEMS + 2 * rules.limits.items || whole.duplicate === 'top' || whole.illFormed) return gone();
  if (typeof topic !== 'string' || topic === '' || topic === FILE_TOPIC || !Object.hasOwn(envelope, 'value')) return gone();
  if (!isCount(partition, 2 ** 31 - 1) || !isCount(offset, Number.MAX_SAFE_INTEGER) || !isCount(timestamp, LATEST_MS)) return gone();
  const place: Place = { isPlaced: true, topic, partition, offset, appendMs: timestamp, around, bytes: lost.bytes };
  if (value === null) return faulty(place);
  if (typeof value !== 'string')
    return isOversize(members.get('value') as string, rules) ? faulty(place) : frameJson(place, value, inner, topic, rules);
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? frameAvro(place, bytes, rules) : faulty(place);
};

const frameContainer = (place: Place, record: Extract<SourceRecord, { kind: 'datum' }>, rules: Rules): Frame => {
  const canonical = canonicalSchema(record.schema);
  const known = knownBy(rules, ({ json }) => canonicalSchema(json) === canonical);
  return known.length === 0 ? faulty(place) : frameDatum(place, record.bytes, known, rules);
};

/**
 * A line whose key or headers are no UTF-8 is still an envelope: only what is read of it has to be text. When its value is
 * none, it is a malformed record that says where it stood.
 */
const withoutAround = (bytes: Uint8Array): string | null => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const value = parseJson(text);
  if (!isObject(value) || !isEnvelope(value)) return null;
  const { members, whole } = survey(text);
  if (whole.duplicate === 'top' || whole.illFormed) return null;
  const kept = MEMBERS.flatMap((name) => (members.has(name) ? [`"${name}":${members.get(name)}`] : []));
  const written = (parts: readonly string[]): string | null => textOfBytes(Buffer.from(`{${parts.join(',')}}`, 'latin1'));
  return written(kept) ?? written(kept.map((part) => (part.startsWith('"value":') ? '"value":null' : part)));
};

/** A line, or a datum of a container whose schema is given; `number` is its 0-based number in its file. */
export type SourceRecord =
  | { readonly kind: 'line'; readonly file: number; readonly number: number; readonly bytes: Uint8Array }
  | KafkaRecord
  | { readonly kind: 'datum'; readonly file: number; readonly number: number; readonly bytes: Uint8Array; readonly schema: unknown };

/** A record of Kafka stands where the broker says; a zero byte in front is Avro's prefix, and anything else has to be JSON. */
const frameRecord = ({ topic, partition, offset, appendMs, around, value, bytes }: KafkaRecord, rules: Rules): Frame => {
  const place: Place = { isPlaced: true, topic, partition, offset, appendMs, around, bytes };
  if (value === null || value.length > rules.limits.recordBytes) return faulty(place);
  if (value[0] === 0) return frameAvro(place, value, rules);
  const text = textOfBytes(value);
  const parsed = text === null ? undefined : parseJson(text);
  return text === null || parsed === undefined ? faulty(place) : frameJson(place, parsed, survey(text).whole, topic, rules);
};

/** Reads one record of the source as the policy says. */
export const frameOf = (record: SourceRecord, rules: Rules): Frame => {
  if (record.kind === 'record') return frameRecord(record, rules);
  const place: Place = {
    isPlaced: true,
    topic: FILE_TOPIC,
    partition: record.file,
    offset: record.number,
    appendMs: Number.NaN,
    around: [],
    bytes: record.bytes,
  };
  if (record.kind === 'datum') return frameContainer(place, record, rules);
  const lost = { ...place, isPlaced: false };
  const longest = Math.ceil(rules.limits.recordBytes * 1.5) + ENVELOPE_BYTES;
  const text = record.bytes.length > longest ? null : (textOfBytes(record.bytes) ?? withoutAround(record.bytes));
  const value = text === null ? undefined : parseJson(text);
  if (text === null || !isObject(value)) return faulty(lost);
  if (isEnvelope(value)) return frameEnvelope(value, text, lost, rules);
  return isOversize(text, rules) ? faulty(place) : frameJson(place, value, survey(text).whole, null, rules);
};
