/**
 * Faults: a record that cannot be read goes to quarantine with one of these. They are values, never thrown, and hold
 * no field value. Numbers are persisted and never reused.
 */
export type Stage = 'frame' | 'decode';

export const FAULTS = {
  'no-value': { code: 1, stage: 'frame', meaning: 'the record has no value (tombstone)', remedy: 'publish events with a value' },
  'too-long-line': {
    code: 2,
    stage: 'frame',
    meaning: 'a line is longer than any record may be',
    remedy: 'split the record, or raise limits.recordBytes',
  },
  'envelope-incomplete': {
    code: 3,
    stage: 'frame',
    meaning: 'an envelope lacks topic, partition, offset, timestamp or value, or one is not of its type',
    remedy: 'write all five',
  },
  'offset-repeated': {
    code: 4,
    stage: 'frame',
    meaning: 'an offset does not rise within its partition',
    remedy: 'give each partition in its own order, once',
  },
  'bad-base64': {
    code: 5,
    stage: 'frame',
    meaning: 'the text value of an envelope is not base64',
    remedy: 'encode Avro bytes as base64 (RFC 4648, with padding)',
  },
  oversize: { code: 6, stage: 'decode', meaning: 'the value is larger than limits.recordBytes', remedy: 'send less, or raise the limit' },
  'bad-json': { code: 7, stage: 'decode', meaning: 'the value is not JSON (RFC 8259)', remedy: 'send valid JSON' },
  'duplicate-key': { code: 8, stage: 'decode', meaning: 'a JSON object has a key twice', remedy: 'send each key once' },
  'too-deep': {
    code: 9,
    stage: 'decode',
    meaning: 'the value is nested deeper than limits.depth',
    remedy: 'flatten it, or raise the limit',
  },
  'too-many-items': {
    code: 10,
    stage: 'decode',
    meaning: 'the value has more members and items than limits.items',
    remedy: 'send fewer, or raise the limit',
  },
  'string-too-long': {
    code: 11,
    stage: 'decode',
    meaning: 'a text is longer than limits.stringBytes',
    remedy: 'send less, or raise the limit',
  },
  'bad-text': { code: 12, stage: 'decode', meaning: 'a text is not valid Unicode', remedy: 'send UTF-8 without lone surrogates' },
  'not-an-object': { code: 13, stage: 'decode', meaning: 'the value is no JSON object', remedy: 'send an object' },
  'unknown-event': {
    code: 14,
    stage: 'decode',
    meaning: 'no event type of the policy fits the record',
    remedy: 'name the topic or the `when` field in the policy',
  },
  'unknown-field': {
    code: 15,
    stage: 'decode',
    meaning: 'a field that the schema does not have',
    remedy: 'add it to the schema and give it a role',
  },
  'missing-field': {
    code: 16,
    stage: 'decode',
    meaning: 'a required field is missing',
    remedy: 'send it, or give it a default in the schema',
  },
  'wrong-type': { code: 17, stage: 'decode', meaning: 'a field has another type than in the schema', remedy: 'send the declared type' },
  'unknown-symbol': {
    code: 18,
    stage: 'decode',
    meaning: 'an enum has a symbol that the schema does not list',
    remedy: 'add it to the schema',
  },
  'bad-number': {
    code: 19,
    stage: 'decode',
    meaning: 'a number is out of the range of its type',
    remedy: 'send a number in range; integers up to 2^53 - 1',
  },
  'no-append-time': {
    code: 20,
    stage: 'decode',
    meaning: 'a bare event lacks its append time',
    remedy: 'send the field that the policy names as appendTime',
  },
  'bad-append-time': {
    code: 21,
    stage: 'decode',
    meaning: 'the append time of a bare event is no time',
    remedy: 'send milliseconds since 1970 or RFC 3339',
  },
  'bad-event-time': {
    code: 22,
    stage: 'decode',
    meaning: 'the event time is there but is no time',
    remedy: 'send milliseconds since 1970 or RFC 3339',
  },
  'bad-avro': {
    code: 23,
    stage: 'decode',
    meaning: 'the bytes are no datum of the schema',
    remedy: 'encode with the schema that the prefix names',
  },
  'avro-trailing-bytes': { code: 24, stage: 'decode', meaning: 'bytes are left after the datum', remedy: 'send one datum a record' },
  'unknown-schema': {
    code: 25,
    stage: 'decode',
    meaning: 'the schema id is not one of the policy',
    remedy: 'add the schema to the policy',
  },
  'no-prefix': {
    code: 26,
    stage: 'decode',
    meaning: 'an Avro value does not begin with the 5-byte prefix',
    remedy: 'use the Confluent wire format',
  },
  'not-constant': {
    code: 27,
    stage: 'decode',
    meaning: 'a constant field has another value',
    remedy: 'send the declared value, or change its role',
  },
  'reserved-topic': {
    code: 28,
    stage: 'frame',
    meaning: 'an envelope names the topic that stands for records without one',
    remedy: 'use another topic than `file`',
  },
  'schema-of-another-topic': {
    code: 29,
    stage: 'decode',
    meaning: "the schema is that of another event type than the topic's",
    remedy: "publish each event type to its own topic, or correct the policy's `topics`",
  },
  'identity-missing': {
    code: 40,
    stage: 'decode',
    meaning: 'a key, header, part of a text or attribute that the policy reads is not there',
    remedy: 'let the gateway send it, or say `optional: true` of it in the policy',
  },
  'identity-unreadable': {
    code: 41,
    stage: 'decode',
    meaning: 'a key or header that the policy reads is no text, or the headers are no map of texts',
    remedy: 'send texts (UTF-8)',
  },
  'header-doubled': {
    code: 42,
    stage: 'decode',
    meaning: 'a header that the policy reads is there twice',
    remedy: 'send it once',
  },
  'pattern-mismatch': {
    code: 43,
    stage: 'decode',
    meaning: 'a topic, key or text has another form than the pattern of the policy',
    remedy: 'add a pattern for it, or keep such records from the topic',
  },
  'name-doubled': {
    code: 44,
    stage: 'decode',
    meaning: 'a list of named values has a name twice',
    remedy: 'send one value of each name a record',
  },
  'not-a-cloudevent': {
    code: 45,
    stage: 'decode',
    meaning: 'the event is declared as a CloudEvent, and the record is none of version 1.0 in binary or JSON mode',
    remedy: 'send `ce_*` headers, or an envelope with its content type',
  },
  'cloudevent-mismatch': {
    code: 46,
    stage: 'decode',
    meaning: 'the content type of a CloudEvent contradicts its data, or its headers contradict its envelope',
    remedy: 'send what the content type says',
  },
} as const satisfies Record<string, { code: number; stage: Stage; meaning: string; remedy: string }>;

export type FaultName = keyof typeof FAULTS;

/** Faults of one batch: record index in the batch, fault code, and index of the schema when it was known. */
export interface Faults {
  readonly count: number;
  readonly record: Int32Array;
  readonly code: Uint8Array;
  /** Index over the schemas of all events, in plan order; -1 when unknown. */
  readonly schema: Int16Array;
}
