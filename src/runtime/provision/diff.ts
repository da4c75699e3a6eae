import type { AclRule, TopicState } from '../log/kafka/admin.ts';
import { APPEND_TIME, type TopicSpec } from './specs.ts';

/** What has to be done, and what stands in the way. */
export interface Difference {
  readonly create: readonly TopicSpec[];
  readonly keep: readonly TopicSpec[];
  readonly allow: readonly AclRule[];
  /** Topics that cannot be used as they are; nothing is done while there is one. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
}

const FOREVER = -1;

const retentionOf = ({ settings }: TopicState): number => {
  const told = Number(settings['retention.ms'] ?? FOREVER);
  return told === FOREVER ? Number.POSITIVE_INFINITY : told;
};

const isCompacted = ({ settings }: TopicState): boolean => (settings['cleanup.policy'] ?? 'delete').includes('compact');

/** What is wrong with a topic that exists. Longer retention than the policy's is as wrong as shorter than a restart needs. */
export const problemsOf = (spec: TopicSpec, actual: TopicState): Problem[] => {
  const problems: Problem[] = [];
  const wrong = (setting: string, expected: string): void => void problems.push({ topic: spec.name, setting, expected });
  const wanted = spec.settings['retention.ms'];
  if (spec.kind === 'source') {
    const type = 'message.timestamp.type';
    if (actual.settings[type] !== APPEND_TIME[type]) wrong(type, APPEND_TIME[type]);
    if (isCompacted(actual)) wrong('cleanup.policy', 'delete');
    if (retentionOf(actual) < Number(wanted)) wrong('retention.ms', `at least ${wanted}`);
    return problems;
  }
  if (spec.kind !== 'view' && actual.partitions !== spec.partitions) wrong('partitions', String(spec.partitions));
  if (spec.settings['cleanup.policy'] === 'compact' && !isCompacted(actual)) wrong('cleanup.policy', 'compact');
  if (wanted === undefined) return problems;
  if (isCompacted(actual)) wrong('cleanup.policy', 'delete');
  if (spec.kind === 'held' ? retentionOf(actual) < Number(wanted) : retentionOf(actual) > Number(wanted))
    wrong('retention.ms', spec.kind === 'held' ? `at least ${wanted}` : `at most ${wanted}`);
  return problems;
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
  return {
    create: specs.filter(({ name }) => !byName.has(name)),
    keep: specs.filter(({ name }) => byName.has(name)),
    allow: [...new Map(rules.map((rule) => [ruleName(rule), rule])).values()].filter((rule) => !have.has(ruleName(rule))),
    problems: specs.flatMap((spec) => {
      const topic = byName.get(spec.name);
      return topic === undefined ? [] : problemsOf(spec, topic);
    }),
  };
};

/** Names of the settings that are looked at. */
export const SETTINGS = ['cleanup.policy', 'retention.ms', 'message.timestamp.type'] as const;
