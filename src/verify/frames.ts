import type { KafkaRecord } from './inputs.ts';
import { isObject, parseJson, survey, textOfBytes, type Value } from './json.ts';
import { nameOf, type SchemaOf } from './names.ts';
import type { Rules } from './rules.ts';
import { aroundEnvelope, aroundRecord, NOTHING_AROUND, type TextAround, textsAround } from './surroundings.ts';
import { type Frame, faulty, frameAvro, frameJson, frameNamed, isOversize, type Place } from './values.ts';

export type { Frame } from './values.ts';

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

/** Texts of an envelope's key and headers, under the paths by which a policy would name them. */
const textsOfEnvelope = (key: Value | undefined, headers: Value | undefined): TextAround[] => {
  const named = isObject(headers) ? Object.entries(headers).map(([name, value]) => [`$headers.${name}`, value] as const) : [];
  const others = isObject(headers) ? [] : [['', headers] as const];
  return [['$key', key] as const, ...named, ...others].flatMap(([path, value]) => textsIn(value).map((text) => ({ path, text })));
};

/** An envelope's line as text, and the JSON texts of its key and headers: null when it has none, undefined when they are no UTF-8. */
interface EnvelopeText {
  readonly text: string;
  readonly key?: string | null | undefined;
  readonly headers?: string | null | undefined;
}

const frameEnvelope = (envelope: { readonly [name: string]: Value }, line: EnvelopeText, lost: Place, rules: Rules): Frame => {
  const { topic, partition, offset, timestamp, key, headers, value } = envelope;
  const around = textsOfEnvelope(key, headers);
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
