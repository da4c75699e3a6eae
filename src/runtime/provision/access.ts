import type { AclRule } from '../log/kafka/admin.ts';
import type { ProvisionInput } from './input.ts';

type Operation = AclRule['operation'];

const on =
  (principal: string, resource: AclRule['resource'], name: string, isPrefix = false) =>
  (...operations: Operation[]): AclRule[] =>
    operations.map((operation) => ({ principal, resource, name, isPrefix, operation }));

/** Topics that the service writes and never reads. */
const writtenTopics = ({ topics, plan }: ProvisionInput): string[] => [
  topics.quarantine,
  topics.lineage,
  topics.audit,
  ...plan.views.map(({ name }) => topics.view(name)),
];

export const principalOf = ({ principals }: ProvisionInput, consumer: string): string =>
  Object.hasOwn(principals.consumers, consumer) ? principals.consumers[consumer] : `User:${consumer}`;

const serviceRules = (input: ProvisionInput): AclRule[] => {
  const { topics, group, principals } = input;
  const { service } = principals;
  return [
    ...Object.values(input.sources).flatMap((name) => on(service, 'topic', name)('read', 'describe', 'describe-configs')),
    ...writtenTopics(input).flatMap((name) => on(service, 'topic', name)('write', 'describe', 'describe-configs')),
    ...[topics.ledger, topics.held].flatMap((name) => on(service, 'topic', name)('read', 'write', 'describe', 'describe-configs')),
    ...on(service, 'topic', topics.control)('read', 'describe', 'describe-configs'),
    ...on(service, 'group', group)('read', 'describe'),
    ...on(service, 'transactional-id', `${group}-task-`, true)('write', 'describe'),
  ];
};

/**
 * Rights: gateways write sources, the service reads them and writes what is its own, each consumer reads its views and
 * nothing else, officers write the control log, auditors read what `unjoin verify` compares.
 */
export const aclRules = (input: ProvisionInput): AclRule[] => {
  const { plan, topics, principals } = input;
  const sources = Object.values(input.sources);
  const audited = [...sources, topics.ledger, topics.control, ...writtenTopics(input)];
  return [
    ...principals.gateways.flatMap((gateway) => sources.flatMap((name) => on(gateway, 'topic', name)('write', 'describe'))),
    ...serviceRules(input),
    ...principals.officers.flatMap((officer) => on(officer, 'topic', topics.control)('read', 'write', 'describe')),
    ...principals.auditors.flatMap((auditor) =>
      audited.flatMap((name) => on(auditor, 'topic', name)('read', 'describe', 'describe-configs')),
    ),
    ...plan.views.flatMap(({ name, consumers }) =>
      consumers.flatMap((consumer) => [
        ...on(principalOf(input, consumer), 'topic', topics.view(name))('read', 'describe'),
        ...on(principalOf(input, consumer), 'group', consumer, true)('read'),
      ]),
    ),
  ];
};

/** Whether a rule is about a topic of that name, or what names it begins. */
export const isAbout = (rule: AclRule, name: string): boolean =>
  rule.isPrefix ? name.startsWith(rule.name) : rule.name === name || rule.name === '*';

/** What a right brings with it (Kafka's own rule, `AclEntry`). */
const IMPLIED: Readonly<Partial<Record<Operation, readonly Operation[]>>> = {
  describe: ['read', 'write', 'delete', 'alter'],
  'describe-configs': ['alter-configs'],
};

const gives = (rule: AclRule, operation: Operation): boolean =>
  rule.operation === operation || rule.operation === 'all' || IMPLIED[operation]?.includes(rule.operation) === true;

/** Rights that nobody has yet, be it by a wider rule. */
export const lackingRules = (rules: readonly AclRule[], known: readonly AclRule[]): AclRule[] =>
  rules.filter(
    (wanted) =>
      !known.some(
        (rule) =>
          (rule.principal === wanted.principal || rule.principal === 'User:*') &&
          rule.resource === wanted.resource &&
          (!wanted.isPrefix || rule.isPrefix || rule.name === '*') &&
          isAbout(rule, wanted.name) &&
          gives(rule, wanted.operation),
      ),
  );

/** What shows or changes the records of a topic. */
const HARMFUL: readonly Operation[] = ['read', 'write', 'all', 'delete', 'alter-configs'];

/**
 * Rights that exist and that neither the policy nor the configuration gives: of anybody on our own topics, and of a consumer
 * on sources. A consumer that was taken out of the policy is found here.
 */
export const excessRules = (input: ProvisionInput, known: readonly AclRule[]): AclRule[] => {
  const { plan, topics, principals } = input;
  const rules = aclRules(input);
  const own = [topics.ledger, topics.held, topics.control, ...writtenTopics(input)];
  const consumers = new Set(plan.views.flatMap((view) => view.consumers.map((consumer) => principalOf(input, consumer))));
  const isGiven = ({ principal, operation }: AclRule, topic: string): boolean =>
    rules.some((rule) => rule.principal === principal && rule.operation === operation && rule.name === topic);
  return known.filter((rule) => {
    if (rule.resource !== 'topic' || rule.principal === principals.service || !HARMFUL.includes(rule.operation)) return false;
    const watched = consumers.has(rule.principal) ? [...own, ...Object.values(input.sources)] : own;
    return watched.some((topic) => isAbout(rule, topic) && !isGiven(rule, topic));
  });
};

/** Rules that say nothing about topics of others, so that they can be taken away. */
export const revocable = ({ prefix }: ProvisionInput, rules: readonly AclRule[]): AclRule[] =>
  rules.filter(({ name }) => name.startsWith(prefix));
