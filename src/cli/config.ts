import type { Issue } from '../model/issue.ts';
import type { Plan } from '../model/plan.ts';
import { checkAgreement, readConfig, type ServiceConfig } from '../runtime/config/read.ts';
import { foreignIds } from '../runtime/service/schemas.ts';
import { withTopics } from '../runtime/service/topics.ts';
import { CliError, EXIT } from './exit.ts';
import { type LoadedPlan, requirePlan } from './policy.ts';

const isError = ({ severity }: Issue): boolean => severity === 'error';

/** Secret files that others can open are a matter of rights; everything else of the configuration. */
export const exitOfIssues = (issues: readonly Issue[]): typeof EXIT.denied | typeof EXIT.config =>
  issues.filter(isError).every(({ code }) => code === 'config-secret-mode') ? EXIT.denied : EXIT.config;

const refuse = (issues: readonly Issue[]): never => {
  throw new CliError('config-refused', exitOfIssues(issues), 'a configuration without errors', 'correct the positions above', issues);
};

/** A folder's schema ids must mean to gateways what they mean to the policy; a registry says itself what its ids mean. */
const checkSchemas = ({ schemas }: ServiceConfig, plan: Plan): void => {
  if (schemas.kind === 'registry') return;
  const [foreign] = foreignIds(schemas.dir, plan);
  if (foreign !== undefined)
    throw new CliError(
      'schema-foreign',
      EXIT.config,
      `the schema ${foreign} of the policy in the folder of schemas.dir`,
      'copy it there, or correct its `schemaId`',
    );
};

/**
 * Reads the policy that a configuration names, its topics being those of their event types, and holds it against the
 * configuration; every issue is said, and 78.
 */
export const requirePolicyOf = (service: ServiceConfig, issues: readonly Issue[] = []): LoadedPlan => {
  const loaded = requirePlan(service.policy);
  const all = [...issues, ...checkAgreement(service, loaded.plan)];
  if (all.some(isError)) refuse(all);
  checkSchemas(service, loaded.plan);
  return { ...loaded, plan: withTopics(loaded.plan, service.config.topics.sources), warnings: all };
};

/** Reads a configuration and the policy that it names, for a command that needs both; every issue is said, and 78 or 77. */
export const requireConfig = (file: string): LoadedPlan & { readonly service: ServiceConfig } => {
  const { service, issues } = readConfig(file);
  if (service === null) return refuse(issues);
  return { service, ...requirePolicyOf(service, issues) };
};
