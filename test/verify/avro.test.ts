import avro from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import { outputBytes, readDatum } from '../../src/verify/avro.ts';
import { canonicalSchema, schemaOf } from '../../src/verify/avro-schema.ts';

const SCHEMA = {
  type: 'record',
  name: 'Event',
  namespace: 'test',
  schemaId: 3,
  fields: [
    { name: 'id', json: '$id', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'count', type: 'int' },
    { name: 'share', type: 'double' },
    { name: 'ok', type: 'boolean' },
    { name: 'raw', type: 'bytes' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
    { name: 'settings', type: { type: 'map', values: ['null', 'string'] } },
    { name: 'place', type: ['null', { type: 'record', name: 'Place', fields: [{ name: 'lat', type: 'float' }] }], default: null },
    { name: 'other', type: ['null', 'Place'], default: null },
  ],
};
const LIMITS = { items: 1000, depth: 8, stringBytes: 1000 };
const type = avro.Type.forSchema(SCHEMA as unknown as avro.Schema, { wrapUnions: false } as never);
const schema = schemaOf(SCHEMA);

const event = fc.record({
  id: fc.string({ unit: 'grapheme' }),
  at: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
  count: fc.integer(),
  share: fc.double({ noNaN: true, noDefaultInfinity: true }),
  ok: fc.boolean(),
  raw: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  kind: fc.constantFrom('A', 'B'),
  hash: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  tags: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
  settings: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.option(fc.string({ unit: 'grapheme' })), { noNullPrototype: true }),
  place: fc.option(fc.record({ lat: fc.float({ noNaN: true, noDefaultInfinity: true }) }, { noNullPrototype: true })),
  other: fc.constant(null),
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

t.test('reads what avsc writes, by JSON names', async (t) => {
  fc.assert(
    fc.property(event, (value) => {
      const { id, ...rest } = value;
      const read = readDatum(type.toBuffer(value), schema, LIMITS);
      t.same(plain(read), plain({ $id: id, ...rest }));
    }),
    { numRuns: 60 },
  );
});

t.test('any other bytes are refused or read, never thrown at', async (t) => {
  fc.assert(
    fc.property(event, fc.nat(), fc.nat(255), (value, at, byte) => {
      const bytes = type.toBuffer(value);
      bytes[at % bytes.length] = byte;
      readDatum(bytes, schema, LIMITS);
      t.equal(readDatum(bytes.subarray(0, -1), schema, LIMITS), undefined, 'cut');
      t.equal(readDatum(Buffer.concat([type.toBuffer(value), Buffer.alloc(1)]), schema, LIMITS), undefined, 'bytes left over');
    }),
    { numRuns: 60 },
  );
});

t.test('bombs', async (t) => {
  const list = schemaOf({ type: 'array', items: 'null' });
  t.equal(readDatum(Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0x00]), list, LIMITS), undefined, 'a count beyond the limit');
  const nested = schemaOf({ type: 'record', name: 'N', fields: [{ name: 'n', type: ['null', 'N'] }] });
  t.equal(readDatum(Buffer.from([...new Array<number>(8).fill(2), 0]), nested, LIMITS), undefined, 'too deep');
  t.ok(readDatum(Buffer.from([...new Array<number>(7).fill(2), 0]), nested, LIMITS), 'just not too deep');
});

t.test('output bytes are the Avro encoding of an output record', async (t) => {
  const output = avro.Type.forSchema({
    type: 'record',
    name: 'O',
    fields: [
      { name: 'windowEnd', type: 'long' },
      { name: 'level', type: 'int' },
      { name: 'model', type: 'string' },
      { name: 'result', type: 'string' },
    ],
  });
  fc.assert(
    fc.property(
      fc.nat(2 ** 47),
      fc.nat(60),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      (windowEnd, level, model, result) => {
        t.same(outputBytes(windowEnd, level, [model, result]), output.toBuffer({ windowEnd, level, model, result }));
      },
    ),
    { numRuns: 60 },
  );
});

t.test('canonical schemas forget documentation and our own properties, and keep everything else', async (t) => {
  const written = (type as unknown as { schema(options: object): unknown }).schema({ exportAttrs: true });
  t.equal(canonicalSchema(written), canonicalSchema(SCHEMA), 'what a container carries');
  t.not(canonicalSchema({ ...SCHEMA, fields: SCHEMA.fields.slice(1) }), canonicalSchema(SCHEMA));
});
