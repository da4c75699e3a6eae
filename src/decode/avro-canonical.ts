import { createHash } from 'node:crypto';
import { type AvroNamed, type AvroSchema, fullName, namespaceOf } from './avro-schema.ts';

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** Logical types that say what a number or its bytes mean (Avro specification, "Logical Types"); others say how to show them. */
const MEANINGS = new Set([
  'decimal',
  'date',
  'time-millis',
  'time-micros',
  'timestamp-millis',
  'timestamp-micros',
  'timestamp-nanos',
  'local-timestamp-millis',
  'local-timestamp-micros',
  'local-timestamp-nanos',
  'duration',
]);

const quote = (text: unknown): string => JSON.stringify(text);

/** What a logical type says, for `readingForm`; the specification's own form leaves it out. */
type TellMeaning = (schema: AvroNamed) => string | null;

const untold: TellMeaning = () => null;

const meaningOf: TellMeaning = (schema) => {
  const { logicalType, precision, scale = 0 } = schema as AvroNamed & { readonly precision?: unknown; readonly scale?: unknown };
  if (logicalType === undefined || !MEANINGS.has(logicalType)) return null;
  return logicalType === 'decimal' ? `decimal(${Number(precision)},${Number(scale)})` : logicalType;
};

const named = (schema: AvroNamed, enclosing: string, tell: TellMeaning): string => {
  const full = fullName(schema, enclosing);
  const head = `{"name":${quote(full)},"type":${quote(schema.type)}`;
  if (schema.type === 'enum') return `${head},"symbols":[${(schema.symbols ?? []).map(quote).join(',')}]}`;
  if (schema.type === 'fixed') return `${head},"size":${Number(schema.size)}}`;
  const fields = (schema.fields ?? []).map(({ name, type }) => `{"name":${quote(name)},"type":${formOf(type, namespaceOf(full), tell)}}`);
  return `${head},"fields":[${fields.join(',')}]}`;
};

const plain = (schema: AvroNamed, enclosing: string, tell: TellMeaning): string => {
  switch (schema.type) {
    case 'array':
      return `{"type":"array","items":${formOf(schema.items as AvroSchema, enclosing, tell)}}`;
    case 'map':
      return `{"type":"map","values":${formOf(schema.values as AvroSchema, enclosing, tell)}}`;
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return named(schema, enclosing, tell);
    default:
      return formOf(schema.type, enclosing, tell);
  }
};

const formOf = (schema: AvroSchema, enclosing: string, tell: TellMeaning): string => {
  if (typeof schema === 'string') {
    return quote(PRIMITIVES.has(schema) || schema.includes('.') || enclosing === '' ? schema : `${enclosing}.${schema}`);
  }
  if (Array.isArray(schema)) return `[${schema.map((branch) => formOf(branch, enclosing, tell)).join(',')}]`;
  const form = plain(schema as AvroNamed, enclosing, tell);
  const meaning = tell(schema as AvroNamed);
  return meaning === null ? form : `{"means":${quote(meaning)},"type":${form}}`;
};

/**
 * The parsing canonical form of a schema (Avro specification, "Transforming into Parsing Canonical Form"): two schemas
 * with the same one read the same bytes alike. Throws for what is no schema; builds no code from it.
 */
export const canonicalForm = (schema: AvroSchema, enclosing = ''): string => formOf(schema, enclosing, untold);

/**
 * What a reader makes of a datum: the canonical form, and what its numbers mean, for the canonical form alone calls milliseconds
 * and microseconds equal. Documentation, defaults, aliases and properties of others change nothing that is read, so
 * schemas that differ in these alone are one. Throws for what is no schema; builds no code from it.
 */
export const readingForm = (schema: AvroSchema): string => formOf(schema, '', meaningOf);

/** Fingerprint of a schema: the first 8 bytes of the SHA-256 of its canonical form, in hex. */
export const fingerprintOf = (json: unknown): string =>
  createHash('sha256')
    .update(canonicalForm(json as AvroSchema))
    .digest('hex')
    .slice(0, 16);
