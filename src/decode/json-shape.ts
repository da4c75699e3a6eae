import type { FaultName } from '../model/fault.ts';
import { parseInstant } from '../model/time.ts';
import { type AvroNamed, type AvroSchema, fullName, jsonName, type Names, namespaceOf } from './avro-schema.ts';

/** Checks a parsed JSON value against a schema: null when it fits, else what is wrong first. */
export type Shape = (value: unknown) => FaultName | null;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const integer =
  (min: number, max: number): Shape =>
  (value) => {
    if (typeof value !== 'number') return 'wrong-type';
    return Number.isInteger(value) && value >= min && value <= max ? null : 'bad-number';
  };

const isType =
  (type: string): Shape =>
  (value) =>
    typeof value === type ? null : 'wrong-type';

const finite: Shape = (value) => (typeof value !== 'number' ? 'wrong-type' : Number.isFinite(value) ? null : 'bad-number');

const long = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** A timestamp may also be text (RFC 3339): that is how people write times in JSON. */
const timestamp: Shape = (value) => (typeof value !== 'string' ? long(value) : Number.isNaN(parseInstant(value)) ? 'bad-event-time' : null);

const PRIMITIVES: Readonly<Record<string, Shape>> = {
  null: (value) => (value === null ? null : 'wrong-type'),
  boolean: isType('boolean'),
  int: integer(-(2 ** 31), 2 ** 31 - 1),
  long,
  float: finite,
  double: finite,
  bytes: isType('string'),
  string: isType('string'),
};

const recordShape = (schema: AvroNamed, full: string, names: Names<Shape>): Shape => {
  const fields = (schema.fields ?? []).map((field) => ({
    name: jsonName(field),
    optional: field.default !== undefined,
    shape: compile(field.type, namespaceOf(full), names),
  }));
  const byName = new Map(fields.map((field) => [field.name, field.shape]));
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  return (value) => {
    if (!isObject(value)) return 'wrong-type';
    for (const name of Object.keys(value)) {
      const shape = byName.get(name);
      if (shape === undefined) return 'unknown-field';
      const fault = shape(value[name]);
      if (fault !== null) return fault;
    }
    for (const name of required) if (!Object.hasOwn(value, name)) return 'missing-field';
    return null;
  };
};

const unionShape = (branches: readonly Shape[]): Shape => (value) => {
  let first: FaultName | null = 'wrong-type';
  for (const branch of branches) {
    const fault = branch(value);
    if (fault === null) return null;
    // A branch of the right kind says what is wrong better than one of another kind does.
    if (fault !== 'wrong-type') first = fault;
  }
  return first;
};

const named = (schema: AvroNamed, enclosing: string, names: Names<Shape>): Shape => {
  const full = fullName(schema, enclosing);
  const entry: { compiled: Shape | null } = { compiled: null };
  names.set(full, entry);
  if (schema.type === 'record' || schema.type === 'error') entry.compiled = recordShape(schema, full, names);
  else if (schema.type === 'enum') {
    const symbols = new Set(schema.symbols ?? []);
    entry.compiled = (value) => (typeof value !== 'string' ? 'wrong-type' : symbols.has(value) ? null : 'unknown-symbol');
  } else entry.compiled = isType('string');
  return entry.compiled;
};

const compile = (schema: AvroSchema, enclosing: string, names: Names<Shape>): Shape => {
  if (typeof schema === 'string') {
    const primitive = Object.hasOwn(PRIMITIVES, schema) ? PRIMITIVES[schema] : undefined;
    if (primitive !== undefined) return primitive;
    const entry = names.get(schema) ?? names.get(enclosing === '' ? schema : `${enclosing}.${schema}`);
    return (value) => entry?.compiled?.(value) ?? (entry === undefined ? 'wrong-type' : null);
  }
  if (Array.isArray(schema)) return unionShape(schema.map((branch) => compile(branch, enclosing, names)));
  const { type, logicalType } = schema as AvroNamed;
  if (type === 'long' && logicalType === 'timestamp-millis') return timestamp;
  if (type === 'array') {
    const item = compile((schema as AvroNamed).items as AvroSchema, enclosing, names);
    return (value) => (Array.isArray(value) ? firstFault(value, item) : 'wrong-type');
  }
  if (type === 'map') {
    const item = compile((schema as AvroNamed).values as AvroSchema, enclosing, names);
    return (value) => (isObject(value) ? firstFault(Object.values(value), item) : 'wrong-type');
  }
  if (type === 'record' || type === 'error' || type === 'enum' || type === 'fixed') return named(schema as AvroNamed, enclosing, names);
  return compile(type, enclosing, names);
};

const firstFault = (values: readonly unknown[], shape: Shape): FaultName | null => {
  for (const value of values) {
    const fault = shape(value);
    if (fault !== null) return fault;
  }
  return null;
};

/** Compiles the check of a source schema once. `tolerated`: top-level names that a bare event may have besides. */
export const compileShape = (json: unknown, tolerated: readonly string[] = []): Shape => {
  const schema = json as AvroNamed;
  const names = (schema.fields ?? []).map(jsonName);
  const extra = tolerated.filter((name) => !name.includes('.') && !names.includes(name)).map((name) => ({ name, json: name, type: 'any', default: null }));
  const any: Names<Shape> = new Map([['any', { compiled: () => null }]]);
  return compile({ ...schema, fields: [...(schema.fields ?? []), ...extra] }, '', any);
};
