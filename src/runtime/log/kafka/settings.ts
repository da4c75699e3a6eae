import type { PeriodOutput } from '../../../model/output.ts';

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
  /** What a view releases while a combined-use period is active. */
  period(view: string, id: string): string;
  /** What leaves of subjects who authorised that period. */
  authorised(view: string, id: string): string;
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
  period: (view, id) => `${prefix}view.${view}.period.${id}`,
  authorised: (view, id) => `${prefix}view.${view}.period.${id}.authorised`,
});

/** The topic of an output of a view; null: its own. */
export const outputTopic = (topics: OwnTopics, view: string, output: PeriodOutput | null): string => {
  if (output === null) return topics.view(view);
  return output.authorised ? topics.authorised(view, output.period) : topics.period(view, output.period);
};
