import type { Plan } from '../../model/plan.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { TopicState } from '../log/kafka/admin.ts';
import type { ProvisionInput } from './input.ts';

/** What a topic is for: it decides what about it is checked. */
export interface TopicSpec extends TopicState {
  readonly kind: 'source' | 'view' | 'ledger' | 'held' | 'record' | 'control';
}

/** Longest lag that a restart may have to read again. */
const LAG_MS = DAY_MS;

export const APPEND_TIME = { 'message.timestamp.type': 'LogAppendTime' } as const;

const longestWindowMs = ({ views }: Plan): number => Math.max(...views.map(({ windowMs }) => windowMs));

const deleted = (retentionMs: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs) });

/** What Kafka takes for no limit. */
const FOREVER_MS = -1;

const SHARE = 24;

/**
 * Brokers delete whole segments, and only closed ones: by their default of a week a record would live a week longer than
 * the policy says. So segments are closed after a small share of the retention.
 */
const segmentMs = (retentionMs: number): number => Math.min(DAY_MS, Math.max(HOUR_MS, Math.round(retentionMs / SHARE)));

const expiring = (retentionMs: number) => ({ ...deleted(retentionMs), 'segment.ms': String(segmentMs(retentionMs)) });

/**
 * A record of up to 16 MiB may come out of a small packed batch. Sealed, as text, it has a third more; quarantine must take it,
 * for a record that nothing can be done with would stop its task for good.
 */
export const QUARANTINE_RECORDS = { 'max.message.bytes': String(24 << 20) } as const;

/** With three copies a record is acknowledged when two brokers have it. */
const copies = ({ replication }: ProvisionInput): Readonly<Record<string, string>> =>
  replication !== null && replication >= 3 ? { 'min.insync.replicas': '2' } : {};

/** Topics with their settings: what the gate needs, and how long the policy lets things be kept. */
export const topicSpecs = (input: ProvisionInput): TopicSpec[] => {
  const { plan, topics, tasks, retention } = input;
  const keepMs = longestWindowMs(plan) + LAG_MS;
  const spec = (kind: TopicSpec['kind'], name: string, partitions: number, settings: TopicState['settings']): TopicSpec => ({
    kind,
    name,
    partitions,
    settings: { ...settings, ...copies(input) },
  });
  return [
    ...Object.values(input.sources).map((name) => spec('source', name, input.sourcePartitions, { ...deleted(keepMs), ...APPEND_TIME })),
    ...plan.views.map(({ name, retentionMs }) => spec('view', topics.view(name), input.viewPartitions, expiring(retentionMs))),
    spec('ledger', topics.ledger, tasks, { 'cleanup.policy': 'compact' }),
    spec('held', topics.held, tasks, expiring(keepMs)),
    spec('record', topics.quarantine, tasks, { ...expiring(retention.quarantineMs), ...QUARANTINE_RECORDS }),
    spec('record', topics.lineage, tasks, expiring(retention.lineageMs)),
    spec('record', topics.audit, tasks, expiring(retention.auditMs)),
    // Every record counts for good, and in its order: none is ever deleted.
    spec('control', topics.control, 1, { ...deleted(FOREVER_MS), ...APPEND_TIME }),
  ];
};
