import fc from 'fast-check';
import t from 'tap';
import { createDecoder } from '../../src/decode/decoder.ts';
import { longestLine } from '../../src/decode/envelope.ts';
import { codeOf, faultOf } from '../../src/decode/faults.ts';
import { FAULTS, type FaultName } from '../../src/model/fault.ts';
import { encode, long, text } from './avro.ts';
import { decodeLines, envelope, frameLines, LIMITS, planOf, prefixed, READING } from './plans.ts';

const SCHEMA = {
  ...READING,
  fields: [
    ...READING.fields,
    { name: 'kind', type: ['null', { type: 'enum', name: 'Kind', symbols: ['A'] }], default: null },
    { name: 'vendor', type: ['null', 'string'], default: null },
  ],
};
const plan = planOf([
  { schemas: [SCHEMA], fields: ['id', 'vendor=V'] },
  { name: 'other', schemas: [{ ...READING, name: 'Other', schemaId: 9 }], when: null },
]);

const sound = { id: 'a', at: null, level: null, kind: null, vendor: null };
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const avro = (value: unknown): Buffer => prefixed(7, encode(SCHEMA as never, value));
/** An envelope around JSON text as it is. */
const around = (value: string): string => envelope({ value: 'HERE' }).replace('"HERE"', value);

/** For every fault, lines that end with it. The type makes a fault without one impossible. */
const CAUSES: Readonly<Record<FaultName, readonly (string | Uint8Array)[]>> = {
  'no-value': [envelope({ value: null })],
  'too-long-line': ['x'.repeat(longestLine(LIMITS) + 1)],
  'envelope-incomplete': [envelope({ timestamp: 'now' })],
  'offset-repeated': [envelope(), envelope()],
  'bad-base64': [envelope({ value: 'no base64' })],
  oversize: [envelope({ value: { id: 'a', x: 'x'.repeat(LIMITS.recordBytes) } })],
  'bad-json': ['{"id":canary}'],
  'duplicate-key': [around('{"id":"a","id":"b"}')],
  'too-deep': [around(`{"id":${'['.repeat(20)}${']'.repeat(20)}}`)],
  'too-many-items': [around(`{"id":[${'1,'.repeat(300)}1]}`)],
  'string-too-long': [envelope({ value: { id: 'x'.repeat(600) } })],
  'bad-text': [around('{"id":"\\ud800"}')],
  'not-an-object': [around('["canary"]')],
  'unknown-event': ['{"id":"a","type":"canary"}'],
  'unknown-field': [envelope({ value: { id: 'a', canary: 'canary' } })],
  'missing-field': [envelope({ value: {} })],
  'wrong-type': [envelope({ value: { id: ['canary'] } })],
  'unknown-symbol': [envelope({ value: { id: 'a', kind: 'canary' } })],
  'bad-number': [around('{"id":"a","at":1e999}')],
  'no-append-time': ['{"id":"a","type":"reading"}'],
  'bad-append-time': ['{"id":"a","type":"reading","receivedAt":"canary"}'],
  'bad-event-time': [envelope({ value: { id: 'a', at: 'canary' } })],
  'bad-avro': [envelope({ value: base64(avro(sound).subarray(0, 7)) })],
  'avro-trailing-bytes': [envelope({ value: base64(Buffer.concat([avro(sound), Buffer.from('canary')])) })],
  'unknown-schema': [envelope({ value: base64(prefixed(4711, encode(SCHEMA as never, sound))) })],
  'no-prefix': [envelope({ value: base64(Buffer.from('canary')) })],
  'not-constant': [envelope({ value: { id: 'a', vendor: 'canary' } })],
  'reserved-topic': [envelope({ topic: 'file' })],
  'schema-of-another-topic': [envelope({ topic: 'test.other', value: base64(avro(sound)) })],
};

t.test('every fault has a cause', async (t) => {
  t.same(Object.keys(CAUSES).sort(), Object.keys(FAULTS).sort());
  for (const [name, lines] of Object.entries(CAUSES)) t.match(decodeLines(plan, lines).at(-1), new RegExp(` ${name}$`), name);
});

t.test('codes are one byte, no two are the same, and none is the code of no fault', async (t) => {
  const codes = Object.values(FAULTS).map(({ code }) => code as number);
  t.equal(new Set(codes).size, codes.length);
  t.ok(codes.every((code) => Number.isInteger(code) && code > 0 && code < 256));
});

t.test('codes and names are each other’s', async (t) => {
  for (const [name, { code, stage }] of Object.entries(FAULTS)) {
    t.equal(codeOf(name as FaultName), code);
    t.same(faultOf(code), { name, stage });
  }
  for (const code of [0, -1, 255, 1.5]) t.throws(() => faultOf(code), { name: 'RangeError', message: 'not a fault code' });
});

const CANARY = 'canary';

/** Two hundred lines that are wrong in many ways, each with a canary where a value stands. */
const hostile = (): (string | Uint8Array)[] => {
  const spellings = [
    CANARY,
    `"${CANARY}`,
    `"${CANARY}"`,
    `{"id":"${CANARY}"`,
    `[${CANARY}]`,
    `{"${CANARY}":1}`,
    `"\\u${CANARY}"`,
    `-${CANARY}`,
  ];
  const bad = spellings.flatMap((value) => [
    value,
    around(value),
    envelope({ value }),
    envelope({ topic: value, offset: value }),
    `{"id":${value},"type":"reading"}`,
  ]);
  const datums = spellings.flatMap((value) => [
    Buffer.concat([long(9e15), text(value)]),
    text(value),
    Buffer.concat([text(value), long(7)]),
  ]);
  const prefixes = datums
    .flatMap((bytes) => [prefixed(7, bytes), prefixed(8, bytes), bytes])
    .map((bytes) => envelope({ value: base64(bytes) }));
  const cut = [...bad, ...prefixes].map((line) => line.slice(0, -7));
  return [...Object.values(CAUSES).flat(), ...bad, ...prefixes, ...cut];
};

t.test('hostile lines: no fault carries text, no exception leaves', async (t) => {
  const lines = hostile();
  t.ok(lines.length >= 200, `${lines.length} lines`);
  const { batches } = frameLines(plan, lines);
  const decoder = createDecoder(plan);
  let count = 0;
  for (const batch of batches) {
    const { faults } = decoder.decode(batch, 0);
    count += faults.count;
    const shown = JSON.stringify(faults, (_, value) => (ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value));
    t.notMatch(shown, /[^\d,:[\]{}"countrecdshma-]/, 'a fault holds numbers only');
    t.same(Object.keys(faults).sort(), ['code', 'count', 'record', 'schema']);
  }
  t.ok(count > 150, `${count} faults`);
});

t.test('any bytes as lines: one outcome each, and no exception', async () => {
  const bytes = fc.uint8Array({ maxLength: 80 }).map((line) => Buffer.from(line));
  const value = fc.uint8Array({ maxLength: 60 }).map((datum) => envelope({ value: base64(datum), offset: 0 }));
  const prefixedValue = fc.uint8Array({ maxLength: 60 }).map((datum) => envelope({ value: base64(prefixed(7, datum)) }));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(bytes, value, prefixedValue), { minLength: 1, maxLength: 6 }),
      (lines) => decodeLines(plan, lines).length === lines.length,
    ),
    { numRuns: 1000 },
  );
});
