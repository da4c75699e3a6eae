import fc from 'fast-check';
import t from 'tap';
import { createDecoder } from '../../src/decode/decoder.ts';
import { longestLine } from '../../src/decode/envelope.ts';
import { codeOf, faultOf } from '../../src/decode/faults.ts';
import { FAULTS, type FaultName } from '../../src/model/fault.ts';
import type { DerivedPlan } from '../../src/model/plan.ts';
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
/** An event that also looks around its value, and has a list of named values. */
const GATEWAY = {
  name: 'gateway',
  schemas: [
    {
      type: 'record',
      name: 'Gateway',
      fields: [{ name: 'list', type: { type: 'array', items: { type: 'map', values: ['null', 'string'] } }, default: [] }],
    },
  ],
  fields: ['$headers.device', '$key.home'],
  derived: new Map<string, DerivedPlan>([
    ['$headers.device', { kind: 'text', origin: { kind: 'header', name: 'device' }, patterns: [], part: null, isRequired: true }],
    [
      '$key.home',
      { kind: 'text', origin: { kind: 'key' }, patterns: [{ literals: ['home/', ''], parts: ['home'] }], part: 'home', isRequired: true },
    ],
  ]),
  lists: [{ list: 'list', name: 'code', value: 'value' }],
};
const CLOUD = {
  name: 'cloud',
  schemas: [{ type: 'record', name: 'Cloud', fields: [{ name: 'note', type: ['null', 'string'], default: null }] }],
  isCloudEvent: true,
};
const plan = planOf([
  { schemas: [SCHEMA], fields: ['id', 'vendor=V'] },
  GATEWAY,
  CLOUD,
  { name: 'other', schemas: [{ ...READING, name: 'Other', schemaId: 9 }], when: null },
]);

const sound = { id: 'a', at: null, level: null, kind: null, vendor: null };
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const avro = (value: unknown): Buffer => prefixed(7, encode(SCHEMA as never, value));
/** An envelope around JSON text as it is. */
const around = (value: string): string => envelope({ value: 'HERE' }).replace('"HERE"', value);

const gateway = (members: object = {}): string =>
  envelope({ topic: 'test.gateway', key: 'home/1', headers: { device: 'd' }, value: {}, ...members });

const CE = { ce_specversion: '1.0', ce_id: '1', ce_source: '/a', ce_type: 't' };
const cloud = (members: object = {}): string => envelope({ topic: 'test.cloud', headers: CE, value: {}, ...members });
const structured = { 'content-type': 'application/cloudevents+json' };

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
  'identity-missing': [
    gateway({ headers: { canary: 'canary' } }),
    gateway({ headers: { device: '' }, offset: 1 }),
    gateway({ headers: null, offset: 2 }),
  ],
  'identity-unreadable': [
    gateway({ headers: { device: ['canary'] } }),
    gateway({ headers: ['canary'], offset: 1 }),
    gateway({ key: { canary: 1 }, offset: 2 }),
  ],
  'header-doubled': [gateway().replace('"device":"d"', '"device":"d","device":"canary"')],
  'pattern-mismatch': [gateway({ key: 'canary/1' }), gateway({ key: 'home/canary/1', offset: 1 })],
  'not-a-cloudevent': [
    cloud({ headers: {} }),
    cloud({ headers: { ...CE, ce_specversion: '0.3' }, offset: 1 }),
    cloud({ headers: { ...CE, ce_type: null }, offset: 2 }),
    cloud({ headers: structured, value: { specversion: '1.0', id: 'canary' }, offset: 3 }),
    cloud({ headers: { 'content-type': 'application/cloudevents-batch+json' }, offset: 4 }),
  ],
  'cloudevent-mismatch': [
    cloud({ headers: { ...CE, 'content-type': 'text/canary' } }),
    cloud({
      headers: { ...structured, ce_id: 'canary' },
      value: { specversion: '1.0', id: '1', source: '/a', type: 't', data: {} },
      offset: 1,
    }),
    cloud({ headers: structured, value: { specversion: '1.0', id: '1', source: '/a', type: 't', data: {}, data_base64: '' }, offset: 2 }),
    cloud({
      headers: structured,
      value: { specversion: '1.0', id: '1', source: '/a', type: 't', datacontenttype: 'application/avro', data_base64: 'e30=' },
      offset: 3,
    }),
  ],
  'name-doubled': [gateway({ value: { list: [{ code: 'canary' }, { code: 'a' }, { code: 'canary' }] } })],
};

t.test('every fault has a cause', async (t) => {
  t.same(Object.keys(CAUSES).sort(), Object.keys(FAULTS).sort());
  t.match(decodeLines(plan, [gateway()])[0], /"d","1"/, 'the events beside the faults are sound');
  t.match(decodeLines(plan, [cloud()])[0], /\[\]$/);
  for (const [name, lines] of Object.entries(CAUSES)) {
    const told = decodeLines(plan, lines);
    t.match(told.at(-1), new RegExp(` ${name}$`), name);
    if (name !== 'offset-repeated')
      t.ok(
        told.every((line) => line.endsWith(` ${name}`)),
        `${name}: each of its lines`,
      );
  }
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
