import { readFileSync } from 'node:fs';
import avro from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import { compileWalk } from '../../src/decode/avro-compile.ts';
import type { AvroNamed, AvroSchema } from '../../src/decode/avro-schema.ts';
import type { FaultName } from '../../src/model/fault.ts';
import { encode, isPlain, long, RICH, text, valuesOf } from './avro.ts';
import { LIMITS } from './plans.ts';

const record = (type: AvroSchema, extra: readonly unknown[] = []): unknown => ({
  type: 'record',
  name: 'R',
  fields: [{ name: 'f', type }, ...extra],
});

/** Walks bytes that should be one datum; `bytes left` when there is no fault but something behind it. */
const walk = (schema: unknown, bytes: Uint8Array, limits = LIMITS): FaultName | 'bytes left' | null => {
  const { at, fault } = compileWalk(schema, [])(Buffer.from(bytes), 0, bytes.length, limits, []);
  return fault ?? (at === bytes.length ? null : 'bytes left');
};

/** The value at `f` of a datum, or the fault. */
const valueOfF = (type: AvroSchema, bytes: Uint8Array): unknown => {
  const slots: unknown[] = [undefined];
  const { fault } = compileWalk(record(type), [{ path: 'f', isCount: false }])(Buffer.from(bytes), 0, bytes.length, LIMITS, slots);
  return fault ?? slots[0];
};

const bytes = (...parts: readonly (Uint8Array | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));

const strings: AvroSchema = { type: 'array', items: 'string' } as AvroNamed;
const nulls: AvroSchema = { type: 'array', items: 'null' } as AvroNamed;
const map: AvroSchema = { type: 'map', values: 'null' } as AvroNamed;
const nested = { type: 'record', name: 'N', fields: [{ name: 'next', type: ['null', 'N'] }] };
const listed = { type: 'record', name: 'L', fields: [{ name: 'all', type: { type: 'array', items: 'L' } }] };
const mapped = { type: 'record', name: 'M', fields: [{ name: 'by', type: { type: 'map', values: 'M' } }] };
const endless = { type: 'record', name: 'E', fields: [{ name: 'self', type: 'E' }] };

const HUGE = 2n ** 62n;

const BOMBS: readonly (readonly [name: string, schema: unknown, bytes: Uint8Array, fault: FaultName])[] = [
  ['a huge array count', record(strings), bytes(long(HUGE)), 'too-many-items'],
  ['a count that stalls a trusting reader: 5 bytes', record(nulls), bytes(long(2 ** 31 - 1), 0), 'too-many-items'],
  ['a count that aborts a trusting reader: 6 bytes', record(nulls), bytes(long(2 ** 38), 0), 'too-many-items'],
  ['a negative count', record(strings), bytes(long(-HUGE), long(1)), 'too-many-items'],
  ['the most negative count', record(strings), bytes(long(-(2n ** 63n)), long(1)), 'too-many-items'],
  ['null items in small blocks', record(nulls), bytes(...Array.from({ length: 3 }, () => long(100)), 0), 'too-many-items'],
  [
    'null items in blocks of negative count',
    record(nulls),
    bytes(...Array.from({ length: 3 }, () => bytes(long(-100), long(0))), 0),
    'too-many-items',
  ],
  ['a huge map count', record(map), bytes(long(HUGE), text('a')), 'too-many-items'],
  ['items over the whole record', record(nulls, [{ name: 'g', type: nulls }]), bytes(long(150), 0, long(51), 0), 'too-many-items'],
  ['a huge text length', record('string'), bytes(long(HUGE)), 'bad-avro'],
  ['a text length beyond the bytes', record('string'), bytes(long(3), 97, 98), 'bad-avro'],
  ['a negative text length', record('string'), bytes(long(-1), 97), 'bad-avro'],
  ['a huge bytes length', record('bytes'), bytes(long(2 ** 40)), 'bad-avro'],
  ['a long text', record('string'), text('x'.repeat(513)), 'string-too-long'],
  ['long bytes', record('bytes'), bytes(long(513), Buffer.alloc(513)), 'string-too-long'],
  ['an over-long varint', record('long'), bytes(...Array.from({ length: 10 }, () => 0x80), 1), 'bad-avro'],
  ['a varint without end', record('long'), Buffer.alloc(9, 0x80), 'bad-avro'],
  ['no byte at all', record('int'), bytes(), 'bad-avro'],
  ['an int too large by one', record('int'), long(2 ** 31), 'bad-number'],
  ['an int too small by one', record('int'), long(-(2 ** 31) - 1), 'bad-number'],
  ['a long too large by one', record('long'), long(2n ** 53n), 'bad-number'],
  ['a long too small by one', record('long'), long(-(2n ** 53n)), 'bad-number'],
  ['the largest long', record('long'), long(2n ** 63n - 1n), 'bad-number'],
  ['a varint of more than 64 bits', record('long'), bytes(...Array.from({ length: 9 }, () => 0xff), 0x7f), 'bad-number'],
  ['not a number', record('double'), bytes(Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x7f])), 'bad-number'],
  ['infinity', record('float'), bytes(Buffer.from([0, 0, 0x80, 0x7f])), 'bad-number'],
  ['half a double', record('double'), Buffer.alloc(7), 'bad-avro'],
  ['a boolean of 2', record('boolean'), bytes(2), 'bad-avro'],
  ['an enum index too large', record({ type: 'enum', name: 'E', symbols: ['A', 'B'] }), long(2), 'unknown-symbol'],
  ['a negative enum index', record({ type: 'enum', name: 'E', symbols: ['A', 'B'] }), long(-1), 'unknown-symbol'],
  ['a union index too large', record(['null', 'int']), long(2), 'bad-avro'],
  ['a negative union index', record(['null', 'int']), long(-1), 'bad-avro'],
  ['a fixed cut short', record({ type: 'fixed', name: 'F', size: 4 } as AvroNamed), Buffer.alloc(3), 'bad-avro'],
  ['a text that is not UTF-8', record('string'), bytes(long(2), 0xc3, 0x28), 'bad-text'],
  ['a surrogate in UTF-8', record('string'), bytes(long(3), 0xed, 0xa0, 0x80), 'bad-text'],
  ['a map key that is not UTF-8', record(map), bytes(long(1), long(1), 0xff, 0), 'bad-text'],
  ['a map key twice', record(map), bytes(long(2), text('a'), text('a'), 0), 'duplicate-key'],
  ['a map key twice in two blocks', record(map), bytes(long(1), text('a'), long(1), text('a'), 0), 'duplicate-key'],
  ['a block size that is too small', record(strings), bytes(long(-1), long(1), text('a'), 0), 'bad-avro'],
  ['a block size that is too large', record(strings), bytes(long(-1), long(9), text('a'), 0), 'bad-avro'],
  ['a block without its end', record(strings), bytes(long(1), text('a')), 'bad-avro'],
  ['records in records', nested, bytes(...Array.from({ length: 8 }, () => long(1)), 0), 'too-deep'],
  ['lists in lists', listed, bytes(...Array.from({ length: 50 }, () => long(1)), 0), 'too-deep'],
  ['maps in maps', mapped, bytes(...Array.from({ length: 50 }, () => bytes(long(1), text('k')))), 'too-deep'],
  ['a type that needs itself', endless, bytes(), 'too-deep'],
];

t.test('bombs: each is a fault, at once', async (t) => {
  for (const [name, schema, datum, fault] of BOMBS) t.equal(walk(schema, datum), fault, name);
});

t.test('bombs do not count steps: a claim of 2^62 items makes none', async (t) => {
  let steps = 0;
  const get = (target: Buffer, key: string | symbol): unknown => {
    steps++;
    return Reflect.get(target, key);
  };
  const counting = new Proxy(Buffer.concat([long(HUGE), Buffer.alloc(64)]), { get });
  compileWalk(record(strings), [])(counting, 0, 73, LIMITS, []);
  t.ok(steps < 50, `${steps} looks at the bytes`);
});

const SOUND: readonly (readonly [name: string, schema: unknown, bytes: Uint8Array])[] = [
  ['as deep as allowed', nested, bytes(...Array.from({ length: 7 }, () => long(1)), 0)],
  ['as many items as allowed', record(nulls), bytes(long(200), 0)],
  ['a text as long as allowed', record('string'), text('x'.repeat(512))],
  ['a block with its size', record(strings), bytes(long(-2), long(4), text('a'), text('b'), 0)],
  ['blocks of both kinds', record(strings), bytes(long(-1), long(2), text('a'), long(1), text('b'), 0)],
  ['a varint longer than needed', record('long'), bytes(0x82, 0x80, 0)],
  ['an empty record', { type: 'record', name: 'Nothing', fields: [] }, bytes()],
];

t.test('what the specification allows is read', async (t) => {
  for (const [name, schema, datum] of SOUND) t.equal(walk(schema, datum), null, name);
});

t.test('longs are exact to the last bit', async (t) => {
  for (const value of [
    0,
    -1,
    1,
    63,
    64,
    -64,
    -65,
    2 ** 31,
    -(2 ** 52) - 1,
    2 ** 52 + 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ]) {
    t.equal(valueOfF('long', long(value)), value);
  }
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => valueOfF('long', long(value)) === value));
});

t.test('a fault that does not hide the end lets the walk go on to it', async (t) => {
  const twice = record('string', [{ name: 'g', type: 'int' }]);
  const datum = bytes(text('x'.repeat(600)), long(1), text('neighbour'), long(2));
  const run = compileWalk(twice, []);
  const first = run(datum, 0, datum.length, LIMITS, []);
  t.match({ ...first }, { fault: 'string-too-long', isLost: false });
  t.match({ ...run(datum, first.at, datum.length, LIMITS, []) }, { fault: null, at: datum.length });
});

t.test('names: a name of the same namespace comes before one of none', async (t) => {
  const schema = {
    type: 'record',
    name: 'a.Top',
    fields: [
      { name: 'outer', type: { type: 'fixed', name: 'Size', namespace: '', size: 1 } },
      { name: 'inner', type: { type: 'fixed', name: 'Size', size: 3 } },
      { name: 'which', type: 'Size' },
    ],
  };
  t.equal(walk(schema, Buffer.alloc(7)), null);
});

t.test('avsc and the walk agree on sound datums, and on where they end', async () => {
  const type = avro.Type.forSchema(RICH as unknown as avro.Schema, { wrapUnions: true } as never);
  const wide = { ...LIMITS, recordBytes: 1 << 20 };
  fc.assert(
    fc.property(valuesOf(RICH), fc.uint8Array({ maxLength: 3 }), (value, behind) => {
      const datum = encode(RICH, value);
      if (isPlain(value) && !type.toBuffer(type.fromBuffer(datum)).equals(datum)) return false;
      const { at, fault } = compileWalk(RICH, [])(Buffer.concat([datum, behind]), 0, datum.length + behind.length, wide, []);
      return fault === null && at === datum.length;
    }),
  );
});

t.test('what avsc refuses of changed datums, the walk refuses', async () => {
  const type = avro.Type.forSchema(RICH as unknown as avro.Schema, { wrapUnions: true } as never);
  const run = compileWalk(RICH, []);
  fc.assert(
    fc.property(valuesOf(RICH).filter(isPlain), fc.nat(), fc.nat(255), fc.boolean(), (value, at, byte, isCut) => {
      const datum = encode(RICH, value);
      const changed = isCut ? datum.subarray(0, at % datum.length) : datum.fill(byte, at % datum.length, (at % datum.length) + 1);
      const walked = run(changed, 0, changed.length, LIMITS, []);
      if (walked.fault !== null || walked.at !== changed.length) return true;
      try {
        type.fromBuffer(changed);
        return true;
      } catch (error) {
        return /precision/.test(String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

t.test('the schemas of the project are walked', async (t) => {
  for (const name of ['device', 'operation', 'location', 'phone/stats', 'phone/activity', 'phone/location']) {
    const schema: AvroSchema = JSON.parse(readFileSync(new URL(`../../schemas/source/${name}.avsc`, import.meta.url), 'utf8'));
    const run = compileWalk(schema, []);
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const datum = encode(schema, value);
        const { at, fault } = run(datum, 0, datum.length, LIMITS, []);
        return fault === null && at === datum.length;
      }),
      { numRuns: 30 },
    );
    t.pass(name);
  }
});
