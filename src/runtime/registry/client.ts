import { type Failure, type Http, openHttp, type RegistrySettings, type Reply } from './http.ts';

/** How a record names a schema: an id, or a GUID as 32 hex digits. */
export type SchemaName = number | string;

/** What a registry says, or why it says nothing. */
export type Told<T> = { readonly value: T; readonly failure: null } | { readonly failure: Failure };

/** A schema under a subject. */
export interface Registered {
  readonly id: number;
  readonly version: number | null;
}

/**
 * A Confluent-compatible registry (API of Confluent Schema Registry 7; Apicurio serves it below `/apis/ccompat/v7`), as far
 * as a gate needs it. Nothing throws: what goes wrong is a failure, and its text, which may quote anything, is dropped.
 */
export interface Registry {
  /** Text of the Avro schema that a name stands for; null: there is none, or it is no Avro schema that stands by itself. */
  schema(name: SchemaName): Promise<Told<Found>>;
  /** Where a schema stands under a subject; null: nowhere. */
  lookUp(subject: string, schema: string): Promise<Told<Registered | null>>;
  /** The last schema of a subject; `missing`: it has none. */
  latest(subject: string): Promise<Told<Found>>;
  /** Whether the subject's own rules let a schema follow its last one; a subject without any lets every one. */
  isCompatible(subject: string, schema: string): Promise<Told<boolean>>;
  /** Registers a schema, and gives its id; null: the registry refuses it. */
  register(subject: string, schema: string): Promise<Told<number | null>>;
  /** Whether a registry answers at all. */
  reach(): Promise<Told<true>>;
  close(): void;
}

/** `missing` may be there a moment later; `foreign` stays what it is, for ids are never given twice. */
export type Found = { readonly kind: 'avro'; readonly text: string } | { readonly kind: 'foreign' | 'missing' };

type Fields = Readonly<Record<string, unknown>>;

const GARBAGE = { failure: 'garbage' } as const;
const told = <T>(value: T): Told<T> => ({ value, failure: null });

const fieldsOf = (body: unknown): Fields => (typeof body === 'object' && body !== null ? (body as Fields) : {});

const isId = (id: unknown): id is number => Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 31;

/** A registry says what it does not find by a code of its own; a 404 without one is of a proxy, or of another service. */
const isMissing = (reply: Reply): boolean => {
  if (reply.failure !== null || reply.status !== 404) return false;
  const { error_code: code } = fieldsOf(reply.body);
  return code === 404 || (typeof code === 'number' && code >= 40400 && code < 40500);
};

const foundOf = (reply: Reply): Told<Found> => {
  if (reply.failure !== null) return reply;
  if (isMissing(reply)) return told({ kind: 'missing' });
  const { schema, schemaType = 'AVRO', references = [] } = fieldsOf(reply.body);
  if (reply.status !== 200 || typeof schema !== 'string') return GARBAGE;
  // A schema that stands on others is none of a policy, whose files are whole.
  const isWhole = schemaType === 'AVRO' && Array.isArray(references) && references.length === 0;
  return told(isWhole ? { kind: 'avro', text: schema } : { kind: 'foreign' });
};

const dashed = (guid: string): string => guid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const bodyOf = (schema: string): Fields => ({ schema, schemaType: 'AVRO' });

const reachOf = async (http: Http): Promise<Told<true>> => {
  const reply = await http.send('GET', '/schemas/types');
  if (reply.failure !== null) return reply;
  return reply.status === 200 && Array.isArray(reply.body) && reply.body.includes('AVRO') ? told(true) : GARBAGE;
};

/**
 * Older registries, and Apicurio's, have no GUIDs: they answer 404 without a code. When what answers is a registry all the
 * same, nobody can have registered anything under a GUID there, and the record is at fault, not the registry.
 */
const byGuid = async (http: Http, guid: string): Promise<Told<Found>> => {
  const reply = await http.send('GET', `/schemas/guids/${dashed(guid)}`);
  if (reply.failure !== null || reply.status !== 404 || isMissing(reply)) return foundOf(reply);
  const reached = await reachOf(http);
  return reached.failure === null ? told({ kind: 'missing' }) : reached;
};

export const openRegistry = (settings: RegistrySettings): Registry => {
  const http = openHttp(settings);
  const at = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`;
  return {
    schema: async (name) => (typeof name === 'string' ? byGuid(http, name) : foundOf(await http.send('GET', `/schemas/ids/${name}`))),
    async lookUp(subject, schema) {
      const reply = await http.send('POST', at(subject), bodyOf(schema));
      if (reply.failure !== null) return reply;
      if (isMissing(reply)) return told(null);
      const { id, version } = fieldsOf(reply.body);
      return reply.status === 200 && isId(id) ? told({ id, version: isId(version) ? version : null }) : GARBAGE;
    },
    latest: async (subject) => foundOf(await http.send('GET', `${at(subject)}/versions/latest`)),
    async isCompatible(subject, schema) {
      const reply = await http.send('POST', `/compatibility${at(subject)}/versions/latest`, bodyOf(schema));
      if (reply.failure !== null) return reply;
      if (isMissing(reply)) return told(true);
      const { is_compatible: isCompatible } = fieldsOf(reply.body);
      return reply.status === 200 && typeof isCompatible === 'boolean' ? told(isCompatible) : GARBAGE;
    },
    async register(subject, schema) {
      const reply = await http.send('POST', `${at(subject)}/versions`, bodyOf(schema));
      if (reply.failure !== null) return reply;
      if (reply.status === 409 || reply.status === 422) return told(null);
      const { id } = fieldsOf(reply.body);
      return reply.status === 200 && isId(id) ? told(id) : GARBAGE;
    },
    reach: () => reachOf(http),
    close: http.close,
  };
};
