import avro from 'avsc';
import { createHash } from 'node:crypto';
import type { SourceSchema } from '../model/plan.ts';

/** An Avro schema as parsed JSON: what the specification calls a schema, before any library saw it. */
export type AvroSchema = string | readonly AvroSchema[] | AvroNamed;

export interface AvroNamed {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly namespace?: string;
  readonly fields?: readonly AvroField[];
  readonly symbols?: readonly string[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly size?: number;
  readonly logicalType?: string;
  readonly schemaId?: number;
}

export interface AvroField {
  readonly name: string;
  /** Name of the member in JSON when it is no Avro name (`$uuid`). */
  readonly json?: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
}

/** Name of a field in JSON: its alias, or its own name. */
export const jsonName = (field: AvroField): string => field.json ?? field.name;

/** Named types of a schema while it is compiled; a name may be used before its type is done (recursion). */
export type Names<T> = Map<string, { compiled: T | null }>;

/** Full name of a named type (Avro specification, "Names"). */
export const fullName = (schema: AvroNamed, enclosing: string): string => {
  const name = schema.name ?? '';
  if (name.includes('.')) return name;
  const namespace = schema.namespace ?? enclosing;
  return namespace === '' ? name : `${namespace}.${name}`;
};

export const namespaceOf = (full: string): string => full.slice(0, Math.max(0, full.lastIndexOf('.')));

/** The avsc type of a plan's schema. Unions are never wrapped, so that values look like their JSON. */
export const avroType = (json: unknown): avro.Type => avro.Type.forSchema(json as avro.Schema, { wrapUnions: 'never', registry: {} } as never);

/** Fingerprint of a schema: SHA-256 of its canonical form (parsing canonical form of the specification). */
export const fingerprintOf = (json: unknown): string => {
  const canonical = (avroType(json) as unknown as { schema(): unknown }).schema();
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 16);
};

/** Compiles the identity of a source schema. Throws when it is no valid Avro schema; the caller drops the reason. */
export const compileSourceSchema = (file: string, json: unknown): SourceSchema => {
  const id = (json as AvroNamed | null)?.schemaId;
  return { file, id: Number.isInteger(id) ? (id as number) : null, json, fingerprint: fingerprintOf(json) };
};
