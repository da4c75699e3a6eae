import type { FaultName } from '../model/fault.ts';
import { parseInstant } from '../model/time.ts';
import { type AvroNamed, type AvroSchema, fullName, isNullable, jsonName, lookUp, namespaceOf } from './avro-schema.ts';

/** Checks a parsed JSON value against a schema: null when it fits, else what is wrong first. */
export type Shape = (value: unknown) => FaultName | null;

/** Shapes of named types; null while one is compiled, as a type may be used inside itself. */
type Names = Map<string, { shape: Shape | null }>;

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

const recordShape = (schema: AvroNamed, full: string, names: Names, tolerated: readonly string[]): Shape => {
  const shapes = new Map<string, Shape>(tolerated.map((name) => [name, () => null]));
  const required: string[] = [];
  for (const field of schema.fields ?? []) {
    shapes.set(jsonName(field), compile(field.type, namespaceOf(full), names));
    if (field.default === undefined && !isNullable(field.type)) required.push(jsonName(field));
  }
  return (value) => {
    if (!isObject(value)) return 'wrong-type';
    for (const name of Object.keys(value)) {
      const shape = shapes.get(name);
      if (shape === undefined) return 'unknown-field';
      const fault = shape(value[name]);
      if (fault !== null) return fault;
    }
    for (const name of required) if (!Object.hasOwn(value, name)) return 'missing-field';
    return null;
  };
};

const unionShape = (branches: readonly Shape[]): Shape => {
  if (branches.length === 1) return branches[0];
  return (value) => {
    let worst: FaultName = 'wrong-type';
    for (const branch of branches) {
      const fault = branch(value);
      if (fault === null) return null;
      // A branch of the right kind says what is wrong better than one of another kind does.
      if (fault !== 'wrong-type') worst = fault;
    }
    return worst;
  };
};

const enumShape = (list: readonly string[]): Shape => {
  const symbols = new Set(list);
  return (value) => (typeof value !== 'string' ? 'wrong-type' : symbols.has(value) ? null : 'unknown-symbol');
};

const namedShape = (schema: AvroNamed, enclosing: string, names: Names, tolerated: readonly string[]): Shape => {
  const full = fullName(schema, enclosing);
  const entry: { shape: Shape | null } = { shape: null };
  names.set(full, entry);
  if (schema.type === 'enum') entry.shape = enumShape(schema.symbols ?? []);
  else entry.shape = schema.type === 'fixed' ? isType('string') : recordShape(schema, full, names, tolerated);
  return entry.shape;
};

const everyItem = (values: readonly unknown[], shape: Shape): FaultName | null => {
  for (const value of values) {
    const fault = shape(value);
    if (fault !== null) return fault;
  }
  return null;
};

const reference = (name: string, enclosing: string, names: Names): Shape => {
  const entry = lookUp(names, name, enclosing);
  // Inside itself a type is not compiled yet; when a value comes, it is.
  return (value) => (entry?.shape ? entry.shape(value) : 'wrong-type');
};

const compile = (schema: AvroSchema, enclosing: string, names: Names, tolerated: readonly string[] = []): Shape => {
  if (typeof schema === 'string') return Object.hasOwn(PRIMITIVES, schema) ? PRIMITIVES[schema] : reference(schema, enclosing, names);
  if (Array.isArray(schema)) return unionShape(schema.map((branch) => compile(branch, enclosing, names)));
  const { type, logicalType, items, values } = schema as AvroNamed;
  switch (type) {
    case 'array': {
      const item = compile(items as AvroSchema, enclosing, names);
      return (value) => (Array.isArray(value) ? everyItem(value, item) : 'wrong-type');
    }
    case 'map': {
      const item = compile(values as AvroSchema, enclosing, names);
      return (value) => (isObject(value) ? everyItem(Object.values(value), item) : 'wrong-type');
    }
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return namedShape(schema as AvroNamed, enclosing, names, tolerated);
    default:
      return type === 'long' && logicalType === 'timestamp-millis' ? timestamp : compile(type, enclosing, names);
  }
};

/**
 * Compiles the check of a source schema once. `tolerated`: top-level names that an event may have besides, as the policy
 * reads them although the schema lacks them.
 */
export const compileShape = (json: unknown, tolerated: readonly string[] = []): Shape =>
  compile(
    json as AvroSchema,
    '',
    new Map(),
    tolerated.filter((name) => !name.includes('.')),
  );
