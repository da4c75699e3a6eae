import fc from 'fast-check';
import { type AvroNamed, type AvroSchema, fullName, jsonName, lookUp, namespaceOf } from '../../src/decode/avro-schema.ts';

/** Zig-zag varint of a long. */
export const long = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
};

export const text = (value: string): Buffer => Buffer.concat([long(Buffer.byteLength(value)), Buffer.from(value)]);

const number = (value: number, bytes: 4 | 8): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 4) buffer.writeFloatLE(value);
  else buffer.writeDoubleLE(value);
  return buffer;
};

type Names = Map<string, AvroNamed>;

const INT_MAX = 2 ** 31 - 1;

/** Whether a JSON value could be of a branch of a union: enough to choose one in tests. */
const fits = (schema: AvroSchema, value: unknown): boolean => {
  const type = typeof schema === 'string' ? schema : ((schema as AvroNamed).type as string);
  switch (type) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) <= INT_MAX;
    case 'long':
      return Number.isSafeInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
    case 'enum':
      return typeof value === 'string';
    case 'record':
      return typeof value === 'object' && value !== null && ((schema as AvroNamed).fields ?? []).every((field) => jsonName(field) in value);
    default:
      return typeof value === 'object' && value !== null && Array.isArray(value) === (type === 'array');
  }
};

const primitive = (type: string, value: unknown): Buffer | null => {
  switch (type) {
    case 'null':
      return Buffer.alloc(0);
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'int':
    case 'long':
      return long(value as number);
    case 'float':
      return number(value as number, 4);
    case 'double':
      return number(value as number, 8);
    case 'string':
      return text(value as string);
    case 'bytes':
      return Buffer.concat([long((value as string).length / 2), Buffer.from(value as string, 'hex')]);
    default:
      return null;
  }
};

/** Encodes a value in its JSON form (JSON names, unions unwrapped, bytes as hex) as Avro. Written apart from the reader. */
export const encode = (schema: AvroSchema, value: unknown, enclosing = '', names: Names = new Map()): Buffer => {
  if (typeof schema === 'string')
    return primitive(schema, value) ?? encode(lookUp(names, schema, enclosing) as AvroNamed, value, enclosing, names);
  if (Array.isArray(schema)) {
    const index = schema.findIndex((branch) => fits(branch, value));
    return Buffer.concat([long(index), encode(schema[index], value, enclosing, names)]);
  }
  const named = schema as AvroNamed;
  const full = named.name === undefined ? enclosing : fullName(named, enclosing);
  if (named.name !== undefined) names.set(full, named);
  switch (named.type) {
    case 'enum':
      return long((named.symbols ?? []).indexOf(value as string));
    case 'fixed':
      return Buffer.from(value as string, 'hex');
    case 'array': {
      const items = (value as unknown[]).map((item) => encode(named.items as AvroSchema, item, enclosing, names));
      return Buffer.concat([...(items.length > 0 ? [long(items.length)] : []), ...items, long(0)]);
    }
    case 'map': {
      const entries = Object.entries(value as object).map(([key, item]) =>
        Buffer.concat([text(key), encode(named.values as AvroSchema, item, enclosing, names)]),
      );
      return Buffer.concat([...(entries.length > 0 ? [long(entries.length)] : []), ...entries, long(0)]);
    }
    case 'record': {
      const object = value as Record<string, unknown>;
      return Buffer.concat((named.fields ?? []).map((field) => encode(field.type, object[jsonName(field)], namespaceOf(full), names)));
    }
    default:
      return encode(named.type, value, enclosing, names);
  }
};

const primitiveArbitrary = (type: string): fc.Arbitrary<unknown> | null => {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), INT_MAX));
    case 'long':
      return fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -(2 ** 52) - 1));
    case 'float':
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 12 });
    case 'bytes':
      return fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    default:
      return null;
  }
};

/** Values of a schema in their JSON form. */
export const valuesOf = (schema: AvroSchema, enclosing = '', names: Names = new Map()): fc.Arbitrary<unknown> => {
  if (typeof schema === 'string') {
    return primitiveArbitrary(schema) ?? valuesOf(lookUp(names, schema, enclosing) as AvroNamed, enclosing, names);
  }
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch) => valuesOf(branch, enclosing, names)));
  const named = schema as AvroNamed;
  const full = named.name === undefined ? enclosing : fullName(named, enclosing);
  if (named.name !== undefined) names.set(full, named);
  switch (named.type) {
    case 'enum':
      return fc.constantFrom(...(named.symbols ?? []));
    case 'fixed':
      return fc.uint8Array({ minLength: named.size ?? 0, maxLength: named.size ?? 0 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    case 'array':
      return fc.array(valuesOf(named.items as AvroSchema, enclosing, names), { maxLength: 4 });
    case 'map':
      return fc.dictionary(
        fc.constantFrom('theme', 'sound', '__proto__', 'ä', 'toString'),
        valuesOf(named.values as AvroSchema, enclosing, names),
      );
    case 'record':
      return fc.record(
        Object.fromEntries((named.fields ?? []).map((field) => [jsonName(field), valuesOf(field.type, namespaceOf(full), names)])),
      );
    default:
      return named.logicalType === 'timestamp-millis' ? fc.integer({ min: 0, max: 2 ** 40 }) : valuesOf(named.type, enclosing, names);
  }
};

/**
 * avsc loses the last bit of negative longs beyond 2^52, and sets the prototype where a map has the key `__proto__`: there it
 * is no reference.
 */
export const isPlain = (value: unknown): boolean =>
  !JSON.stringify(value, (_, item) => (Number.isInteger(item) && Math.abs(item) >= 2 ** 52 ? '__proto__' : item)).includes('__proto__');

/** Everything that schemas can hold, in one event. */
export const RICH: AvroNamed = {
  type: 'record',
  name: 'Rich',
  namespace: 'test',
  schemaId: 9,
  fields: [
    { name: 'id', type: { type: 'record', name: 'Ref', fields: [{ name: 'oid', json: '$oid', type: 'string' }] } },
    { name: 'user', type: ['null', 'Ref'] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'received', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'type', type: { type: 'enum', name: 'Kind', symbols: ['rich', 'poor'] } },
    { name: 'reading', type: ['null', 'double', 'string'] },
    { name: 'count', type: ['int', 'long'] },
    { name: 'ratio', type: 'float' },
    { name: 'charging', type: ['null', 'boolean'] },
    { name: 'mac', type: { type: 'fixed', name: 'Mac', size: 6 } },
    { name: 'raw', type: 'bytes' },
    { name: 'settings', type: { type: 'map', values: 'string' } },
    { name: 'limits', type: ['null', { type: 'map', values: ['null', 'long'] }] },
    {
      name: 'wifi',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Network',
          fields: [
            { name: 'ssid', type: 'string' },
            { name: 'rssi', type: 'int' },
          ],
        },
      },
    },
    {
      name: 'place',
      type: [
        'null',
        {
          type: 'record',
          name: 'Gps',
          fields: [
            { name: 'lat', type: 'double' },
            { name: 'lon', type: 'double' },
          ],
        },
        {
          type: 'record',
          name: 'Cell',
          fields: [
            { name: 'tower', type: 'string' },
            { name: 'mac', type: 'Mac' },
          ],
        },
      ],
    },
  ],
};

/** Every place of `RICH` that can have a column. */
export const RICH_FIELDS = [
  ...['id.$oid', 'user.$oid', 'type', 'reading', 'reading number', 'count', 'count number', 'ratio', 'ratio number', 'charging'],
  ...['charging number', 'mac', 'raw', 'settings count', 'settings.theme', 'settings.__proto__', 'limits count', 'limits.sound number'],
  ...[
    'limits.ä',
    'wifi count',
    'place.lat number',
    'place.lon',
    'place.tower',
    'place.mac',
    'received',
    'nowhere',
    'nowhere.at.all number',
  ],
];
