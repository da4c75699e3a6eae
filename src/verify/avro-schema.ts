import { isObject } from './json.ts';

/** An Avro schema as its JSON, with the names it defines. */
export interface Schema {
  readonly root: unknown;
  readonly named: ReadonlyMap<string, unknown>;
  /** Types of parts that were asked for already. */
  readonly types: Map<unknown, Type>;
}

const fullName = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** Words of Avro itself, which no name can take. */
const WORDS = new Set([...PRIMITIVES, 'record', 'error', 'enum', 'array', 'map', 'fixed']);

/**
 * A copy in which every reference is a full name, with the types that it defines noted on the way: a type is defined
 * before it is used. A name without dots is of the namespace around it, or else of none.
 */
const qualified = (part: unknown, namespace: string, named: Map<string, unknown>): unknown => {
  if (Array.isArray(part)) return part.map((branch) => qualified(branch, namespace, named));
  if (typeof part === 'string') {
    const full = fullName(part, namespace);
    return !WORDS.has(part) && named.has(full) ? full : part;
  }
  if (!isObject(part)) return part;
  const copy: Record<string, unknown> = { ...part };
  let inner = namespace;
  if (typeof part['name'] === 'string') {
    const full = fullName(part['name'], typeof part['namespace'] === 'string' ? part['namespace'] : namespace);
    inner = full.slice(0, Math.max(0, full.lastIndexOf('.')));
    Object.assign(copy, { name: full, namespace: inner });
    named.set(full, copy);
  }
  for (const key of ['type', 'items', 'values'] as const) if (part[key] !== undefined) copy[key] = qualified(part[key], inner, named);
  if (Array.isArray(part['fields']))
    copy['fields'] = part['fields'].map((field) => (isObject(field) ? { ...field, type: qualified(field['type'], inner, named) } : field));
  return copy;
};

export const schemaOf = (json: unknown): Schema => {
  const named = new Map<string, unknown>();
  const root = qualified(json, '', named);
  return { root, named, types: new Map() };
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
  | { readonly kind: 'record'; readonly fields: readonly Field[]; readonly names: ReadonlySet<string> }
  | { readonly kind: 'array'; readonly items: unknown }
  | { readonly kind: 'map'; readonly values: unknown }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'long'; readonly isTimestamp: boolean }
  | { readonly kind: 'null' | 'boolean' | 'int' | 'float' | 'double' | 'bytes' | 'string' };

/** The type of a part of a schema, with names resolved. */
export const typeOf = (schema: Schema, part: unknown): Type => {
  const known = schema.types.get(part);
  if (known !== undefined) return known;
  const type = resolve(schema, part);
  schema.types.set(part, type);
  return type;
};

const resolve = (schema: Schema, part: unknown): Type => {
  if (Array.isArray(part)) return { kind: 'union', branches: part };
  if (typeof part === 'string') {
    if (PRIMITIVES.has(part)) return { kind: part, isTimestamp: false } as Type;
    return typeOf(schema, schema.named.get(part));
  }
  const { type, fields, items, values, symbols, size, logicalType } = part as Record<string, unknown>;
  switch (type) {
    case 'record':
      return { kind: 'record', fields: fields as Field[], names: new Set((fields as Field[]).map(jsonName)) };
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

/**
 * The parsing canonical form of a schema (Avro specification 1.11, "Transforming into Parsing Canonical Form"): no
 * documentation, no defaults, none of our own properties, names in full. Equal for equal wire formats.
 */
export const canonicalSchema = (part: unknown, namespace = ''): string => {
  if (Array.isArray(part)) return `[${part.map((branch) => canonicalSchema(branch, namespace)).join(',')}]`;
  if (!isObject(part)) return JSON.stringify(PRIMITIVES.has(String(part)) ? part : fullName(String(part), namespace));
  const { type, name, symbols, items, values, size } = part;
  if (type === 'array') return `{"type":"array","items":${canonicalSchema(items, namespace)}}`;
  if (type === 'map') return `{"type":"map","values":${canonicalSchema(values, namespace)}}`;
  if (!['record', 'error', 'enum', 'fixed'].includes(String(type))) return canonicalSchema(type, namespace);
  const full = fullName(String(name), typeof part['namespace'] === 'string' ? part['namespace'] : namespace);
  const inner = full.slice(0, Math.max(0, full.lastIndexOf('.')));
  const head = `{"name":${JSON.stringify(full)},"type":${JSON.stringify(type)}`;
  if (type === 'enum') return `${head},"symbols":${JSON.stringify(symbols)}}`;
  if (type === 'fixed') return `${head},"size":${size}}`;
  const fields = part['fields'] as unknown as readonly Field[];
  return `${head},"fields":[${fields.map((field) => `{"name":${JSON.stringify(field.name)},"type":${canonicalSchema(field.type, inner)}}`).join(',')}]}`;
};

/** Logical types by which the same bytes are another value (Avro specification 1.11, "Logical Types"). */
const MEANING = /^(decimal|date|duration|time-(millis|micros)|(local-)?timestamp-(millis|micros|nanos))$/;

const reduced = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(reduced);
  if (!isObject(part)) return part;
  const { type, name, symbols, items, values, size, fields, logicalType, precision, scale } = part;
  const means = MEANING.test(String(logicalType)) ? [logicalType, ...(logicalType === 'decimal' ? [precision, scale ?? 0] : [])] : null;
  const told = WORDS.has(String(type)) && !PRIMITIVES.has(String(type));
  const own = Array.isArray(fields) ? fields.map((field) => (isObject(field) ? [field['name'], reduced(field['type'])] : field)) : null;
  const rest = told ? [type, name, symbols ?? null, size ?? null, reduced(items ?? null), reduced(values ?? null), own] : reduced(type);
  return means === null ? rest : { means, rest };
};

/** What a schema makes of bytes, logical types that change it included: equal for schemas that read any datum to the same value. */
export const readingOf = (json: unknown): string => JSON.stringify(reduced(schemaOf(json).root));
