import avro from 'avsc';
import type { SourceSchema } from '../model/plan.ts';
import { fingerprintOf } from './avro-canonical.ts';

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

/** Full name of a named type (Avro specification, "Names"). */
export const fullName = (schema: AvroNamed, enclosing: string): string => {
  const name = schema.name ?? '';
  if (name.includes('.')) return name;
  const namespace = schema.namespace ?? enclosing;
  return namespace === '' ? name : `${namespace}.${name}`;
};

export const namespaceOf = (full: string): string => full.slice(0, Math.max(0, full.lastIndexOf('.')));

/** What a name stands for: a name without dots is of the namespace around it, or else of none. */
export const lookUp = <T>(names: ReadonlyMap<string, T>, name: string, enclosing: string): T | undefined =>
  (name.includes('.') || enclosing === '' ? undefined : names.get(`${enclosing}.${name}`)) ?? names.get(name);

/** Whether null is a value of a type. */
export const isNullable = (schema: AvroSchema): boolean => {
  if (typeof schema === 'string') return schema === 'null';
  return Array.isArray(schema) ? schema.some(isNullable) : isNullable((schema as AvroNamed).type);
};

/**
 * Compiles the identity of a source schema. Throws when it is no valid Avro schema; the caller drops the reason. avsc judges,
 * and it builds code from what it judges: only schemas that a policy names come here, never one that came with data.
 */
export const compileSourceSchema = (file: string, json: unknown): SourceSchema => {
  avro.Type.forSchema(json as avro.Schema, { wrapUnions: true, registry: {} } as never);
  const id = (json as AvroNamed | null)?.schemaId;
  return { file, id: Number.isInteger(id) ? (id as number) : null, json, fingerprint: fingerprintOf(json) };
};
