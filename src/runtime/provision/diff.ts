import type { AclRule, TopicState } from '../log/kafka/admin.ts';
import { APPEND_TIME, type TopicSpec } from './specs.ts';

/** What has to be done, and what stands in the way. */
export interface Difference {
  readonly create: readonly TopicSpec[];
  readonly change: readonly Change[];
  readonly keep: readonly TopicSpec[];
  readonly allow: readonly AclRule[];
  /** Topics that cannot be used as they are; nothing is done while there is one that no change mends. */
  readonly problems: readonly Problem[];
}

/** A setting that can be set at any time: nothing is lost by it, and nothing is kept that should not be. */
export interface Change {
  readonly topic: string;
  readonly setting: string;
  readonly from: string;
  readonly to: string;
}

export interface Problem {
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
  /** The value that would do; null for partitions, which cannot be set. */
  readonly value: string | null;
}

const FOREVER = -1;

const millisOf = ({ settings }: TopicState, setting: string): number => {
  const told = Number(settings[setting] ?? FOREVER);
  return told === FOREVER ? Number.POSITIVE_INFINITY : told;
};

const retentionOf = (topic: TopicState): number => millisOf(topic, 'retention.ms');

const isCompacted = ({ settings }: TopicState): boolean => (settings['cleanup.policy'] ?? 'delete').includes('compact');

const RECORD_BYTES = 'max.message.bytes';

const takesLess = ({ settings }: TopicSpec, actual: TopicState): boolean =>
  Number(actual.settings[RECORD_BYTES] ?? Number.POSITIVE_INFINITY) < Number(settings[RECORD_BYTES] ?? 0);

/** What is wrong with a topic that exists. Longer retention than the policy's is as wrong as shorter than a restart needs. */
export const problemsOf = (spec: TopicSpec, actual: TopicState): Problem[] => {
  const problems: Problem[] = [];
  const wrong = (setting: string, value: string, expected = value): void =>
    void problems.push({ topic: spec.name, setting, expected, value: setting === 'partitions' ? null : value });
  const wanted = spec.settings['retention.ms'];
  if (spec.kind === 'source' || spec.kind === 'control') {
    const type = 'message.timestamp.type';
    if (actual.settings[type] !== APPEND_TIME[type]) wrong(type, APPEND_TIME[type]);
    if (isCompacted(actual)) wrong('cleanup.policy', 'delete');
    if (retentionOf(actual) < retentionOf(spec)) wrong('retention.ms', wanted, spec.kind === 'source' ? `at least ${wanted}` : wanted);
    if (spec.kind === 'control' && actual.partitions !== spec.partitions) wrong('partitions', String(spec.partitions));
    return problems;
  }
  if (spec.kind !== 'view' && actual.partitions !== spec.partitions) wrong('partitions', String(spec.partitions));
  if (spec.settings['cleanup.policy'] === 'compact' && !isCompacted(actual)) wrong('cleanup.policy', 'compact');
  if (takesLess(spec, actual)) wrong(RECORD_BYTES, spec.settings[RECORD_BYTES], `at least ${spec.settings[RECORD_BYTES]}`);
  if (wanted === undefined) return problems;
  if (isCompacted(actual)) wrong('cleanup.policy', 'delete');
  if (spec.kind === 'held' ? retentionOf(actual) < Number(wanted) : retentionOf(actual) > Number(wanted))
    wrong('retention.ms', wanted, spec.kind === 'held' ? `at least ${wanted}` : `at most ${wanted}`);
  return problems;
};

/** What may be set on a topic of ours that exists: segments that end too late, `held` that ends too early, records that are too large. */
export const changesOf = (spec: TopicSpec, actual: TopicState): Change[] => {
  if (spec.kind === 'source' || spec.kind === 'control') return [];
  const changes: Change[] = [];
  const set = (setting: string): void => {
    const to = spec.settings[setting];
    if (to !== undefined) changes.push({ topic: spec.name, setting, from: actual.settings[setting] ?? '(default)', to });
  };
  if (millisOf(actual, 'segment.ms') > Number(spec.settings['segment.ms'])) set('segment.ms');
  if (spec.kind === 'held' && retentionOf(actual) < Number(spec.settings['retention.ms'])) set('retention.ms');
  if (takesLess(spec, actual)) set(RECORD_BYTES);
  return changes;
};

const ruleName = ({ principal, resource, name, isPrefix, operation }: AclRule): string =>
  [principal, resource, name, isPrefix, operation].join(' ');

export const differenceOf = (
  specs: readonly TopicSpec[],
  actual: readonly TopicState[],
  rules: readonly AclRule[],
  known: readonly AclRule[],
): Difference => {
  const byName = new Map(actual.map((topic) => [topic.name, topic]));
  const have = new Set(known.map(ruleName));
  const present = specs.flatMap((spec) => {
    const topic = byName.get(spec.name);
    return topic === undefined ? [] : [{ spec, topic, changes: changesOf(spec, topic) }];
  });
  return {
    create: specs.filter(({ name }) => !byName.has(name)),
    change: present.flatMap(({ changes }) => changes),
    keep: present.filter(({ changes }) => changes.length === 0).map(({ spec }) => spec),
    allow: [...new Map(rules.map((rule) => [ruleName(rule), rule])).values()].filter((rule) => !have.has(ruleName(rule))),
    problems: present.flatMap(({ spec, topic }) => problemsOf(spec, topic)),
  };
};

/** Problems that provisioning must not mend by itself. */
export const standingProblems = ({ problems, change }: Difference): Problem[] =>
  problems.filter(({ topic, setting }) => !change.some((one) => one.topic === topic && one.setting === setting));

/** Names of the settings that are looked at. */
export const SETTINGS = ['cleanup.policy', 'retention.ms', 'segment.ms', 'message.timestamp.type', RECORD_BYTES] as const;
