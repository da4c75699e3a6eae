import { TIMESTAMP } from '../model/derived.ts';
import type { Limits } from '../model/plan.ts';
import { readDatum } from './avro.ts';
import { canonicalSchema, type Schema } from './avro-schema.ts';
import { conforms } from './conforms.ts';
import { derivedValue, takeApart, withDerived } from './derive.ts';
import { withEmbedded } from './embedded.ts';
import type { KafkaRecord } from './inputs.ts';
import { isObject, type Looks, parseJson, survey, textOfBytes, type Value } from './json.ts';
import { nameOf, type SchemaOf } from './names.ts';
import type { EventRule, Rules } from './rules.ts';
import { aroundEnvelope, aroundRecord, NOTHING_AROUND, type Surroundings, textsAround } from './surroundings.ts';
import { textOf, timeAt, valueAt } from './times.ts';

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
  readonly surroundings: Surroundings;
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

const isWhen = ({ when, derivedWhen }: EventRule, value: Value, around: Surroundings): boolean => {
  const told = when === null ? undefined : derivedWhen === null ? valueAt(value, when.path) : derivedValue(derivedWhen, value, around);
  return when !== null && !(told instanceof Uint8Array) && when.values.includes(textOf(told) ?? '\0');
};

/** The event type that a topic is for: one that lists it, or has a pattern that it fits, or whose name is its last part. */
const eventOfTopic = ({ events }: Rules, topic: string): EventRule | undefined => {
  const last = topic.slice(topic.lastIndexOf('.') + 1);
  return (
    events.find((event) => event.policy.topics?.includes(topic)) ??
    events.find((event) => event.topicPatterns.some((pattern) => takeApart(topic, pattern) !== null)) ??
    events.find((event) => event.name === last)
  );
};

const eventOfJson = (rules: Rules, value: Value, around: Surroundings): EventRule | null => {
  const named = around.topic === null ? undefined : eventOfTopic(rules, around.topic);
  return named ?? rules.events.find((event) => isWhen(event, value, around)) ?? null;
};

const constantsHold = ({ constants }: EventRule, value: Value): boolean =>
  constants.every(([path, text]) => (valueAt(value, path) ?? null) === null || textOf(valueAt(value, path)) === text);

interface Place {
  readonly isPlaced: boolean;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly around: readonly string[];
  readonly surroundings: Surroundings;
  readonly bytes: Uint8Array | null;
}

/** One literal, not spreads: every record makes one, and spreads were a twelfth of the checker's time. */
const frameAt = (place: Place, appendMs: number, event: EventRule | null, schema: Schema | null, value: Value): Frame => {
  const { isPlaced, topic, partition, offset, around, surroundings, bytes } = place;
  return { isPlaced, topic, partition, offset, appendMs, event, schema, value, around, surroundings, bytes };
};

const faulty = (place: Place): Frame => frameAt(place, place.appendMs, null, null, null);

/** Looks at what is around a value whose type is settled, and at its times and constants. */
const settle = (place: Place, event: EventRule, schema: Schema, given: Value): Frame => {
  const derived = withDerived(event.derived, event.lists, given, place.surroundings);
  if (derived === null) return faulty(place);
  const said = event.appendTime === null ? Number.NaN : (timeAt(derived, event.appendTime) ?? Number.NaN);
  const appendMs = Number.isNaN(place.appendMs) ? said : place.appendMs;
  const isAppended = event.eventTime.path === TIMESTAMP;
  const value = isAppended && isObject(derived) ? { ...derived, [TIMESTAMP]: appendMs } : derived;
  const isSound = !Number.isNaN(appendMs) && !Number.isNaN(timeAt(value, event.eventTime) ?? 0) && constantsHold(event, value);
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
const frameJson = (place: Place, given: Value, looks: Looks, rules: Rules): Frame => {
  const isWithin = (one: Looks): boolean => withinLimits(one, rules.limits);
  if (!isObject(given) || !isWithin(looks)) return faulty(place);
  const event = eventOfJson(rules, given, place.surroundings);
  const value = event === null ? null : withEmbedded(event.embedded, given, isWithin);
  if (value === null) return faulty(place);
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
    if (expected !== undefined || known.length === 1 || isWhen(event, value, place.surroundings))
      return settle(place, event, schema, value);
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

/** An envelope's line as text, and the JSON texts of its key and headers: null when it has none, undefined when they are no UTF-8. */
interface EnvelopeText {
  readonly text: string;
  readonly key?: string | null | undefined;
  readonly headers?: string | null | undefined;
}

const frameEnvelope = (envelope: { readonly [name: string]: Value }, line: EnvelopeText, lost: Place, rules: Rules): Frame => {
  const { topic, partition, offset, timestamp, key, headers, value } = envelope;
  const around = [...textsIn(key), ...textsIn(headers)];
  const { whole, inner, members } = survey(line.text, 'value');
  const written = (name: 'key' | 'headers'): string | null | undefined => (name in line ? line[name] : (members.get(name) ?? null));
  const gone = (): Frame => faulty({ ...lost, around });
  if (whole.items > LINE_ITEMS + 2 * rules.limits.items || whole.duplicate === 'top' || whole.illFormed) return gone();
  if (typeof topic !== 'string' || topic === '' || topic === FILE_TOPIC || !Object.hasOwn(envelope, 'value')) return gone();
  if (!isCount(partition, 2 ** 31 - 1) || !isCount(offset, Number.MAX_SAFE_INTEGER) || !isCount(timestamp, LATEST_MS)) return gone();
  const surroundings = aroundEnvelope(topic, written('key'), written('headers'), rules.limits);
  const place: Place = { isPlaced: true, topic, partition, offset, appendMs: timestamp, around, surroundings, bytes: lost.bytes };
  if (value === null) return faulty(place);
  if (typeof value !== 'string')
    return isOversize(members.get('value') as string, rules) ? faulty(place) : frameJson(place, value, inner, rules);
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? frameAvro(place, bytes, rules) : faulty(place);
};

/** A datum of a schema that something else than its bytes tells: a container's header, or whoever looked a name up. */
const frameNamed = (place: Place, bytes: Uint8Array, schema: unknown, rules: Rules): Frame => {
  if (schema === null) return faulty(place);
  const canonical = canonicalSchema(schema);
  const known = knownBy(rules, ({ json }) => canonicalSchema(json) === canonical);
  return known.length === 0 ? faulty(place) : frameDatum(place, bytes, known, rules);
};

const fromLatin = (text: string): string | null => textOfBytes(Buffer.from(text, 'latin1'));

/**
 * A line whose key or headers are no UTF-8 is still an envelope: only what is read of it has to be text. When its value is
 * none, it is a malformed record that says where it stood.
 */
const withoutAround = (bytes: Uint8Array): EnvelopeText | null => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const value = parseJson(text);
  if (!isObject(value) || !isEnvelope(value)) return null;
  const { members, whole } = survey(text);
  if (whole.duplicate === 'top' || whole.illFormed) return null;
  const kept = MEMBERS.flatMap((name) => (members.has(name) ? [`"${name}":${members.get(name)}`] : []));
  const line =
    fromLatin(`{${kept.join(',')}}`) ??
    fromLatin(`{${kept.map((part) => (part.startsWith('"value":') ? '"value":null' : part)).join(',')}}`);
  const own = (name: string): string | null | undefined =>
    members.has(name) ? (fromLatin(members.get(name) as string) ?? undefined) : null;
  return line === null ? null : { text: line, key: own('key'), headers: own('headers') };
};

/** A line, or a datum of a container whose schema is given; `number` is its 0-based number in its file. */
export type SourceRecord =
  | { readonly kind: 'line'; readonly file: number; readonly number: number; readonly bytes: Uint8Array }
  | KafkaRecord
  | { readonly kind: 'datum'; readonly file: number; readonly number: number; readonly bytes: Uint8Array; readonly schema: unknown };

/** A record of Kafka stands where the broker says. One that names its schema is Avro, and anything else has to be JSON. */
const frameRecord = (record: KafkaRecord, rules: Rules, schemaOf: SchemaOf): Frame => {
  const { topic, partition, offset, appendMs, key, headers, value, bytes } = record;
  const surroundings = aroundRecord(topic, key, headers, rules.limits);
  const place: Place = { isPlaced: true, topic, partition, offset, appendMs, around: textsAround(key, headers), surroundings, bytes };
  if (value === null || value.length > rules.limits.recordBytes) return faulty(place);
  const { name, prefixBytes } = nameOf(record);
  if (name === 'unreadable') return faulty(place);
  if (name !== null) return frameNamed(place, value.subarray(prefixBytes), schemaOf(name, place), rules);
  const text = textOfBytes(value);
  const parsed = text === null ? undefined : parseJson(text);
  return text === null || parsed === undefined ? faulty(place) : frameJson(place, parsed, survey(text).whole, rules);
};

/** Reads one record of the source as the policy says; `schemaOf` tells what names of schemas in Kafka's records stand for. */
export const frameOf = (record: SourceRecord, rules: Rules, schemaOf: SchemaOf = () => null): Frame => {
  if (record.kind === 'record') return frameRecord(record, rules, schemaOf);
  const place: Place = {
    isPlaced: true,
    topic: FILE_TOPIC,
    partition: record.file,
    offset: record.number,
    appendMs: Number.NaN,
    around: [],
    surroundings: NOTHING_AROUND,
    bytes: record.bytes,
  };
  if (record.kind === 'datum') return frameNamed(place, record.bytes, record.schema, rules);
  const lost = { ...place, isPlaced: false };
  const longest = Math.ceil(rules.limits.recordBytes * 1.5) + ENVELOPE_BYTES;
  if (record.bytes.length > longest) return faulty(lost);
  const whole = textOfBytes(record.bytes);
  const line = whole === null ? withoutAround(record.bytes) : { text: whole };
  const value = line === null ? undefined : parseJson(line.text);
  if (line === null || !isObject(value)) return faulty(lost);
  if (isEnvelope(value)) return frameEnvelope(value, line, lost, rules);
  return isOversize(line.text, rules) ? faulty(place) : frameJson(place, value, survey(line.text).whole, rules);
};
