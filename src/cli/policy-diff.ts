import { Command } from 'commander';
import { loosens } from '../policy/diff.ts';
import { diffPlans } from '../runtime/acceptance.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { acceptCommand } from './policy-accept.ts';
import { sayDiff } from './policy-words.ts';

const EXAMPLES = `
Examples:
  $ unjoin policy diff policies/smart-home.yaml next/smart-home.yaml
  $ unjoin policy diff --json policies/smart-home.yaml next/smart-home.yaml

Says in words what the second policy shows, joins or protects otherwise than the first, with their schemas and ladders. Ends with 1
when something loosens, so that a pipeline can stop there; with 0 when nothing does; with 78 when a policy does not load.
The last line names the digest by which somebody accepts what loosens: see docs/policy.md.
`;

export function policyCommand(): Command {
  const diff = new Command('diff')
    .description('what becomes newly visible, newly joinable, looser or tighter from one policy to another')
    .argument('<before>', 'the policy in force')
    .argument('<after>', 'the policy that is to follow it')
    .option('--json', 'print the changes as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(policyDiff);
  return new Command('policy').description('what policies say').addCommand(diff).addCommand(acceptCommand());
}

function policyDiff(beforeFile: string, afterFile: string, flags: { readonly json?: boolean }): void {
  const output = outputOf(flags);
  const [before, after] = [beforeFile, afterFile].map((file) => {
    const { plan, texts } = requirePlan(file);
    return { digest: plan.digest, texts };
  });
  const diff = diffPlans(before, after);
  if (diff === null) throw new CliError('policy-refused', EXIT.config, 'two policies that can be read', 'unjoin lint shows what is wrong');
  sayDiff(diff, output);
  const changes = diff.changes.map(({ at: _, ...change }) => change);
  output.document({ ...diff, changes, loosens: loosens(diff.changes) });
  if (loosens(diff.changes)) process.exitCode = EXIT.failed;
}
