import { accessSync, constants, statSync } from 'node:fs';
import type { Issue } from '../model/issue.ts';
import type { Plan } from '../model/plan.ts';
import type { PlanTexts } from '../runtime/plan-store.ts';
import { loadPlan } from '../runtime/policy-files.ts';
import { CliError, EXIT } from './exit.ts';

export interface LoadedPlan {
  readonly plan: Plan;
  /** Text of the policy file, for the checker, which compiles nothing. */
  readonly text: string;
  /** It and everything that its digest covers. */
  readonly texts: PlanTexts;
  readonly warnings: readonly Issue[];
}

const isReadableFile = (file: string): boolean => {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** Refuses a policy path that is no file. */
export const checkPolicyPath = (file: string): void => {
  if (!isReadableFile(file))
    throw new CliError('policy-missing', EXIT.config, 'a policy file that exists and can be read', 'check the path');
};

/** Compiles a policy for a command that needs a plan; every issue is said and the command ends with 78. */
export const requirePlan = (file: string): LoadedPlan => {
  checkPolicyPath(file);
  const { plan, issues, text, texts } = loadPlan(file);
  if (plan === null) {
    throw new CliError(
      'policy-refused',
      EXIT.config,
      'a policy without errors',
      'correct the positions above; unjoin lint shows them again',
      issues,
    );
  }
  return { plan, text, texts, warnings: issues };
};
