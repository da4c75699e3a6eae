import { type AvroNamed, type AvroSchema, fullName, lookUp, namespaceOf } from './avro-schema.ts';

const SIZES: Readonly<Record<string, number>> = { null: 0, boolean: 1, int: 1, long: 1, float: 4, double: 8, bytes: 1, string: 1 };

const named = (schema: AvroNamed, enclosing: string, names: Map<string, number>): number => {
  const full = fullName(schema, enclosing);
  // A type inside itself is taken for empty: too small an answer is a true one.
  names.set(full, 0);
  const fields = (schema.fields ?? []).map(({ type }) => smallest(type, namespaceOf(full), names));
  const size = schema.type === 'fixed' ? (schema.size ?? 0) : schema.type === 'enum' ? 1 : fields.reduce((sum, field) => sum + field, 0);
  names.set(full, size);
  return size;
};

const smallest = (schema: AvroSchema, enclosing: string, names: Map<string, number>): number => {
  if (typeof schema === 'string') return Object.hasOwn(SIZES, schema) ? SIZES[schema] : (lookUp(names, schema, enclosing) ?? 0);
  if (Array.isArray(schema)) return 1 + Math.min(...schema.map((branch) => smallest(branch, enclosing, names)));
  const complex = schema as AvroNamed;
  if (complex.type === 'array' || complex.type === 'map') return 1;
  if (complex.name !== undefined && typeof complex.type === 'string') return named(complex, enclosing, names);
  return smallest(complex.type, enclosing, names);
};

/** Bytes that a datum of a schema has at least: what bounds the records that a block can hold, whatever it claims. */
export const smallestDatum = (json: unknown): number => smallest(json as AvroSchema, '', new Map());
