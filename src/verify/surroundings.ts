import type { Limits } from '../model/plan.ts';
import { isObject, parseJson, survey, textOfBytes, type Value } from './json.ts';

/** A text from around a value; null when there is none (or an empty one), undefined when it is there and cannot be read. */
export type Told = string | null | undefined;

/** Key, headers and topic of one record. */
export interface Surroundings {
  readonly topic: string | null;
  readonly key: Told;
  header(name: string): Told;
  /** An attribute of a CloudEvent. */
  attribute(name: string): Told;
}

/** In binary mode attributes are headers; that of the data's type is the content type (Kafka Protocol Binding, 3.2). */
const binaryAttributes =
  (header: (name: string) => Told): ((name: string) => Told) =>
  (name) =>
    header(name === 'datacontenttype' ? 'content-type' : `ce_${name}`);

/** The same surroundings when the value is an envelope that holds the attributes. */
export const withEnvelope = (around: Surroundings, envelope: { readonly [name: string]: Value }): Surroundings => ({
  ...around,
  attribute(name) {
    const told = Object.hasOwn(envelope, name) ? envelope[name] : null;
    if (told === null || typeof told === 'string') return filled(told);
    return typeof told === 'number' || typeof told === 'boolean' ? String(told) : undefined;
  },
});

/** What bare events and data of containers have around them. */
export const NOTHING_AROUND: Surroundings = { topic: null, key: null, header: () => null, attribute: () => null };

const filled = (text: Told): Told => (text === '' ? null : text);

/** JSON text of a member as the text that it stands for; it must be a string or null. */
const textOfMember = (json: string | null | undefined, limits: Limits): Told => {
  const value = json === undefined || json === null ? null : parseJson(json);
  if (json === undefined) return undefined;
  if (typeof value !== 'string') return value === null ? null : undefined;
  return Buffer.byteLength((json as string).trim()) - 2 > limits.stringBytes ? undefined : filled(value);
};

/** Headers of an envelope: a map of texts within the limits of any value. */
const headersOfMember = (json: string | null | undefined, limits: Limits): ((name: string) => Told) => {
  const value = json === undefined ? undefined : json === null ? null : parseJson(json);
  if (value === null) return () => null;
  const looks = typeof json === 'string' ? survey(json).whole : null;
  const isSound =
    looks !== null &&
    looks.depth <= limits.depth &&
    looks.items <= limits.items &&
    looks.longestString <= limits.stringBytes &&
    looks.duplicate === 'none';
  if (!isSound || !isObject(value)) return () => undefined;
  return (name) => {
    const told = Object.hasOwn(value, name) ? value[name] : null;
    return told === null || typeof told === 'string' ? filled(told) : undefined;
  };
};

/** Around an envelope's value: the JSON texts of its members; null where it has none, undefined where they are no UTF-8. */
export const aroundEnvelope = (
  topic: string,
  key: string | null | undefined,
  headers: string | null | undefined,
  limits: Limits,
): Surroundings => {
  const header = headersOfMember(headers, limits);
  return { topic, key: textOfMember(key, limits), header, attribute: binaryAttributes(header) };
};

const textOfRaw = (bytes: Uint8Array | null, limits: Limits): Told => {
  if (bytes === null) return null;
  return bytes.length > limits.stringBytes ? undefined : filled(textOfBytes(bytes) ?? undefined);
};

/** A header of a record of Kafka. */
export interface RawHeader {
  readonly name: string;
  readonly value: Uint8Array | null;
}

/** Around the value of a record of Kafka; a header that is there twice says nothing that could be relied on. */
export const aroundRecord = (topic: string, key: Uint8Array | null, headers: readonly RawHeader[], limits: Limits): Surroundings => {
  const header = (name: string): Told => {
    const found = headers.filter((one) => one.name === name);
    if (found.length > 1) return undefined;
    return found.length === 0 ? null : textOfRaw(found[0].value, limits);
  };
  return { topic, key: textOfRaw(key, limits), header, attribute: binaryAttributes(header) };
};

/** A text from around a value, under the path by which a policy would name it ('' where none does). */
export interface TextAround {
  readonly path: string;
  readonly text: string;
}

/** Texts of a record's key and headers, names of headers among them: what is searched for in everything that left. */
export const textsAround = (key: Uint8Array | null, headers: readonly RawHeader[]): TextAround[] => {
  const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return [
    ...(key === null ? [] : [{ path: '$key', text: textOf(key) }]),
    ...headers.flatMap(({ name, value }) => [
      { path: '', text: name },
      ...(value === null ? [] : [{ path: `$headers.${name}`, text: textOf(value) }]),
    ]),
  ];
};
