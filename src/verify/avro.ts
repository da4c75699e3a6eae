import { isObject, textOfBytes, type Value } from './json.ts';

/** An Avro schema as its JSON, with the names it defines. */
export interface Schema {
  readonly root: unknown;
  readonly named: ReadonlyMap<string, unknown>;
}

const fullName = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);

const collect = (schema: unknown, namespace: string, named: Map<string, unknown>): void => {
  if (Array.isArray(schema)) {
    for (const branch of schema) collect(branch, namespace, named);
    return;
  }
  if (!isObject(schema)) return;
  const inner = typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace;
  if (typeof schema['name'] === 'string') {
    named.set(fullName(schema['name'], inner), schema);
    named.set(schema['name'], schema);
  }
  collect(schema['type'], inner, named);
  collect(schema['items'], inner, named);
  collect(schema['values'], inner, named);
  if (Array.isArray(schema['fields'])) for (const field of schema['fields']) collect((field as { type: unknown }).type, inner, named);
};

export const schemaOf = (root: unknown): Schema => {
  const named = new Map<string, unknown>();
  collect(root, '', named);
  return { root, named };
};

export interface Field {
  readonly name: string;
  readonly json?: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** The name of a field in JSON, and so in paths. */
export const jsonName = (field: Field): string => field.json ?? field.name;

/** One type, names resolved: a type word and what belongs to it. */
export type Type =
  | { readonly kind: 'union'; readonly branches: readonly unknown[] }
  | { readonly kind: 'record'; readonly fields: readonly Field[] }
  | { readonly kind: 'array'; readonly items: unknown }
  | { readonly kind: 'map'; readonly values: unknown }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'long'; readonly isTimestamp: boolean }
  | { readonly kind: 'null' | 'boolean' | 'int' | 'float' | 'double' | 'bytes' | 'string' };

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

export const typeOf = (schema: Schema, part: unknown): Type => {
  if (Array.isArray(part)) return { kind: 'union', branches: part };
  if (typeof part === 'string') {
    if (PRIMITIVES.has(part)) return { kind: part, isTimestamp: false } as Type;
    return typeOf(schema, schema.named.get(part));
  }
  const { type, fields, items, values, symbols, size, logicalType } = part as Record<string, unknown>;
  switch (type) {
    case 'record':
      return { kind: 'record', fields: fields as Field[] };
    case 'array':
      return { kind: 'array', items };
    case 'map':
      return { kind: 'map', values };
    case 'enum':
      return { kind: 'enum', symbols: symbols as string[] };
    case 'fixed':
      return { kind: 'fixed', size: size as number };
    case 'long':
      return { kind: 'long', isTimestamp: logicalType === 'timestamp-millis' };
    default:
      return typeOf(schema, type);
  }
};

const NAMED = new Set(['record', 'error', 'enum', 'fixed']);

/** A schema without documentation, defaults and our own properties, names in full: equal for equal wire formats. */
export const canonicalSchema = (root: unknown): string => {
  const plain = (part: unknown, namespace: string): unknown => {
    if (Array.isArray(part)) return part.map((branch) => plain(branch, namespace));
    if (!isObject(part)) return PRIMITIVES.has(String(part)) ? part : fullName(String(part), namespace);
    const { type, name, fields, symbols, items, values, size } = part;
    if (!NAMED.has(String(type)) && type !== 'array' && type !== 'map') return plain(type, namespace);
    const full = typeof name === 'string' ? fullName(name, typeof part['namespace'] === 'string' ? part['namespace'] : namespace) : undefined;
    const inner = full === undefined ? namespace : full.slice(0, Math.max(0, full.lastIndexOf('.')));
    const list = (fields ?? []) as unknown as readonly Field[];
    return {
      type,
      name: full,
      fields: fields && list.map((field) => ({ name: field.name, type: plain(field.type, inner) })),
      symbols,
      items: items && plain(items, inner),
      values: values && plain(values, inner),
      size,
    };
  };
  return JSON.stringify(plain(root, ''));
};

interface DatumLimits {
  readonly items: number;
  readonly depth: number;
  readonly stringBytes: number;
}

/** An object that an Avro library decoded, by the JSON names of its fields and with unions unwrapped. */
export const jsonValue = (schema: Schema, value: unknown, part: unknown = schema.root): Value => {
  const type = typeOf(schema, part);
  if (type.kind === 'array' && Array.isArray(value)) return value.map((item) => jsonValue(schema, item, type.items));
  if (type.kind === 'map' && isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonValue(schema, item, type.values)]));
  if (type.kind === 'record' && isObject(value)) return Object.fromEntries(type.fields.map((field) => [jsonName(field), jsonValue(schema, value[field.name] ?? null, field.type)]));
  if (type.kind !== 'union' || value === null) return value as Value;
  const branches = type.branches.filter((branch) => branch !== 'null');
  const wrapped = isObject(value) && Object.keys(value).length === 1 ? branches.find((branch) => Object.hasOwn(value, branchName(branch))) : undefined;
  if (wrapped !== undefined) return jsonValue(schema, (value as { readonly [name: string]: Value })[branchName(wrapped)], wrapped);
  return branches.length === 1 ? jsonValue(schema, value, branches[0]) : (value as Value);
};

const branchName = (branch: unknown): string => String(isObject(branch) ? (branch['name'] ?? branch['type']) : branch);

/** Thrown inside this file only. */
const refuse = (): never => {
  throw new RangeError('not a datum of this schema');
};

const createCursor = (bytes: Buffer, limits: DatumLimits) => {
  let at = 0;
  let budget = limits.items;
  const take = (count: number): Buffer => {
    if (count < 0 || count > bytes.length - at) refuse();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const long = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    return refuse();
  };
  const count = (): number => {
    const value = Number(long());
    return Number.isSafeInteger(value) ? value : refuse();
  };
  /** Blocks of an array or map: a negative count is followed by the block's size in bytes. Counts are bounded before use. */
  const blocks = (one: () => void): void => {
    for (let left = count(); left !== 0; left = count()) {
      const real = left < 0 ? -left : left;
      if (left < 0) count();
      budget -= real;
      if (budget < 0) refuse();
      for (let i = 0; i < real; i++) one();
    }
  };
  const text = (): string => {
    const length = count();
    if (length > limits.stringBytes) refuse();
    return textOfBytes(take(length)) ?? refuse();
  };
  return { take, long, count, text, blocks, done: () => at === bytes.length };
};

type Cursor = ReturnType<typeof createCursor>;

const readPart = (cursor: Cursor, schema: Schema, part: unknown, depth: number): Value => {
  if (depth < 0) return refuse();
  const type = typeOf(schema, part);
  switch (type.kind) {
    case 'null':
      return null;
    case 'boolean': {
      const byte = cursor.take(1)[0];
      return byte > 1 ? refuse() : byte === 1;
    }
    case 'int': {
      const value = cursor.count();
      return value === (value | 0) ? value : refuse();
    }
    case 'long': {
      const value = cursor.long();
      return Number.isSafeInteger(Number(value)) ? Number(value) : refuse();
    }
    case 'float':
      return cursor.take(4).readFloatLE(0);
    case 'double':
      return cursor.take(8).readDoubleLE(0);
    case 'bytes':
      return Buffer.from(cursor.take(cursor.count()));
    case 'fixed':
      return cursor.take(type.size);
    case 'string':
      return cursor.text();
    case 'enum':
      return type.symbols[cursor.count()] ?? refuse();
    case 'union': {
      const branch = cursor.count();
      return branch >= 0 && branch < type.branches.length ? readPart(cursor, schema, type.branches[branch], depth) : refuse();
    }
    case 'record': {
      const value: { [name: string]: Value } = Object.create(null);
      for (const field of type.fields) value[jsonName(field)] = readPart(cursor, schema, field.type, depth - 1);
      return value;
    }
    case 'array': {
      const value: Value[] = [];
      cursor.blocks(() => value.push(readPart(cursor, schema, type.items, depth - 1)));
      return value;
    }
    case 'map': {
      const value: { [name: string]: Value } = Object.create(null);
      cursor.blocks(() => {
        value[cursor.text()] = readPart(cursor, schema, type.values, depth - 1);
      });
      return value;
    }
  }
};

/**
 * Reads one datum of the Avro binary encoding (specification 1.11, "Binary encoding"), unions unwrapped, record fields by
 * their JSON names. Undefined when the bytes are no datum or have bytes left over.
 */
export const readDatum = (bytes: Uint8Array, schema: Schema, limits: DatumLimits): Value | undefined => {
  try {
    const cursor = createCursor(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), limits);
    const value = readPart(cursor, schema, schema.root, limits.depth);
    return cursor.done() ? value : undefined;
  } catch {
    return undefined;
  }
};

const zigzag = (value: number, out: number[]): void => {
  let rest = (BigInt(value) << 1n) ^ (BigInt(value) >> 63n);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
};

/** The Avro bytes of an output record: `windowEnd` and `level` as zigzag varints, then each text with its length. */
export const outputBytes = (windowEnd: number, level: number, texts: readonly string[]): Buffer => {
  const head: number[] = [];
  zigzag(windowEnd, head);
  zigzag(level, head);
  const parts: Uint8Array[] = [Uint8Array.from(head)];
  for (const text of texts) {
    const bytes = Buffer.from(text);
    const length: number[] = [];
    zigzag(bytes.length, length);
    parts.push(Uint8Array.from(length), bytes);
  }
  return Buffer.concat(parts);
};
