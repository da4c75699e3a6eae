/** How to reach the brokers: everything resolved (files read), nothing from the environment. Holds secrets: never print it. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Null: plain text. `ca` null: the system's authorities. */
  readonly tls: { readonly ca: string | null } | null;
  readonly sasl: {
    readonly mechanism: 'scram-sha-512' | 'scram-sha-256' | 'plain';
    readonly username: string;
    readonly password: string;
  } | null;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Names of the topics that unjoin owns, all below one prefix. */
export interface OwnTopics {
  readonly ledger: string;
  readonly held: string;
  readonly quarantine: string;
  readonly lineage: string;
  readonly audit: string;
  readonly control: string;
  view(name: string): string;
}

/** Names as interface.md gives them: `<prefix>view.<view>`, `<prefix>ledger`, ... */
export const ownTopics = (prefix: string): OwnTopics => ({
  ledger: `${prefix}ledger`,
  held: `${prefix}held`,
  quarantine: `${prefix}quarantine`,
  lineage: `${prefix}lineage`,
  audit: `${prefix}audit`,
  control: `${prefix}control`,
  view: (name) => `${prefix}view.${name}`,
});

/**
 * What a schema id of a source record stands for: the index of the schema over all events of the plan, `unknown` (to
 * quarantine), or `unavailable` (the registry cannot say just now: nothing may pass, the task waits).
 */
export type SchemaAnswer = number | 'unknown' | 'unavailable';

/** Resolves Confluent schema ids (5-byte prefix) and GUIDs (header). Answers of a registry come with a delay: ask, await, ask again. */
export interface SchemaResolver {
  id(id: number): SchemaAnswer;
  guid(guid: string): SchemaAnswer;
  /** Settles when every question so far has an answer or has failed for now. */
  settled(): Promise<void>;
}
