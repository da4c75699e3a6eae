import { createHash } from 'node:crypto';
import type { RecordOf } from '../../control/shape.ts';
import type { AclRule, TopicState } from '../log/kafka/admin.ts';
import type { OwnTopics } from '../log/kafka/settings.ts';
import { isAbout, principalOf } from './access.ts';
import type { ProvisionInput } from './input.ts';
import { topicSpecs } from './specs.ts';

/** What a combined-use period needs of a cluster. */
export interface PeriodNeeds {
  /** Its own topics: one a view, and where subjects can authorise it one more for what leaves of these. */
  readonly create: readonly TopicState[];
  readonly allow: readonly AclRule[];
}

/** Topics of a period's output of a view; without a basis nobody can authorise it. */
const topicsOf = (topics: OwnTopics, view: string, { id, basis }: RecordOf<'period'>): readonly string[] =>
  basis === 'none' ? [topics.period(view, id)] : [topics.period(view, id), topics.authorised(view, id)];

export const periodTopics = (topics: OwnTopics, period: RecordOf<'period'>): readonly string[] =>
  period.views.flatMap((view) => topicsOf(topics, view, period));

const rights = (principal: string, name: string, ...operations: AclRule['operation'][]): AclRule[] =>
  operations.map((operation) => ({ principal, resource: 'topic', name, isPrefix: false, operation }));

/** Topics like those of the views in scope, which the service writes and only the declared consumers read. */
export const periodNeeds = (input: ProvisionInput, period: RecordOf<'period'>): PeriodNeeds => {
  const { topics, principals } = input;
  const specs = topicSpecs(input);
  const create = period.views.flatMap((view) => {
    const spec = specs.find(({ name }) => name === topics.view(view));
    if (spec === undefined) return [];
    return topicsOf(topics, view, period).map((name) => ({ name, partitions: spec.partitions, settings: spec.settings }));
  });
  const allow = create.flatMap(({ name }) => [
    ...rights(principals.service, name, 'write', 'describe', 'describe-configs'),
    ...period.consumers.flatMap((consumer) => rights(principalOf(input, consumer), name, 'read', 'describe')),
    ...principals.auditors.flatMap((auditor) => rights(auditor, name, 'read', 'describe', 'describe-configs')),
  ]);
  return { create, allow };
};

const READS: readonly AclRule['operation'][] = ['read', 'all'];

/** What the broker's access lists say of a period: who can read what its consumers must not have beside it. */
export interface Evidence {
  /** Rights by which declared consumers can read an ordinary topic of a view in scope. None: the period may become active. */
  readonly readers: readonly AclRule[];
  /** Rights by which anybody but declared consumers and auditors can read an authorised topic of the period. None, likewise. */
  readonly strangers: readonly AclRule[];
  /** SHA-256 over every right on these topics, hex: what was looked at. */
  readonly digest: string;
}

const textOf = ({ principal, resource, name, isPrefix, operation }: AclRule): string =>
  JSON.stringify([principal, resource, name, isPrefix, operation]);

export const evidenceOf = (input: ProvisionInput, period: RecordOf<'period'>, known: readonly AclRule[]): Evidence => {
  const ordinary = period.views.map((view) => input.topics.view(view));
  const authorised = period.basis === 'none' ? [] : period.views.map((view) => input.topics.authorised(view, period.id));
  const aboutAny = (topics: readonly string[]): readonly AclRule[] =>
    known.filter((rule) => rule.resource === 'topic' && topics.some((topic) => isAbout(rule, topic)));
  const consumers = period.consumers.map((consumer) => principalOf(input, consumer));
  const about = aboutAny([...ordinary, ...authorised]);
  const readersOf = (topics: readonly string[], isMeant: (principal: string) => boolean): readonly AclRule[] =>
    aboutAny(topics).filter(({ principal, operation }) => isMeant(principal) && READS.includes(operation));
  const may = new Set([...consumers, ...input.principals.auditors]);
  return {
    readers: readersOf(ordinary, (principal) => [...consumers, 'User:*'].includes(principal)),
    strangers: readersOf(authorised, (principal) => !may.has(principal)),
    digest: createHash('sha256').update(about.map(textOf).sort().join('\n')).digest('hex'),
  };
};
