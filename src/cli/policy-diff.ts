import { Command } from 'commander';
import type { ChangeGroup } from '../policy/diff/codes.ts';
import { type Change, loosens } from '../policy/diff.ts';
import { diffPlans, type PlanDiff } from '../runtime/acceptance.ts';
import { CliError, EXIT } from './exit.ts';
import { type Output, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';

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
  return new Command('policy').description('what policies say').addCommand(diff);
}

/** Headings in the order in which an officer asks. */
const HEADINGS: readonly (readonly [group: ChangeGroup, heading: string])[] = [
  ['visible', 'Newly visible'],
  ['joinable', 'Newly joinable'],
  ['looser', 'Otherwise looser'],
  ['tighter', 'Tighter'],
  ['neither', 'Neither'],
];

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

/** What people read: grouped changes, then what it comes to. */
const sayDiff = ({ before, after, changes, acceptance }: PlanDiff, { say, colors }: Output): void => {
  if (changes.length === 0) {
    say(before === after ? 'The two are the same.' : 'The two mean the same: only comments or the order of keys differ.');
    return;
  }
  for (const [group, heading] of HEADINGS) {
    const told = changes.filter((change) => change.group === group);
    if (told.length === 0 && group === 'neither') continue;
    say(colors.bold(`${heading}: ${told.length === 0 ? 'nothing' : told.length}`));
    for (const line of told.flatMap(changeLines)) say(`  ${line}`);
  }
  const count = changes.filter(({ kind }) => kind === 'loosens').length;
  const what = colors.red(`${count} ${count === 1 ? 'change loosens' : 'changes loosen'}`);
  say(
    count === 0 ? '\nNothing loosens.' : `\n${what}; a service takes the policy only when somebody accepts that:\nacceptance ${acceptance}`,
  );
};

const changeLines = ({ code, path, words }: Change): readonly string[] => [`${path} (${code})`, `  ${words}`];
