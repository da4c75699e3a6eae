import type { Limits } from '../model/plan.ts';
import { canonicalSchema, type Field, jsonName, jsonValue, readDatum, type Schema, typeOf } from './avro.ts';
import type { InputRecord } from './inputs.ts';
import { isObject, parseJson, type Survey, survey, textOfBytes, type Value } from './json.ts';
import type { EventRule, Rules } from './rules.ts';
import { instantOf, parseIso, textOf, valueAt } from './times.ts';

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

/** An envelope is whatever has a value and says where it stood; anything else has to speak for itself. */
const isEnvelope = (value: { readonly [name: string]: Value }): boolean => 'value' in value && ('topic' in value || 'partition' in value || 'offset' in value);

const isCount = (value: Value | undefined, max: number): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;

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

const eventOfJson = (rules: Rules, value: Value, topic: string | null): EventRule | null => {
  if (topic !== null) {
    const last = topic.slice(topic.lastIndexOf('.') + 1);
    const named = rules.events.find((event) => event.policy.topics?.includes(topic)) ?? rules.events.find((event) => event.name === last);
    if (named !== undefined) return named;
  }
  return rules.events.find(({ when }) => when !== null && when.values.includes(String(valueAt(value, when.path)))) ?? null;
};

/** Top-level fields that the policy itself names stay allowed although a schema lacks them. */
const tolerated = (event: EventRule): ReadonlySet<string> =>
  new Set([event.when?.path, event.appendTime?.path].flatMap((path) => (path === undefined || path.includes('.') ? [] : [path])));

const INT_MAX = 2 ** 31 - 1;

/** Whether a JSON value is of an Avro type: known fields only, every required one, right types. */
const conforms = (schema: Schema, part: unknown, value: Value | undefined, extra: ReadonlySet<string>): boolean => {
  const type = typeOf(schema, part);
  switch (type.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) && value >= -INT_MAX - 1 && value <= INT_MAX;
    case 'long':
      return (typeof value === 'number' && Number.isSafeInteger(value)) || (type.isTimestamp && typeof value === 'string' && !Number.isNaN(parseIso(value)));
    case 'float':
    case 'double':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
    case 'bytes':
    case 'fixed':
      return typeof value === 'string';
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value);
    case 'array':
      return Array.isArray(value) && value.every((item) => conforms(schema, type.items, item, NOTHING));
    case 'map':
      return isObject(value) && Object.values(value).every((item) => conforms(schema, type.values, item, NOTHING));
    case 'union':
      return type.branches.some((branch) => conforms(schema, branch, value, NOTHING));
    case 'record':
      return isObject(value) && conformsRecord(schema, type.fields, value, extra);
  }
};

const NOTHING: ReadonlySet<string> = new Set();

const conformsRecord = (schema: Schema, fields: readonly Field[], value: { readonly [name: string]: Value }, extra: ReadonlySet<string>): boolean => {
  const names = new Set(fields.map(jsonName));
  return (
    Object.keys(value).every((name) => names.has(name) || extra.has(name)) &&
    fields.every((field) => {
      const name = jsonName(field);
      return Object.hasOwn(value, name) ? conforms(schema, field.type, value[name], NOTHING) : field.default !== undefined;
    })
  );
};

const constantsHold = (event: EventRule, value: Value): boolean =>
  Object.entries(event.policy.fields).every(([path, field]) => field.role !== 'constant' || textOf(valueAt(value, path)) === String(field.value));

interface Place {
  readonly isPlaced: boolean;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly around: readonly string[];
  readonly bytes: Uint8Array | null;
}

const faulty = (place: Place): Frame => ({ ...place, event: null, schema: null, value: null });

/** Looks at the times and constants of a value whose type is settled. */
const settle = (place: Place, event: EventRule, schema: Schema, value: Value): Frame => {
  const eventTime = valueAt(value, event.eventTime.path);
  const readable = eventTime === undefined || eventTime === null || !Number.isNaN(instantOf(eventTime, event.eventTime.unit));
  const said = event.appendTime === null ? Number.NaN : instantOf(valueAt(value, event.appendTime.path), event.appendTime.unit);
  const appendMs = Number.isNaN(place.appendMs) ? said : place.appendMs;
  return readable && !Number.isNaN(appendMs) && constantsHold(event, value) ? { ...place, appendMs, event, schema, value } : faulty(place);
};

const withinLimits = ({ depth, items, longestString, duplicate, illFormed }: Survey, limits: Limits): boolean =>
  depth <= limits.depth && items <= limits.items && longestString <= limits.stringBytes && duplicate === 'none' && !illFormed;

/** A JSON value: its event, then the first schema version that it fits. */
const frameJson = (place: Place, text: string, topic: string | null, rules: Rules): Frame => {
  const value = parseJson(text);
  if (!isObject(value) || Buffer.byteLength(text) > rules.limits.recordBytes || !withinLimits(survey(text), rules.limits)) return faulty(place);
  const event = eventOfJson(rules, value, topic);
  const fitting = event?.schemas.find(({ schema }) => conforms(schema, schema.root, value, tolerated(event)));
  return event === null || fitting === undefined ? faulty(place) : settle(place, event, fitting.schema, value);
};

const frameDatum = (place: Place, bytes: Uint8Array, event: EventRule, schema: Schema, rules: Rules): Frame => {
  const value = bytes.length > rules.limits.recordBytes ? undefined : readDatum(bytes, schema, rules.limits);
  return value === undefined ? faulty(place) : settle(place, event, schema, value);
};

const frameAvro = (place: Place, bytes: Uint8Array, rules: Rules): Frame => {
  if (bytes.length < 5 || bytes[0] !== 0) return faulty(place);
  const id = Buffer.from(bytes).readInt32BE(1);
  for (const event of rules.events) {
    const found = event.schemas.find((schema) => schema.id === id);
    if (found !== undefined) return frameDatum(place, bytes.subarray(5), event, found.schema, rules);
  }
  return faulty(place);
};

const frameEnvelope = (envelope: { readonly [name: string]: Value }, text: string, lost: Place, rules: Rules): Frame => {
  const { topic, partition, offset, timestamp, key, headers, value } = envelope;
  const around = [...textsIn(key), ...textsIn(headers)];
  const whole = survey(text);
  const loose = { ...rules.limits, depth: rules.limits.depth + 1, stringBytes: Number.POSITIVE_INFINITY };
  if (!withinLimits({ ...whole, duplicate: whole.duplicate === 'top' ? 'top' : 'none' }, loose)) return faulty({ ...lost, around });
  if (typeof topic !== 'string' || topic === '' || !isCount(partition, 2 ** 31 - 1) || !isCount(offset, Number.MAX_SAFE_INTEGER)) return faulty({ ...lost, around });
  if (!isCount(timestamp, LATEST_MS)) return faulty({ ...lost, around });
  const place: Place = { isPlaced: true, topic, partition, offset, appendMs: timestamp, around, bytes: lost.bytes };
  if (value === null || value === undefined) return faulty(place);
  if (typeof value !== 'string') return frameJson(place, whole.members.get('value') as string, topic, rules);
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value);
  return isBase64 ? frameAvro(place, Buffer.from(value, 'base64'), rules) : faulty(place);
};

const frameContainer = (place: Place, record: Extract<InputRecord, { kind: 'datum' }>, rules: Rules): Frame => {
  const canonical = canonicalSchema(record.schema);
  for (const event of rules.events) {
    const found = event.schemas.find(({ schema }) => canonicalSchema(schema.root) === canonical);
    if (found === undefined) continue;
    if (record.bytes !== undefined) return frameDatum(place, record.bytes, event, found.schema, rules);
    return record.value === undefined ? faulty(place) : settle(place, event, found.schema, jsonValue(found.schema, record.value));
  }
  return faulty(place);
};

/** Reads one record of the source as the policy says; `line` is its 0-based number in its file. */
export const frameOf = (record: InputRecord, line: number, rules: Rules): Frame => {
  const place: Place = { isPlaced: true, topic: 'file', partition: record.file, offset: line, appendMs: Number.NaN, around: [], bytes: record.bytes ?? null };
  if (record.kind === 'datum') return frameContainer(place, record, rules);
  const lost = { ...place, isPlaced: false };
  const longest = Math.ceil(rules.limits.recordBytes * 1.5) + ENVELOPE_BYTES;
  const text = record.bytes.length > longest ? null : textOfBytes(record.bytes);
  const value = text === null ? undefined : parseJson(text);
  if (text === null || !isObject(value)) return faulty(lost);
  return isEnvelope(value) ? frameEnvelope(value, text, lost, rules) : frameJson(place, text, null, rules);
};
