import { createHash } from 'node:crypto';
import { type AvroNamed, type AvroSchema, fullName, namespaceOf } from './avro-schema.ts';

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

const quote = (text: unknown): string => JSON.stringify(text);

const named = (schema: AvroNamed, enclosing: string): string => {
  const full = fullName(schema, enclosing);
  const head = `{"name":${quote(full)},"type":${quote(schema.type)}`;
  if (schema.type === 'enum') return `${head},"symbols":[${(schema.symbols ?? []).map(quote).join(',')}]}`;
  if (schema.type === 'fixed') return `${head},"size":${Number(schema.size)}}`;
  const fields = (schema.fields ?? []).map(({ name, type }) => `{"name":${quote(name)},"type":${canonicalForm(type, namespaceOf(full))}}`);
  return `${head},"fields":[${fields.join(',')}]}`;
};

/**
 * The parsing canonical form of a schema (Avro specification, "Transforming into Parsing Canonical Form"): two schemas
 * with the same one read the same bytes alike. Throws for what is no schema; builds no code from it.
 */
export const canonicalForm = (schema: AvroSchema, enclosing = ''): string => {
  if (typeof schema === 'string') {
    return quote(PRIMITIVES.has(schema) || schema.includes('.') || enclosing === '' ? schema : `${enclosing}.${schema}`);
  }
  if (Array.isArray(schema)) return `[${schema.map((branch) => canonicalForm(branch, enclosing)).join(',')}]`;
  const complex = schema as AvroNamed;
  switch (complex.type) {
    case 'array':
      return `{"type":"array","items":${canonicalForm(complex.items as AvroSchema, enclosing)}}`;
    case 'map':
      return `{"type":"map","values":${canonicalForm(complex.values as AvroSchema, enclosing)}}`;
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return named(complex, enclosing);
    default:
      return canonicalForm(complex.type, enclosing);
  }
};

/** Fingerprint of a schema: the first 8 bytes of the SHA-256 of its canonical form, in hex. */
export const fingerprintOf = (json: unknown): string =>
  createHash('sha256')
    .update(canonicalForm(json as AvroSchema))
    .digest('hex')
    .slice(0, 16);
