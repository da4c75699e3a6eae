import type { Plan } from '../../model/plan.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { AclRule, TopicState } from '../log/kafka/admin.ts';
import type { OwnTopics } from '../log/kafka/settings.ts';

/** What provisioning looks at. */
export interface ProvisionInput {
  readonly plan: Plan;
  readonly topics: OwnTopics;
  /** Topic by event type. */
  readonly sources: Readonly<Record<string, string>>;
  readonly group: string;
  readonly tasks: number;
  readonly sourcePartitions: number;
  readonly viewPartitions: number;
  readonly principals: { readonly service: string; readonly gateways: readonly string[] };
}

/** What a topic is for: it decides what about it is checked. */
export interface TopicSpec extends TopicState {
  readonly kind: 'source' | 'view' | 'ledger' | 'held' | 'record';
}

/** Longest lag that a restart may have to read again. */
const LAG_MS = DAY_MS;
/** Quarantine satisfies erasure by its expiry (spec, section 6). */
const QUARANTINE_MS = 72 * HOUR_MS;
const AUDIT_MS = 365 * DAY_MS;

export const APPEND_TIME = { 'message.timestamp.type': 'LogAppendTime' } as const;

const longestWindowMs = ({ views }: Plan): number => Math.max(...views.map(({ windowMs }) => windowMs));

const deleted = (retentionMs: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs) });

/** Topics with their settings: what the gate needs, and how long the policy lets things be kept. */
export const topicSpecs = (input: ProvisionInput): TopicSpec[] => {
  const { plan, topics, tasks } = input;
  const keepMs = longestWindowMs(plan) + LAG_MS;
  const record = (name: string, retentionMs: number): TopicSpec => ({
    kind: 'record',
    name,
    partitions: tasks,
    settings: deleted(retentionMs),
  });
  return [
    ...Object.values(input.sources).map(
      (name): TopicSpec => ({
        kind: 'source',
        name,
        partitions: input.sourcePartitions,
        settings: { ...deleted(keepMs), ...APPEND_TIME },
      }),
    ),
    ...plan.views.map(
      ({ name, retentionMs }): TopicSpec => ({
        kind: 'view',
        name: topics.view(name),
        partitions: input.viewPartitions,
        settings: deleted(retentionMs),
      }),
    ),
    { kind: 'ledger', name: topics.ledger, partitions: tasks, settings: { 'cleanup.policy': 'compact' } },
    { kind: 'held', name: topics.held, partitions: tasks, settings: deleted(keepMs) },
    record(topics.quarantine, QUARANTINE_MS),
    record(topics.lineage, AUDIT_MS),
    record(topics.audit, AUDIT_MS),
    { kind: 'record', name: topics.control, partitions: 1, settings: { 'cleanup.policy': 'compact' } },
  ];
};

/** Rights: gateways write sources, the service reads them and writes what is its own, each consumer reads its views and nothing else. */
export const aclRules = (input: ProvisionInput): AclRule[] => {
  const { plan, topics, group, principals } = input;
  const on =
    (principal: string, resource: AclRule['resource'], name: string, isPrefix = false) =>
    (...operations: AclRule['operation'][]): AclRule[] =>
      operations.map((operation) => ({ principal, resource, name, isPrefix, operation }));
  const { service } = principals;
  const sources = Object.values(input.sources);
  const own = [topics.quarantine, topics.lineage, topics.audit, ...plan.views.map(({ name }) => topics.view(name))];
  return [
    ...principals.gateways.flatMap((gateway) => sources.flatMap((name) => on(gateway, 'topic', name)('write', 'describe'))),
    ...sources.flatMap((name) => on(service, 'topic', name)('read', 'describe', 'describe-configs')),
    ...own.flatMap((name) => on(service, 'topic', name)('write', 'describe', 'describe-configs')),
    ...[topics.ledger, topics.held].flatMap((name) => on(service, 'topic', name)('read', 'write', 'describe', 'describe-configs')),
    ...on(service, 'topic', topics.control)('read', 'describe', 'describe-configs'),
    ...on(service, 'group', group)('read', 'describe'),
    ...on(service, 'transactional-id', `${group}-task-`, true)('write', 'describe'),
    ...plan.views.flatMap(({ name, consumers }) =>
      consumers.flatMap((consumer) => [
        ...on(`User:${consumer}`, 'topic', topics.view(name))('read', 'describe'),
        ...on(`User:${consumer}`, 'group', consumer, true)('read'),
      ]),
    ),
  ];
};
