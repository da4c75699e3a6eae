import { readFileSync } from 'node:fs';
import type { Plan } from '../../model/plan.ts';
import { DEFAULT_OWN_RETENTION_MS } from '../../policy/defaults.ts';
import { parseDuration } from '../../policy/duration.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { ServiceConfig } from '../config/read.ts';
import { type OwnTopics, ownTopics } from '../log/kafka/settings.ts';

/** What provisioning looks at. */
export interface ProvisionInput {
  readonly plan: Plan;
  readonly topics: OwnTopics;
  /** What the names of all our own topics begin with. */
  readonly prefix: string;
  /** Topic by event type. */
  readonly sources: Readonly<Record<string, string>>;
  readonly group: string;
  readonly tasks: number;
  readonly sourcePartitions: number;
  readonly viewPartitions: number;
  /** Null: the cluster's default. */
  readonly replication: number | null;
  readonly retention: Retention;
  readonly principals: {
    readonly service: string;
    readonly gateways: readonly string[];
    readonly auditors: readonly string[];
    readonly officers: readonly string[];
    /** By consumer; one that is not named here is `User:<consumer>`. */
    readonly consumers: Readonly<Record<string, string>>;
  };
}

/** How long what unjoin keeps for itself may live. */
export interface Retention {
  readonly quarantineMs: number;
  readonly lineageMs: number;
  readonly auditMs: number;
}

const { quarantine, lineage, audit } = DEFAULT_OWN_RETENTION_MS;
export const RETENTION: Retention = { quarantineMs: quarantine, lineageMs: lineage, auditMs: audit };

/** As the policy says it, which the plan does not carry: the gate has no use for it. */
export const retentionOf = (policyText: string): Retention => {
  const told = parsePolicy(policyText, '').policy?.retention ?? {};
  const ms = (duration: string | undefined, otherwise: number): number => (duration === undefined ? otherwise : parseDuration(duration));
  return {
    quarantineMs: ms(told.quarantine, RETENTION.quarantineMs),
    lineageMs: ms(told.lineage, RETENTION.lineageMs),
    auditMs: ms(told.audit, RETENTION.auditMs),
  };
};

/** What provisioning and start-up look at, from a configuration and its plan. */
export const provisionInput = ({ config, settings, policy }: ServiceConfig, plan: Plan): ProvisionInput => {
  const { topics, tasks, kafka, principals } = config;
  return {
    plan,
    topics: ownTopics(topics.prefix),
    prefix: topics.prefix,
    sources: topics.sources,
    group: kafka.group,
    tasks,
    sourcePartitions: topics.sourcePartitions,
    viewPartitions: topics.viewPartitions,
    replication: topics.replication,
    retention: retentionOf(readFileSync(policy, 'utf8')),
    principals: {
      ...principals,
      service: principals.service ?? (settings.sasl === null ? 'User:ANONYMOUS' : `User:${settings.sasl.username}`),
    },
  };
};
