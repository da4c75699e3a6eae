import { Command } from 'commander';
import { loosens } from '../policy/diff.ts';
import { diffPlans } from '../runtime/acceptance.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { sayDiff } from './policy-words.ts';
import { groundOf, type SayFlags, saying, sayRecords } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin policy accept in-force.yaml next.yaml -c unjoin.yaml --why 'a smaller fleet' \\
      --as officer --key a.key --with second --with-key b.key

Says on the control log, with two signers of the policy in force, that what loosens from it to the next is wanted. A service then
takes the next policy. Shows first what that is; --dry-run shows it alone.
`;

interface Flags extends SayFlags {
  readonly why: string;
}

export const acceptCommand = (): Command =>
  saying(new Command('accept').description('accept, with two signers, what loosens from one policy to another'))
    .argument('<before>', 'the policy in force, whose signers count')
    .argument('<after>', 'the policy that is to follow it')
    .requiredOption('--why <text>', 'why it is wanted; it stands in the control log and in the audit')
    .addHelpText('after', EXAMPLES)
    .action(accept);

async function accept(beforeFile: string, afterFile: string, flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const [before, after] = [beforeFile, afterFile].map(requirePlan);
  const of = ({ plan, texts }: typeof before) => ({ digest: plan.digest, texts });
  const diff = diffPlans(of(before), of(after));
  if (diff === null) throw new CliError('policy-refused', EXIT.config, 'two policies that can be read', 'unjoin lint shows what is wrong');
  sayDiff(diff, output);
  if (!loosens(diff.changes)) {
    output.document({ dryRun: flags.dryRun === true, acceptance: null, said: [] });
    return;
  }
  // The signers are those of the policy in force, whatever the configuration names by now.
  const ground = { ...(await groundOf({ policy: beforeFile, ...flags })), plan: before.plan };
  const said = await sayRecords(flags, ground, [{ kind: 'acceptance', acceptance: diff.acceptance, why: flags.why }]);
  output.say(flags.dryRun === true ? 'it would be accepted; nothing was written' : 'accepted');
  output.document({ dryRun: flags.dryRun === true, acceptance: diff.acceptance, said });
}
