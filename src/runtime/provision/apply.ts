import type { AclRule, ClusterAdmin } from '../log/kafka/admin.ts';
import { aclRules, excessRules, revocable } from './access.ts';
import { type Difference, differenceOf, SETTINGS } from './diff.ts';
import type { ProvisionInput } from './input.ts';
import { topicSpecs } from './specs.ts';

/** What a cluster has against what it should have. */
export interface Survey extends Difference {
  /** Rights that nobody gave; told, and taken away on request. */
  readonly excess: readonly AclRule[];
  /** Those of them that `revoke` may take away. */
  readonly revocable: readonly AclRule[];
  /** Recommended when it is another one; null when we may not see it. */
  readonly sessionTimeoutMs: number | null;
}

/** Brokers that fall silent are noticed after so long; their default of 9 s is longer than a restart should take. */
export const RECOMMENDED_SESSION_MS = 3000;

/** Looks, and changes nothing. */
export const surveyCluster = async (admin: ClusterAdmin, input: ProvisionInput, withAcls: boolean): Promise<Survey> => {
  const specs = topicSpecs(input);
  const actual = await admin.describe(
    specs.map(({ name }) => name),
    SETTINGS,
  );
  const known = withAcls ? await admin.acls() : [];
  const excess = excessRules(input, known);
  const session = await admin.brokerSetting('broker.session.timeout.ms');
  return {
    ...differenceOf(specs, actual, withAcls ? aclRules(input) : [], known),
    excess,
    revocable: revocable(input, excess),
    sessionTimeoutMs: session === null ? null : Number(session),
  };
};

/**
 * Does what a survey found missing, topics before rights. A second run finishes what a first one that failed began. At the
 * end it warms up: a fresh cluster makes its own topics at first use, and the service's first transaction would fail.
 */
export const applySurvey = async (admin: ClusterAdmin, input: ProvisionInput, survey: Survey, withRevoke: boolean): Promise<void> => {
  const { create, change, allow } = survey;
  if (create.length > 0) await admin.create(create, input.replication);
  const topics = new Set(change.map(({ topic }) => topic));
  for (const topic of topics) {
    const own = change.filter((one) => one.topic === topic);
    await admin.change(topic, Object.fromEntries(own.map(({ setting, to }) => [setting, to])));
  }
  if (allow.length > 0) await admin.allow(allow);
  if (withRevoke && survey.revocable.length > 0) await admin.revoke(survey.revocable);
  await admin.warmUp(input.group, `${input.group}-task-warm-up`);
};
