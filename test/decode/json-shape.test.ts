import fc from 'fast-check';
import t from 'tap';
import { compileShape } from '../../src/decode/json-shape.ts';
import type { FaultName } from '../../src/model/fault.ts';
import { RICH, valuesOf } from './avro.ts';

/** Per type: values that fit, and values that do not with what is wrong with them. One battery for all. */
const TYPES: readonly {
  readonly type: unknown;
  readonly fit: readonly unknown[];
  readonly not: readonly (readonly [unknown, FaultName])[];
}[] = [
  {
    type: 'null',
    fit: [null],
    not: [
      [0, 'wrong-type'],
      ['', 'wrong-type'],
    ],
  },
  {
    type: 'boolean',
    fit: [true, false],
    not: [
      [0, 'wrong-type'],
      ['true', 'wrong-type'],
      [null, 'wrong-type'],
    ],
  },
  {
    type: 'int',
    fit: [0, -0, -(2 ** 31), 2 ** 31 - 1],
    not: [
      [2 ** 31, 'bad-number'],
      [-(2 ** 31) - 1, 'bad-number'],
      [0.5, 'bad-number'],
      ['1', 'wrong-type'],
      [null, 'wrong-type'],
    ],
  },
  {
    type: 'long',
    fit: [2 ** 53 - 1, -(2 ** 53) + 1],
    not: [
      [2 ** 53, 'bad-number'],
      [1e300, 'bad-number'],
      [[1], 'wrong-type'],
    ],
  },
  {
    type: 'float',
    fit: [0.1, -1e38],
    not: [
      [Number.POSITIVE_INFINITY, 'bad-number'],
      ['0.1', 'wrong-type'],
    ],
  },
  {
    type: 'double',
    fit: [1e308, 5e-324],
    not: [
      [Number.POSITIVE_INFINITY, 'bad-number'],
      [true, 'wrong-type'],
    ],
  },
  {
    type: 'string',
    fit: ['', 'ü'],
    not: [
      [5, 'wrong-type'],
      [null, 'wrong-type'],
      [['a'], 'wrong-type'],
    ],
  },
  { type: 'bytes', fit: ['00ff'], not: [[5, 'wrong-type']] },
  { type: { type: 'fixed', name: 'F', size: 2 }, fit: ['00ff'], not: [[[0, 255], 'wrong-type']] },
  {
    type: { type: 'enum', name: 'E', symbols: ['A', 'B'] },
    fit: ['A', 'B'],
    not: [
      ['C', 'unknown-symbol'],
      ['toString', 'unknown-symbol'],
      [0, 'wrong-type'],
    ],
  },
  {
    type: { type: 'long', logicalType: 'timestamp-millis' },
    fit: [5, '2024-02-29T12:00:00Z'],
    not: [
      ['2023-02-29T12:00:00Z', 'bad-event-time'],
      ['5', 'bad-event-time'],
      [true, 'wrong-type'],
    ],
  },
  { type: { type: 'string', logicalType: 'uuid' }, fit: ['x'], not: [[1, 'wrong-type']] },
  {
    type: { type: 'array', items: 'int' },
    fit: [[], [1, 2]],
    not: [
      [[1, 'a'], 'wrong-type'],
      [{ 0: 1 }, 'wrong-type'],
      [null, 'wrong-type'],
      [[1.5], 'bad-number'],
    ],
  },
  {
    type: { type: 'map', values: 'int' },
    fit: [{}, { a: 1 }],
    not: [
      [{ a: 'b' }, 'wrong-type'],
      [[1], 'wrong-type'],
      [null, 'wrong-type'],
    ],
  },
  {
    type: ['null', 'double', 'string'],
    fit: [null, 1.5, 'a'],
    not: [
      [true, 'wrong-type'],
      [{}, 'wrong-type'],
    ],
  },
  {
    type: ['int', 'long'],
    fit: [1, 2 ** 40],
    not: [
      [1.5, 'bad-number'],
      ['1', 'wrong-type'],
    ],
  },
  {
    type: {
      type: 'record',
      name: 'N',
      fields: [
        { name: 'oid', json: '$oid', type: 'string' },
        { name: 'more', type: 'int', default: 0 },
        { name: 'null', type: ['null', 'N'] },
      ],
    },
    fit: [{ $oid: 'a' }, { $oid: 'a', more: 1, null: { $oid: 'b' } }],
    not: [
      [{ oid: 'a' }, 'unknown-field'],
      [{}, 'missing-field'],
      [{ $oid: null }, 'wrong-type'],
      [{ $oid: 'a', other: 1 }, 'unknown-field'],
      [{ $oid: 'a', ['__proto__']: {} }, 'unknown-field'],
      [{ $oid: 'a', constructor: 1 }, 'unknown-field'],
      [{ $oid: 'a', null: { $oid: 5 } }, 'wrong-type'],
      [{ $oid: 'a', null: { $oid: 'b', other: 1 } }, 'unknown-field'],
      [[], 'wrong-type'],
      [null, 'wrong-type'],
    ],
  },
  {
    type: [
      { type: 'record', name: 'A', fields: [{ name: 'a', type: 'int' }] },
      { type: 'record', name: 'B', fields: [{ name: 'b', type: 'int' }] },
    ],
    fit: [{ a: 1 }, { b: 1 }],
    not: [
      [{ a: 1, b: 1 }, 'unknown-field'],
      [{}, 'missing-field'],
      [5, 'wrong-type'],
    ],
  },
];

t.test('every type takes its values and no others', async (t) => {
  for (const { type, fit, not } of TYPES) {
    const shape = compileShape({ type: 'record', name: 'Top', namespace: 'x', fields: [{ name: 'f', type }] });
    const name = JSON.stringify(type);
    for (const value of fit) t.equal(shape({ f: value }), null, `${name} takes ${JSON.stringify(value)}`);
    for (const [value, fault] of not) t.equal(shape({ f: value }), fault, `${name} does not take ${JSON.stringify(value)}`);
  }
});

t.test('values of a schema fit it, and not when a field is added anywhere at the top', async () => {
  const shape = compileShape(RICH);
  fc.assert(
    fc.property(valuesOf(RICH), (value) => shape(value) === null && shape({ ...(value as object), other: null }) === 'unknown-field'),
  );
});

t.test('fields that the policy reads are tolerated at the top, and only there', async (t) => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'inner', type: { type: 'record', name: 'I', fields: [] } },
      { name: 'kind', type: 'int' },
    ],
  };
  const shape = compileShape(schema, ['type', 'meta.key', 'kind']);
  t.equal(shape({ inner: {}, kind: 1, type: { any: 'thing' } }), null);
  t.equal(shape({ inner: { type: 'x' }, kind: 1 }), 'unknown-field');
  t.equal(shape({ inner: {}, kind: 1, meta: { key: 1 } }), 'unknown-field', 'a path below the top is no field');
  t.equal(shape({ inner: {}, kind: 'x' }), 'wrong-type', 'what the schema has keeps its type');
});

t.test('names are looked up as Avro says', async (t) => {
  const shape = compileShape({
    type: 'record',
    name: 'a.Top',
    fields: [
      { name: 'outer', type: { type: 'enum', name: 'E', namespace: '', symbols: ['OUT'] } },
      { name: 'inner', type: { type: 'enum', name: 'E', symbols: ['IN'] } },
      { name: 'which', type: 'E' },
    ],
  });
  t.equal(shape({ outer: 'OUT', inner: 'IN', which: 'IN' }), null);
  t.equal(shape({ outer: 'OUT', inner: 'IN', which: 'OUT' }), 'unknown-symbol');
});
