import type { ControlLine } from '../control/fold.ts';
import type { Issue } from '../model/issue.ts';
import type { Plan } from '../model/plan.ts';
import type { Change } from '../policy/diff.ts';
import { parsePolicy } from '../policy/parse.ts';
import { type Acceptance, type Border, createBorder, type PlanDiff } from '../runtime/acceptance.ts';
import { readConfig, type ServiceConfig } from '../runtime/config/read.ts';
import { hasAccepters, signedAcceptances } from '../runtime/control/acceptances.ts';
import { kafkaControlLog } from '../runtime/log/kafka/controls.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { openPlanStore, type PlanTexts } from '../runtime/plan-store.ts';
import { CliError, EXIT } from './exit.ts';

/** Where a policy may go from the ones in force. */
export interface Gatehouse {
  readonly border: Border;
  /** Whether what loosens a plan has to be accepted by its signers. */
  needsSigners(before: string): boolean;
  /**
   * Reads again what is accepted: in the configuration, and on the control log for plans in force and for those that were
   * refused before. Refuses a configuration that does not load.
   */
  reread(inForce: readonly string[]): Promise<void>;
}

const ON_COMMAND_LINE = { by: 'command line', why: 'not said' } as const;

/**
 * What the command line accepts holds for the life of the process; what the configuration and the control log accept, until they
 * are read again. A plan that names two who may accept believes them alone, and by its own signers: the next policy could name others.
 */
export const openGatehouse = (
  file: string,
  config: ServiceConfig,
  digests: readonly string[],
  readLines: () => Promise<readonly ControlLine[]> = () => controlLinesOf(config),
): Gatehouse => {
  const store = openPlanStore(config.plans);
  const said = digests.map((digest): Acceptance => ({ digest, ...ON_COMMAND_LINE }));
  const acceptedIn = ({ config: { accept } }: ServiceConfig): readonly Acceptance[] => (accept === undefined ? said : [accept, ...said]);
  let accepted = acceptedIn(config);
  const plans = new Map<string, Plan | null>();
  const planOf = (digest: string): Plan | null => {
    const known = plans.get(digest);
    if (known !== undefined) return known;
    const plan = store.plan(digest);
    // One that is missing may be put back.
    if (plan !== null) plans.set(digest, plan);
    return plan;
  };
  const isSigned = (digest: string): boolean => hasAccepters(planOf(digest));
  const signed = new Map<string, readonly Acceptance[]>();
  const refused = new Set<string>();
  const border = createBorder(store, (before) => (isSigned(before) ? (signed.get(before) ?? []) : accepted));
  return {
    border(before, after) {
      const passage = border(before, after);
      if (!passage.isOpen) refused.add(before);
      return passage;
    },
    needsSigners: isSigned,
    async reread(inForce) {
      const { service, issues } = readConfig(file);
      if (service === null)
        throw new CliError('config-refused', EXIT.config, 'a configuration without errors', 'correct the positions above', issues);
      accepted = acceptedIn(service);
      const wanted = [...new Set([...inForce, ...refused])].filter(isSigned);
      if (wanted.length === 0) return;
      const lines = await readLines();
      for (const digest of wanted) signed.set(digest, signedAcceptances(planOf(digest) as Plan, lines));
    },
  };
};

/** The control log as it stands now. */
export const controlLinesOf = ({ config, settings }: ServiceConfig): Promise<readonly ControlLine[]> =>
  kafkaControlLog(settings, ownTopics(config.topics.prefix).control).lines();

const MAX_ISSUES = 20;

/** What loosens, at its place in the policy file. */
const issuesOf = (changes: readonly Change[], file: string, text: string): readonly Issue[] => {
  const { locate } = parsePolicy(text, file);
  return changes.slice(0, MAX_ISSUES).map(({ code, at, path, words }) => ({
    code,
    severity: 'error',
    file,
    ...locate(at),
    message: `${path}: ${words}`,
    fix: 'put it back, or accept it',
  }));
};

/** Thrown for a policy that loosens without anybody's word. */
export class LoosensError extends CliError {
  readonly changes: number;
  constructor({ changes, acceptance }: PlanDiff, file: string, text: string, needsSigners: boolean) {
    const loose = changes.filter(({ kind }) => kind === 'loosens');
    super(
      'policy-loosens',
      EXIT.config,
      'a policy that shows and joins no more than the one in force, or somebody who accepts that it does',
      needsSigners
        ? `two signers of the policy in force accept ${acceptance}: unjoin policy accept; or put it back`
        : `accept it: \`accept: { digest: ${acceptance}, by: ..., why: ... }\` in the configuration, or --accept ${acceptance}; or put it back`,
      issuesOf(loose, file, text),
    );
    this.changes = loose.length;
  }
}

/** What is asked of a policy that is to follow. */
export interface Newcomer {
  readonly file: string;
  readonly digest: string;
  readonly texts: PlanTexts;
}

/**
 * Refuses a policy that loosens one of those in force without an acceptance; returns how many of them it loosens with one. A
 * policy in force that was not kept can be compared with nothing: its tasks halt as long as nobody has it (`mayMiss`), and a
 * service that runs by it takes no other.
 */
export const requirePassage = (
  { file, digest, texts }: Newcomer,
  inForce: readonly string[],
  { border, needsSigners }: Gatehouse,
  mayMiss: boolean,
): number => {
  let accepted = 0;
  for (const before of inForce) {
    const passage = border(before, digest);
    if (passage.isOpen) accepted += passage.acceptance === null ? 0 : 1;
    else if (passage.diff !== null) throw new LoosensError(passage.diff, file, texts.policy, needsSigners(before));
    else if (!mayMiss)
      throw new CliError(
        'policy-missing',
        EXIT.config,
        `the policy in force, ${before}, in the folder of kept plans: without it nobody can tell what loosens`,
        'put it back there',
      );
  }
  return accepted;
};
