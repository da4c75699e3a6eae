import { Command } from 'commander';
import { loadPlan } from '../runtime/policy-files.ts';
import { EXIT } from './exit.ts';
import { issueLines, outputOf } from './output.ts';
import { checkPolicyPath } from './policy.ts';

const EXAMPLES = `
Examples:
  $ unjoin lint policies/smart-home.yaml
  $ unjoin lint --json policies/smart-home.yaml

Ends with 78 when a policy has an error; warnings alone end with 0.
`;

export function lintCommand(): Command {
  return new Command('lint')
    .description('check policies, the schemas and the ladders that they name, without any data')
    .argument('<policy...>', 'policy files')
    .option('--json', 'print the issues as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(lint);
}

function lint(files: readonly string[], flags: { readonly json?: boolean }): void {
  const output = outputOf(flags);
  for (const file of files) checkPolicyPath(file);
  const issues = files.flatMap((file) => loadPlan(file).issues);
  const errors = issues.filter((issue) => issue.severity === 'error').length;
  for (const issue of issues) for (const line of issueLines(issue, output.colors)) output.say(line);
  output.say(`${errors} error${errors === 1 ? '' : 's'}, ${issues.length - errors} warning${issues.length - errors === 1 ? '' : 's'}`);
  output.document({ issues, errors });
  if (errors > 0) process.exitCode = EXIT.config;
}
