/** What goes wrong in the field, one kind a function: none of it may crash the reader, and none of it may leave. */
import type { Encoder } from './encoder.ts';
import { below, type Random } from './random.ts';
import type { Value } from './values.ts';

/** Longer than any record limit that policies set by default. */
export const OVERSIZED_BYTES = 1_200_000;
const DEEP = 400;

/** A value that went wrong. `line` says that the envelope itself is hurt: how to hurt it. */
export interface Mishap {
  readonly value: string;
  readonly line?: (line: string) => Uint8Array;
}

type Maker = (value: Value, encode: Encoder, random: Random) => Mishap;

const JSON_MISHAPS = {
  truncated: (value, encode, random) => ({
    value: encode(value).json,
    line: (line) => Buffer.from(`${line.slice(0, line.length - 3 - below(random, line.length >> 1))}\n`),
  }),
  'wrong-type': (value, encode, random) => ({ value: encode({ ...value, [NEEDED[below(random, NEEDED.length)]]: [true] }).json }),
  'unknown-field': (value, encode) => ({ value: encode({ ...value, ownerName: 'Mia Example' }).json }),
  'duplicate-key': (value, encode) => ({ value: encode(value).json.replace('{', '{"model":"twice",') }),
  'missing-field': (value, encode, random) => ({
    value: encode({ ...value, [NEEDED[below(random, NEEDED.length)]]: undefined }).json,
  }),
  'bad-utf8': (value, encode) => ({ value: encode({ ...value, model: MARK }).json, line: breakUtf8 }),
  'no-value': () => ({ value: 'null' }),
  'too-deep': (value, encode) => ({
    value: encode(value).json.replace('{', `{"parameters":${'['.repeat(DEEP)}${']'.repeat(DEEP)},`),
  }),
  oversized: (value, encode) => ({ value: encode({ ...value, model: 'x'.repeat(OVERSIZED_BYTES) }).json }),
} satisfies Record<string, Maker>;

const AVRO_MISHAPS = {
  truncated: (value, encode, random) => avro(encode(value).bytes, (bytes) => bytes.subarray(0, 5 + below(random, bytes.length - 6))),
  'unknown-schema': (value, encode) => avro(encode(value).bytes, (bytes) => bytes.fill(0x7f, 3, 5)),
  trailing: (value, encode) => avro(encode(value).bytes, (bytes) => Buffer.concat([bytes, bytes.subarray(5, 12)])),
  'no-prefix': (value, encode) => avro(encode(value).bytes, (bytes) => bytes.fill(1, 0, 1)),
  'bad-length': (value, encode) => avro(encode(value).bytes, (bytes) => bytes.fill(0xfe, 5, 9).fill(0x0f, 9, 10)),
  'bad-utf8': (value, encode) =>
    avro(encode({ ...value, model: MARK }).bytes, (bytes) => bytes.fill(0xff, bytes.indexOf(MARK), bytes.indexOf(MARK) + 1)),
  'no-value': () => ({ value: 'null' }),
  oversized: (value, encode) => avro(encode({ ...value, model: 'x'.repeat(OVERSIZED_BYTES) }).bytes, (bytes) => bytes),
} satisfies Record<string, Maker>;

/** Fields that every event needs. */
const NEEDED = ['eventId', 'deviceId', 'eventTime', 'model'];
const MARK = '~not-utf8~';

const avro = (bytes: Buffer, change: (bytes: Buffer) => Buffer): Mishap => ({
  value: `"${change(Buffer.from(bytes)).toString('base64')}"`,
});

/** The first byte of the mark becomes 0xFF, which occurs nowhere in UTF-8 (RFC 3629). */
function breakUtf8(line: string): Uint8Array {
  const bytes = Buffer.from(line);
  return bytes.fill(0xff, bytes.indexOf(MARK), bytes.indexOf(MARK) + 1);
}

/** Names of the kinds, for tests and descriptions. */
export const MISHAPS = { json: Object.keys(JSON_MISHAPS), avro: Object.keys(AVRO_MISHAPS) } as const;

/** One in so many mishaps may be an oversized one: they would fill the disk otherwise. */
const OVERSIZED_ONE_IN = 40;

/** Something that went wrong with `value`, chosen at random; `oversized`, the last of the list, is rare. */
export function mishap(value: Value, encode: Encoder, random: Random): Mishap {
  const makers: readonly Maker[] = Object.values(encode.format === 'json' ? JSON_MISHAPS : AVRO_MISHAPS);
  const oversized = below(random, OVERSIZED_ONE_IN) === 0;
  const maker = makers[oversized ? makers.length - 1 : below(random, makers.length - 1)];
  return maker(value, encode, random);
}
