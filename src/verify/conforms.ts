import { jsonName, type Schema, type Type, typeOf } from './avro-schema.ts';
import { isObject, type Value } from './json.ts';
import { parseIso } from './times.ts';

const INT_MAX = 2 ** 31 - 1;

/** Whether a JSON value is of an Avro type: known fields only, every required one, right types. */
export const conforms = (schema: Schema, part: unknown, value: Value | undefined, extra: ReadonlySet<string>): boolean => {
  const type = typeOf(schema, part);
  switch (type.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) && value >= -INT_MAX - 1 && value <= INT_MAX;
    case 'long':
      return (
        (typeof value === 'number' && Number.isSafeInteger(value)) ||
        (type.isTimestamp && typeof value === 'string' && !Number.isNaN(parseIso(value)))
      );
    case 'float':
    case 'double':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
    case 'bytes':
    case 'fixed':
      return typeof value === 'string';
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value);
    case 'array':
      return Array.isArray(value) && value.every((item) => conforms(schema, type.items, item, NOTHING));
    case 'map':
      return isObject(value) && Object.values(value).every((item) => conforms(schema, type.values, item, NOTHING));
    case 'union':
      return type.branches.some((branch) => conforms(schema, branch, value, NOTHING));
    case 'record':
      return isObject(value) && conformsRecord(schema, type, value, extra);
  }
};

const NOTHING: ReadonlySet<string> = new Set();

const conformsRecord = (schema: Schema, type: RecordType, value: { readonly [name: string]: Value }, extra: ReadonlySet<string>): boolean =>
  Object.keys(value).every((name) => type.names.has(name) || extra.has(name)) &&
  type.fields.every((field) => {
    const name = jsonName(field);
    if (Object.hasOwn(value, name)) return conforms(schema, field.type, value[name], NOTHING);
    return field.default !== undefined || conforms(schema, field.type, null, NOTHING);
  });

type RecordType = Extract<Type, { kind: 'record' }>;
