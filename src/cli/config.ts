import type { Plan } from '../model/plan.ts';
import { readConfig, type ServiceConfig } from '../runtime/config/read.ts';
import { CliError, EXIT } from './exit.ts';
import { requirePlan } from './policy.ts';

/** Reads a configuration and the policy that it names, for a command that needs both; every issue is said, and 78. */
export const requireConfig = (file: string): { readonly service: ServiceConfig; readonly plan: Plan } => {
  const { service, issues } = readConfig(file);
  if (service === null)
    throw new CliError('config-refused', EXIT.config, 'a configuration without errors', 'correct the positions above', issues);
  return { service, plan: requirePlan(service.policy).plan };
};
