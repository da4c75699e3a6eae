import { isObject, type Value } from './json.ts';
import { type Surroundings, type TextAround, withEnvelope } from './surroundings.ts';

type Object = { readonly [name: string]: Value };

/** What a record says of itself as a CloudEvent 1.0 (Kafka Protocol Binding, section 3), before anybody asks for one. */
export type Mode = 'binary' | 'structured' | 'none';

const typeOf = (contentType: string): string => (contentType.split(';', 1)[0] as string).trim().toLowerCase();

const isJsonType = (contentType: string): boolean => {
  const type = typeOf(contentType);
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
};

/** `value`: the JSON object that the record is, or null when it is Avro. `isBare`: it has nothing around it. */
export const modeOf = (around: Surroundings, value: Object | null, isBare: boolean): Mode => {
  const contentType = around.header('content-type') ?? null;
  if (contentType !== null && typeOf(contentType).startsWith('application/cloudevents'))
    return value !== null && typeOf(contentType) === 'application/cloudevents+json' ? 'structured' : 'none';
  if ((around.header('ce_specversion') ?? null) !== null) return 'binary';
  return isBare && value !== null && Object.hasOwn(value, 'specversion') ? 'structured' : 'none';
};

const hasAttributes = (around: Surroundings): boolean =>
  around.attribute('specversion') === '1.0' && ['id', 'source', 'type'].every((name) => typeof around.attribute(name) === 'string');

/** True when a record in binary mode is an event, and its content type fits a value that is Avro or JSON. */
export const isSoundBinary = (around: Surroundings, isAvro: boolean): boolean => {
  const contentType = around.header('content-type');
  return hasAttributes(around) && contentType !== undefined && (contentType === null || isJsonType(contentType) !== isAvro);
};

const isAttribute = ([name, value]: readonly [string, Value]): boolean =>
  /^[a-z0-9]+$/.test(name) && (value === null || ['string', 'number', 'boolean'].includes(typeof value));

/** What an envelope holds: JSON, or bytes; null when it is no envelope, contradicts itself or its headers. */
export const dataOf = (envelope: Object, around: Surroundings): { readonly value: Value } | { readonly bytes: Buffer } | null => {
  const own = withEnvelope(around, envelope);
  const { data, data_base64: coded, ...attributes } = envelope;
  if (!Object.entries(attributes).every(isAttribute) || !hasAttributes(own)) return null;
  for (const name of ['specversion', 'id', 'source', 'type', 'subject', 'time']) {
    const repeated = around.header(`ce_${name}`);
    if (repeated !== null && repeated !== own.attribute(name)) return null;
  }
  const contentType = own.attribute('datacontenttype');
  const isText = contentType === null || (contentType !== undefined && isJsonType(contentType));
  if (data !== undefined) return isText && coded === undefined ? { value: data } : null;
  if (typeof coded !== 'string') return null;
  const bytes = Buffer.from(coded, 'base64');
  return bytes.toString('base64') === coded && (bytes[0] === 0) !== isText ? { bytes } : null;
};

/** Texts of an envelope's attributes: identity, like headers. */
export const attributeTexts = (envelope: Object): TextAround[] =>
  Object.entries(envelope).flatMap(([name, value]) =>
    name === 'data' || name === 'data_base64' || isObject(value) || typeof value !== 'string' ? [] : [{ path: `$ce.${name}`, text: value }],
  );
