import fc from 'fast-check';
import t from 'tap';
import { longestLine } from '../../src/decode/envelope.ts';
import type { FaultName } from '../../src/model/fault.ts';
import { encode } from './avro.ts';
import { decodeLines, envelope, frameLines, LIMITS, planOf, prefixed, READING, READINGS } from './plans.ts';

const avro = (value: unknown = { id: 'a', at: null, level: null }): string =>
  prefixed(7, encode(READING as never, value)).toString('base64');

const OK = 'test.reading/0@0 5000 NaN ["a",null]';

/** Lines of envelopes, and what becomes of each: a fault with its coordinates, or a row. */
const BATTERY: readonly (readonly [line: string | Uint8Array, told: string])[] = [
  [envelope(), OK],
  [envelope({ key: undefined, headers: undefined }), OK],
  [envelope({ key: { any: ['thing'] }, headers: [{ a: 1 }], tstype: 'create' }), OK],
  [envelope({ value: avro() }), OK],
  [` ${envelope()}\t`, OK],
  [envelope().replace('"topic"', '"\\u0074opic"'), OK],
  [envelope().replace('"test.reading"', '"test.\\u0072eading"'), OK],
  [envelope().replace('"offset":0', '"offset":0.0e1'), OK],
  [envelope({ value: avro().replaceAll('/', '\\/') }).replaceAll('\\\\', '\\'), OK],
  [envelope({ value: null }), 'test.reading/0@0 no-value'],
  [envelope({ value: '' }), 'test.reading/0@0 no-prefix'],
  [envelope({ value: '====' }), 'test.reading/0@0 bad-base64'],
  [envelope({ value: `${avro()}\n` }), 'test.reading/0@0 bad-base64'],
  [envelope({ value: avro().replace('A', 'é') }), 'test.reading/0@0 bad-base64'],
  [envelope({ value: avro().replace(/.$/, '-') }), 'test.reading/0@0 bad-base64'],
  [envelope({ value: 5 }), 'test.reading/0@0 not-an-object'],
  [envelope({ value: true }), 'test.reading/0@0 not-an-object'],
  [envelope({ value: [{ id: 'a' }] }), 'test.reading/0@0 not-an-object'],
  [envelope({ value: {} }), 'test.reading/0@0 missing-field'],
  [envelope({ value: undefined }), 'file/3@0 envelope-incomplete'],
  [envelope({ topic: undefined }), 'file/3@0 envelope-incomplete'],
  [envelope({ partition: undefined }), 'file/3@0 envelope-incomplete'],
  [envelope({ offset: undefined }), 'file/3@0 envelope-incomplete'],
  [envelope({ timestamp: undefined }), 'file/3@0 envelope-incomplete'],
  [envelope({ topic: '' }), 'file/3@0 envelope-incomplete'],
  [envelope({ topic: 5 }), 'file/3@0 envelope-incomplete'],
  [envelope({ topic: null }), 'file/3@0 envelope-incomplete'],
  [envelope({ topic: 'file' }), 'file/3@0 reserved-topic'],
  [envelope({ partition: -1 }), 'file/3@0 envelope-incomplete'],
  [envelope({ partition: 2 ** 31 }), 'file/3@0 envelope-incomplete'],
  [envelope({ partition: '0' }), 'file/3@0 envelope-incomplete'],
  [envelope({ partition: 0.5 }), 'file/3@0 envelope-incomplete'],
  [envelope({ offset: -1 }), 'file/3@0 envelope-incomplete'],
  [envelope({ offset: 2 ** 53 }), 'file/3@0 envelope-incomplete'],
  [envelope({ offset: [0] }), 'file/3@0 envelope-incomplete'],
  [envelope().replace('"offset":0', '"offset":-0'), 'file/3@0 envelope-incomplete'],
  [envelope({ timestamp: -1 }), 'file/3@0 envelope-incomplete'],
  [envelope({ timestamp: 8.64e15 + 1 }), 'file/3@0 envelope-incomplete'],
  [envelope({ timestamp: '2024-01-01T00:00:00Z' }), 'file/3@0 envelope-incomplete'],
  [envelope().replace('{', '{"topic":"other",'), 'file/3@0 duplicate-key'],
  [envelope().replace('{', '{"value":{"id":"b"},'), 'file/3@0 duplicate-key'],
  [envelope().replace('{', '{"val\\u0075e":{"id":"b"},'), 'file/3@0 duplicate-key'],
  [envelope().replace('{', '{"x":1,"x":2,'), 'file/3@0 duplicate-key'],
  [envelope().replace('{', '{"\ufeffvalue":{"id":"b"},'), OK],
  [envelope({ value: 'HERE' }).replace('"HERE"', '{"id":"a","id":"b"}'), 'test.reading/0@0 duplicate-key'],
  [envelope({ value: { id: 'a', level: JSON.parse('['.repeat(9) + ']'.repeat(9)) } }), 'test.reading/0@0 too-deep'],
  [envelope({ value: { id: 'x'.repeat(600) } }), 'test.reading/0@0 string-too-long'],
  [envelope({ value: { id: 'a', level: Array(300).fill(1) } }), 'test.reading/0@0 too-many-items'],
  [envelope({ value: { id: 'a', level: Array(2000).fill(1) } }), 'file/3@0 too-many-items'],
  [envelope({ value: { id: 'a', at: ' '.repeat(4096) } }), 'test.reading/0@0 oversize'],
  [envelope({ value: Buffer.alloc(5000).toString('base64') }), 'test.reading/0@0 oversize'],
  [envelope({ key: 'x'.repeat(longestLine(LIMITS)) }), 'file/3@0 too-long-line'],
  [envelope().slice(0, -1), 'file/3@0 bad-json'],
  [`${envelope()}}`, 'file/3@0 bad-json'],
  [`${envelope()}${envelope()}`, 'file/3@0 bad-json'],
  [envelope().replace('"offset":0', '"offset":00'), 'file/3@0 bad-json'],
  [
    Buffer.from(envelope({ value: { id: '\u0000' } }).replace('\\u0000', '~'), 'latin1').map((byte) => (byte === 126 ? 0xff : byte)),
    'test.reading/0@0 bad-text',
  ],
  [Buffer.from(envelope({ topic: '~' })).map((byte) => (byte === 126 ? 0xff : byte)), 'file/3@0 envelope-incomplete'],
  [Buffer.from(envelope({ key: '~' })).map((byte) => (byte === 126 ? 0xff : byte)), OK],
  [envelope({ topic: 'a/ü', value: { id: 'a', type: 'reading' } }), 'a/ü/0@0 5000 NaN ["a",null]'],
  ['{"id":"a","type":"reading","receivedAt":7}', 'file/3@0 7 NaN ["a",null]'],
  ['{"id":"a","type":"reading"}', 'file/3@0 no-append-time'],
  ['{"id":"a"}', 'file/3@0 unknown-event'],
  ['{"topic":"test.reading","offset":0,"value":{"id":"a"}}', 'file/3@0 unknown-event'],
  ['[]', 'file/3@0 not-an-object'],
  ['"text"', 'file/3@0 not-an-object'],
  ['nonsense', 'file/3@0 bad-json'],
];

t.test('a battery of lines', async (t) => {
  for (const [line, told] of BATTERY) {
    const shown = Buffer.from(line as string)
      .toString('utf8')
      .slice(0, 120);
    t.same(
      decodeLines(READINGS, [line]).map((text) => text.replace('NaN]', 'null]')),
      [told],
      shown,
    );
  }
});

t.test('bare events whose own fields are named like an envelope’s are bare events', async (t) => {
  const fields = ['id', 'type', 'value', 'offset', 'timestamp'].map((name) => ({ name, type: 'string' }));
  const plan = planOf([
    { schemas: [{ type: 'record', name: 'R', fields }], fields: ['value'], appendTime: { path: 'timestamp', unit: 'ms' }, eventTime: null },
  ]);
  const line = JSON.stringify({ id: 'a', type: 'reading', value: 'v', offset: 'o', timestamp: '1970-01-01T00:00:01Z' });
  t.same(decodeLines(plan, [line]), ['file/3@0 1000 NaN ["v"]']);
});

const at = (topic: string, partition: number, offset: number, value: unknown = { id: `${offset}` }) =>
  envelope({ topic, partition, offset, value });

t.test('offsets rise within their partition, whatever lies between', async (t) => {
  const lines = [
    at('reading', 0, 5),
    at('reading', 1, 5),
    at('reading', 0, 5),
    at('reading', 0, 4),
    'x',
    at('reading', 0, 6),
    at('reading', 0, 9),
    at('reading', 0, 8),
  ];
  const faulty = (cuts: readonly number[]) => decodeLines(READINGS, lines, cuts).filter((line) => line.endsWith('offset-repeated'));
  const expected = ['reading/0@5 offset-repeated', 'reading/0@4 offset-repeated', 'reading/0@8 offset-repeated'];
  t.same(faulty([8]), expected);
  t.same(faulty([1]), expected, 'also from one stretch to the next');
  t.same(decodeLines(READINGS, [at('reading', 0, 0, '?'), at('reading', 0, 0)]), ['reading/0@0 bad-base64', 'reading/0@0 offset-repeated']);
});

t.test('JSON, Avro and empty values in one partition keep its order', async (t) => {
  const values = [{ id: 'a' }, avro(), avro(), { id: 'd' }, null, avro(), 'bad', { id: 'h' }];
  const lines = values.map((value, offset) => at('reading', 0, offset, value));
  const { batches } = frameLines(READINGS, lines);
  t.same(
    batches.map(({ form, count }) => [form, count]),
    [
      ['json', 1],
      ['avro', 2],
      ['json', 2],
      ['avro', 2],
      ['json', 1],
    ],
  );
  t.same(
    batches.flatMap(({ offset }) => [...offset]),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  t.equal(decodeLines(READINGS, lines).filter((line) => line.includes('[')).length, 6);
});

t.test('spans point at the lines and at their values', async (t) => {
  const lines = [at('reading', 0, 0, { id: 'a' }), 'broken', at('reading', 0, 1, 'AAAAAAc=')];
  const { batches } = frameLines(READINGS, lines);
  const part = (bytes: Uint8Array, start: number, length: number) => Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
  const records = batches.flatMap((batch) => Array.from(batch.recordStart, (start, i) => part(batch.bytes, start, batch.recordLength[i])));
  t.same(records.sort(), [...lines].sort(), 'whole lines, for quarantine');
  const values = batches.flatMap((batch) => Array.from(batch.valueStart, (start, i) => part(batch.bytes, start, batch.valueLength[i])));
  t.same(values.sort(), ['\0\0\0\0\x07', 'broken', '{"id":"a"}']);
});

t.test('cutting the lines of a file into stretches changes nothing but the grouping', async () => {
  const value = fc.constantFrom<unknown>({ id: 'a' }, { id: 5 }, null, avro(), '*');
  const own = fc.record({
    topic: fc.constantFrom('a.reading', 'b.reading'),
    partition: fc.nat(1),
    offset: fc.nat(12),
    timestamp: fc.nat(9),
    value,
  });
  const line = fc.oneof(
    own.map((members) => envelope(members)),
    fc.constantFrom('{', '{"id":"a","type":"reading","receivedAt":3}'),
  );
  const sources = ['a.reading/0@', 'a.reading/1@', 'b.reading/0@', 'b.reading/1@', 'file/3@'];
  const grouped = (told: readonly string[]) => sources.map((source) => told.filter((text) => text.startsWith(source)));
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      (lines, cuts) => {
        t.same(grouped(decodeLines(READINGS, lines, cuts)), grouped(decodeLines(READINGS, lines)));
      },
    ),
    { numRuns: 100 },
  );
});

t.test('damaged lines never throw, and every line is one record', async () => {
  fc.assert(
    fc.property(fc.constantFrom(envelope(), envelope({ value: avro() })), fc.nat(), fc.nat(255), fc.nat(2), (line, where, byte, how) => {
      const bytes = [...Buffer.from(line)];
      const i = where % bytes.length;
      const hurt = Buffer.from(how === 0 ? bytes.slice(0, i) : how === 1 ? bytes.with(i, byte) : bytes.toSpliced(i, 0, byte));
      const told = decodeLines(READINGS, [at('other.reading', 0, 0), hurt, at('other.reading', 0, 1)]);
      const others = told.filter((text) => text.startsWith('other.reading/0@'));
      return told.length === 3 && others.length >= 2;
    }),
    { numRuns: 1000 },
  );
});

t.test('faults of framing have the codes of framing', async (t) => {
  const framing: readonly FaultName[] = [
    'no-value',
    'too-long-line',
    'envelope-incomplete',
    'offset-repeated',
    'bad-base64',
    'reserved-topic',
  ];
  const told = [...BATTERY.map(([line]) => decodeLines(READINGS, [line])[0]), ...decodeLines(READINGS, [envelope(), envelope()])];
  for (const name of framing)
    t.ok(
      told.some((text) => text.endsWith(name)),
      name,
    );
});
