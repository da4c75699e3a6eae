import { SchemaError } from './schema-error.ts';

/**
 * An Avro schema with names resolved, null folded into `optional`, and logical types taken off. A named
 * type that is used twice is the same node twice.
 */
export type SchemaNode =
  | { readonly kind: 'record'; readonly optional: boolean; readonly fields: ReadonlyMap<string, SchemaNode> }
  | { readonly kind: 'array'; readonly optional: boolean; readonly items: SchemaNode }
  | { readonly kind: 'map'; readonly optional: boolean; readonly values: SchemaNode }
  | { readonly kind: 'union'; readonly optional: boolean; readonly branches: readonly SchemaNode[] }
  | { readonly kind: 'scalar'; readonly optional: boolean; readonly types: readonly string[]; readonly symbols: readonly string[] };

/** No event nests deeper; what does is a bomb. */
export const MAX_DEPTH = 64;

const PRIMITIVES = new Set(['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

type Json = Readonly<Record<string, unknown>>;

interface Context {
  /** Named types by full name; null while the type is being read, so that using it then is recursion. */
  readonly names: Map<string, SchemaNode | null>;
  readonly namespace: string;
  readonly path: string;
  readonly depth: number;
}

/**
 * Resolves a schema (parsed JSON; Avro 1.12, "Names" and "Unions"). Throws `SchemaError` when it is no record at the
 * top, names unknown types, or contains itself.
 */
export const schemaTree = (schema: unknown): SchemaNode => {
  const tree = build(schema, { names: new Map(), namespace: '', path: '', depth: 0 });
  if (tree.kind !== 'record' || tree.optional) throw new SchemaError('not-a-record', '');
  return tree;
};

const build = (schema: unknown, outer: Context): SchemaNode => {
  const context = { ...outer, depth: outer.depth + 1 };
  if (context.depth > MAX_DEPTH * 2) throw new SchemaError('too-large', context.path);
  if (Array.isArray(schema)) return union(schema, context);
  if (typeof schema === 'string') return reference(schema, context);
  if (!isObject(schema)) throw new SchemaError('unknown-type', context.path);
  switch (schema['type']) {
    case 'record':
      return definition(schema, context, record);
    case 'enum':
      return definition(schema, context, () => scalar(['enum'], texts(schema['symbols'])));
    case 'fixed':
      return definition(schema, context, () => scalar(['fixed']));
    case 'array':
      return { kind: 'array', optional: false, items: build(schema['items'], { ...context, path: `${context.path}[]` }) };
    case 'map':
      return { kind: 'map', optional: false, values: build(schema['values'], context) };
    default:
      // `{"type": "long", "logicalType": ...}`, or one more wrapping of any type.
      return build(schema['type'], context);
  }
};

const scalar = (types: readonly string[], symbols: readonly string[] = []): SchemaNode => ({
  kind: 'scalar',
  optional: false,
  types,
  symbols,
});

const reference = (name: string, context: Context): SchemaNode => {
  if (name === 'null') return { kind: 'scalar', optional: true, types: [], symbols: [] };
  if (PRIMITIVES.has(name)) return scalar([name]);
  const known = context.names.get(fullName(name, context.namespace));
  if (known === undefined) throw new SchemaError('unknown-type', context.path);
  if (known === null) throw new SchemaError('recursive', context.path);
  return known;
};

/** A name without dots is of the namespace around it. */
const fullName = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);

const definition = (schema: Json, context: Context, read: (schema: Json, context: Context) => SchemaNode): SchemaNode => {
  const { name, namespace } = schema;
  if (typeof name !== 'string') throw new SchemaError('bad-name', context.path);
  const full = fullName(name, typeof namespace === 'string' ? namespace : context.namespace);
  if (context.names.has(full)) throw new SchemaError('doubled-name', context.path);
  context.names.set(full, null);
  const node = read(schema, { ...context, namespace: full.slice(0, Math.max(0, full.lastIndexOf('.'))) });
  context.names.set(full, node);
  return node;
};

const record = (schema: Json, context: Context): SchemaNode => {
  const fields = new Map<string, SchemaNode>();
  for (const field of Array.isArray(schema['fields']) ? schema['fields'] : []) {
    const name: unknown = isObject(field) ? (field['json'] ?? field['name']) : undefined;
    if (typeof name !== 'string' || !isSegment(name)) throw new SchemaError('bad-name', context.path);
    if (fields.has(name)) throw new SchemaError('doubled-name', context.path);
    fields.set(name, build(field.type, { ...context, path: context.path === '' ? name : `${context.path}.${name}` }));
  }
  return { kind: 'record', optional: false, fields };
};

/** A name that can be one segment of a path and nothing else. */
const isSegment = (name: string): boolean => name !== '' && !/[.[\]\p{Cc}]/u.test(name);

/** Scalars of a union are one node; records, arrays and maps beside them stay apart, so that all of their paths are known. */
const union = (branches: readonly unknown[], context: Context): SchemaNode => {
  const nodes = branches.map((branch) => build(branch, context)).flatMap((node) => (node.kind === 'union' ? node.branches : [node]));
  const optional = nodes.some((node) => node.optional);
  const types: string[] = [];
  const symbols: string[] = [];
  const parts: SchemaNode[] = [];
  for (const node of nodes) {
    if (node.kind !== 'scalar') parts.push(node);
    else {
      types.push(...node.types);
      symbols.push(...node.symbols);
    }
  }
  if (types.length > 0 || parts.length === 0) parts.unshift(scalar([...new Set(types)], symbols));
  return parts.length === 1 ? { ...parts[0], optional } : { kind: 'union', optional, branches: parts };
};

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
