import { type Field, jsonName, readDatum, type Schema, typeOf } from './avro.ts';
import type { InputRecord } from './inputs.ts';
import { isObject, readJson, UNREADABLE, type Value } from './json.ts';
import type { EventRule, Rules } from './rules.ts';
import { instantOf, valueAt } from './times.ts';

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

const KNOWN = new Set(['topic', 'partition', 'offset', 'timestamp', 'key', 'headers', 'value']);

const isEnvelope = (value: Value): value is { readonly [name: string]: Value } => isObject(value) && 'topic' in value && 'partition' in value && 'offset' in value;

const isCount = (value: Value | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

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
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
    case 'float':
    case 'double':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
      return typeof value === 'string';
    case 'bytes':
    case 'fixed':
      return typeof value === 'string' || value instanceof Uint8Array;
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
      return Object.hasOwn(value, name) ? conforms(schema, field.type, value[name], NOTHING) : isOptional(schema, field);
    })
  );
};

const isOptional = (schema: Schema, field: Field): boolean => {
  const type = typeOf(schema, field.type);
  return field.default !== undefined || (type.kind === 'union' && type.branches.includes('null'));
};

const constantsHold = (event: EventRule, value: Value): boolean =>
  Object.entries(event.policy.fields).every(([path, field]) => {
    if (field.role !== 'constant') return true;
    const found = valueAt(value, path);
    return found === undefined || found === null || String(found) === String(field.value);
  });

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

/** Checks the value against the schema versions of its event; the first that fits is the one. */
const settle = (place: Place, event: EventRule | null, value: Value, rules: Rules, only: Schema | null): Frame => {
  if (event === null) return faulty(place);
  const extra = only === null ? tolerated(event) : NOTHING;
  const fitting = event.schemas.find(({ schema }) => (only === null || schema === only) && conforms(schema, schema.root, value, extra));
  if (fitting === undefined || !constantsHold(event, value)) return faulty(place);
  const said = event.appendTime === null ? Number.NaN : instantOf(valueAt(value, event.appendTime.path), event.appendTime.unit);
  const appendMs = Number.isNaN(place.appendMs) ? said : place.appendMs;
  return Number.isFinite(appendMs) && rules.limits.depth > 0 ? { ...place, appendMs, event, schema: fitting.schema, value } : faulty(place);
};

const frameAvro = (place: Place, bytes: Uint8Array, rules: Rules): Frame => {
  if (bytes.length < 5 || bytes[0] !== 0) return faulty(place);
  const id = Buffer.from(bytes).readUInt32BE(1);
  for (const event of rules.events) {
    const found = event.schemas.find((schema) => schema.id === id);
    if (found === undefined) continue;
    const value = readDatum(bytes.subarray(5), found.schema, rules.limits);
    return value === undefined ? faulty(place) : settle(place, event, value, rules, found.schema);
  }
  return faulty(place);
};

const frameEnvelope = (envelope: { readonly [name: string]: Value }, bytes: Uint8Array, rules: Rules, fallback: Place): Frame => {
  const { topic, partition, offset, timestamp, key, headers, value } = envelope;
  if (typeof topic !== 'string' || !isCount(partition) || !isCount(offset)) return faulty(fallback);
  const around = [...textsIn(key), ...textsIn(headers)];
  const place: Place = { isPlaced: true, topic, partition, offset, appendMs: isCount(timestamp) ? timestamp : Number.NaN, around, bytes };
  if (!isCount(timestamp) || !Object.keys(envelope).every((name) => KNOWN.has(name))) return faulty(place);
  if (isObject(value)) return settle(place, eventOfJson(rules, value, topic), value, rules, null);
  return typeof value === 'string' ? frameAvro(place, Buffer.from(value, 'base64'), rules) : faulty(place);
};

/** Reads one record of the source as the policy says; `line` is its 0-based number in its file. */
export const frameOf = (record: InputRecord, line: number, rules: Rules): Frame => {
  const place: Place = { isPlaced: true, topic: 'file', partition: record.file, offset: line, appendMs: Number.NaN, around: [], bytes: record.kind === 'line' ? record.bytes : null };
  if (record.kind === 'datum') {
    const value = record.value as Value | undefined;
    if (value === undefined) return faulty(place);
    const schema = JSON.stringify(record.schema);
    for (const event of rules.events) {
      const found = event.schemas.find(({ json }) => JSON.stringify(json) === schema);
      if (found !== undefined) return settle(place, event, value, rules, found.schema);
    }
    return faulty(place);
  }
  const lost = { ...place, isPlaced: false };
  if (record.bytes.length > rules.limits.recordBytes) return faulty(lost);
  const value = readJson(record.bytes, rules.limits);
  if (value === UNREADABLE || !isObject(value)) return faulty(lost);
  return isEnvelope(value) ? frameEnvelope(value, record.bytes, rules, lost) : settle(place, eventOfJson(rules, value, null), value, rules, null);
};
