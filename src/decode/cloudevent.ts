import type { FaultName } from '../model/fault.ts';
import { decodeBase64, decodedBytes } from './base64.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * CloudEvents 1.0 on Kafka (Kafka Protocol Binding, section 3). In binary mode headers `ce_*` are the attributes and the value
 * is the data; in structured mode the value is a JSON envelope with attributes and data. The content type says which.
 */
export type Mode = 'binary' | 'structured' | 'none';

type Envelope = Readonly<Record<string, unknown>>;

const header = (around: Surroundings, name: string): string | null => around.text({ kind: 'header', name });

/** A media type without its parameters (RFC 9110, section 8.3.1). */
const mediaType = (contentType: string): string => contentType.split(';')[0].trim().toLowerCase();

const isJson = (contentType: string): boolean => /^(application|text)\/json$|\+json$/.test(mediaType(contentType));

/** The mode of a record. Events in other formats, and batches of them, are none that anybody here reads. */
export const modeOf = (around: Surroundings, value: Envelope | null, isBare: boolean): Mode => {
  const contentType = header(around, 'content-type');
  if (contentType !== null && mediaType(contentType).startsWith('application/cloudevents'))
    return mediaType(contentType) === 'application/cloudevents+json' && value !== null ? 'structured' : 'none';
  if (header(around, 'ce_specversion') !== null) return 'binary';
  return isBare && value !== null && Object.hasOwn(value, 'specversion') ? 'structured' : 'none';
};

const REQUIRED = ['id', 'source', 'type'];

/** Attributes that every event has, wherever its mode puts them. */
const checkAttributes = (around: Surroundings): FaultName | null => {
  const version = around.text({ kind: 'attribute', name: 'specversion' });
  if (version !== '1.0') return around.fault ?? 'not-a-cloudevent';
  for (const name of REQUIRED) if (around.text({ kind: 'attribute', name }) === null) return around.fault ?? 'not-a-cloudevent';
  return null;
};

/** Whether a record in binary mode is an event whose content type agrees with how its value is written. */
export const checkBinary = (around: Surroundings, isAvro: boolean): FaultName | null => {
  const fault = checkAttributes(around);
  if (fault !== null) return fault;
  const contentType = header(around, 'content-type');
  if (around.fault !== null) return around.fault;
  return contentType !== null && isJson(contentType) === isAvro ? 'cloudevent-mismatch' : null;
};

const isScalar = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Names of attributes are lower-case letters and digits (CloudEvents, "Attribute Naming Convention"), their values scalars. */
const isEnvelope = (envelope: Envelope): boolean =>
  Object.entries(envelope).every(
    ([name, value]) => name === 'data' || name === 'data_base64' || (/^[a-z0-9]+$/.test(name) && isScalar(value)),
  );

/** Producers may repeat attributes as headers; then they must not contradict the envelope. */
const REPEATED = ['specversion', 'id', 'source', 'type', 'subject', 'time'];

const contradiction = (around: Surroundings): FaultName | null => {
  for (const name of REPEATED) {
    const repeated = header(around, `ce_${name}`);
    if (around.fault !== null) return around.fault;
    if (repeated !== null && repeated !== around.text({ kind: 'attribute', name })) return 'cloudevent-mismatch';
  }
  return null;
};

/** The data of an event: JSON that was read with its envelope, or bytes that are still to be read, Avro or JSON. */
export type Data = { readonly value: unknown } | { readonly bytes: Buffer; readonly isAvro: boolean } | { readonly fault: FaultName };

const dataOf = (envelope: Envelope, contentType: string | null): Data => {
  const isText = contentType === null || isJson(contentType);
  if (Object.hasOwn(envelope, 'data')) {
    const isAlone = !Object.hasOwn(envelope, 'data_base64');
    return isText && isAlone ? { value: envelope['data'] } : { fault: 'cloudevent-mismatch' };
  }
  const coded = envelope['data_base64'];
  if (typeof coded !== 'string') return { fault: coded === undefined || coded === null ? 'no-value' : 'bad-base64' };
  const from = Buffer.from(coded, 'latin1');
  const bytes = Buffer.alloc(decodedBytes(from.length));
  const length = coded.length === from.length ? decodeBase64(from, 0, from.length, bytes, 0) : -1;
  if (length < 0) return { fault: 'bad-base64' };
  const isAvro = length > 0 && bytes[0] === 0;
  return isAvro === isText ? { fault: 'cloudevent-mismatch' } : { bytes: bytes.subarray(0, length), isAvro };
};

/** Opens the envelope that `around` was told of: an event whose headers, if it repeats itself there, say the same. */
export const openEnvelope = (envelope: Envelope, around: Surroundings): Data => {
  if (!isEnvelope(envelope)) return { fault: 'not-a-cloudevent' };
  const fault = checkAttributes(around) ?? contradiction(around);
  return fault === null ? dataOf(envelope, around.text({ kind: 'attribute', name: 'datacontenttype' })) : { fault };
};
