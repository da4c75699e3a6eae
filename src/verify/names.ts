import { createHash } from 'node:crypto';
import { canonicalSchema, readingOf } from './avro-schema.ts';
import type { KafkaRecord, NamedSchemas, SourceOffset } from './inputs.ts';
import type { Findings } from './report.ts';
import type { Rules } from './rules.ts';

/** How a record names its schema, by Confluent's wire formats: `unreadable` is a header that is none. */
export type Name = number | string | null | 'unreadable';

/** The last header of this name counts: a zero byte and an id, or a one and a GUID. Otherwise a zero byte in front of the value. */
export const nameOf = ({ headers, value }: Pick<KafkaRecord, 'headers' | 'value'>): { name: Name; prefixBytes: number } => {
  const told = headers.filter(({ name }) => name === '__value_schema_id').at(-1)?.value ?? null;
  if (told !== null) {
    const hex = Buffer.from(told).toString('hex');
    const [, id, guid] = /^(?:00([0-9a-f]{8})|01([0-9a-f]{32}))$/.exec(hex) ?? [];
    return { name: guid ?? (id === undefined ? 'unreadable' : Number.parseInt(id, 16) | 0), prefixBytes: 0 };
  }
  if (value === null || value[0] !== 0) return { name: null, prefixBytes: 0 };
  return { name: value.length < 5 ? 'unreadable' : Buffer.from(value).readInt32BE(1), prefixBytes: 5 };
};

/** The parsed schema that a name stands for where a record lies: one of the policy's, or null. */
export type SchemaOf = (name: number | string, at: SourceOffset) => unknown;

export interface Names {
  readonly schemaOf: SchemaOf;
  /** Records so far whose names the service did not know. */
  unknown(): number;
}

const fingerprint = (json: unknown): string => createHash('sha256').update(canonicalSchema(json)).digest('hex').slice(0, 16);

const parsed = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

const offsetIn = (offsets: readonly SourceOffset[], { topic, partition }: SourceOffset): number =>
  offsets.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0;

/** The policy's schema that reads as a text does; null: there is none. */
const matching = (rules: Rules, text: string | null): unknown => {
  const schemas = rules.events.flatMap((event) => event.schemas);
  try {
    const wanted = readingOf(parsed(text));
    return schemas.find(({ json }) => readingOf(json) === wanted)?.json ?? null;
  } catch {
    return null;
  }
};

/**
 * What names stand for in the records of one task. Each name that the service took for a schema of the policy is looked up
 * again: one that the registry has for something else, or not at all, is a violation, and its records should have been
 * quarantined. A name that the service did not know is unknown: nobody can tell any more what the registry said then.
 */
export const readNames = async (rules: Rules, named: NamedSchemas | undefined, findings: Findings): Promise<Names> => {
  const own = rules.events.flatMap((event) => event.schemas);
  const byOwnId = (name: number | string): unknown => own.find(({ id }) => id !== null && id === name)?.json ?? null;
  if (named === undefined) return { schemaOf: byOwnId, unknown: () => 0 };
  const known = new Map<number | string, { readonly json: unknown; readonly from: readonly SourceOffset[] }>();
  for (const { name, schema, from } of named.names) {
    const json = matching(rules, await named.schema(name));
    if (json !== null && fingerprint(json) === schema) known.set(name, { json, from });
    else findings.fail('I5', `schema ${schema}`, 'read by a schema that the registry does not have under that name');
  }
  let unknown = 0;
  const schemaOf: SchemaOf = (name, at) => {
    if (at.offset < offsetIn(named.since, at)) return byOwnId(name);
    const found = known.get(name);
    if (found !== undefined && at.offset >= offsetIn(found.from, at)) return found.json;
    unknown++;
    return null;
  };
  return { schemaOf, unknown: () => unknown };
};
