import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { policyFiles } from '../runtime/policy-files.ts';
import { readRun } from '../runtime/verify-files.ts';
import { formatReport, verifyRun } from '../verify/index.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { checkInputs } from './run.ts';

const EXAMPLES = `
Examples:
  $ unjoin verify --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out
  $ unjoin verify --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out --lineage-key keys/lineage.key --json

One line a statement: pass, fail with a count and the first place, or not applicable. Ends with 1 when one fails.
`;

interface Flags {
  readonly policy: string;
  readonly in: readonly string[];
  readonly out: string;
  readonly keys?: string;
  readonly lineageKey?: string;
  readonly operatorKey?: string;
  readonly second?: string;
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check a run against its input with a program path of its own')
    .requiredOption('--policy <file>', 'the policy of the run')
    .requiredOption('--in <file...>', 'the input files of the run, in the same order')
    .requiredOption('--out <dir>', 'the output folder of the run')
    .option('--keys <dir>', 'key ring of the run (default: <out>/keys)')
    .option('--lineage-key <file>', 'private key of the lineage (default: lineage.key in the key ring)')
    .option('--operator-key <file>', 'private key of the quarantine (default: operator.key in the key ring)')
    .option('--second <dir>', 'a second run of the same input with the same keys: must have released the same')
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(verify);
}

async function verify(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const { text } = requirePlan(flags.policy);
  checkInputs(flags.in);
  for (const folder of [flags.out, ...(flags.second === undefined ? [] : [flags.second])]) {
    if (!existsSync(folder))
      throw new CliError('out-missing', EXIT.data, 'the output folder of a run', 'check the paths after --out and --second');
  }
  const report = await verifyRun({ policyText: text, policyFile: flags.policy, ...policyFiles(flags.policy), ...readRun(flags) });
  for (const line of formatReport(report)) output.say(line);
  output.say(report.ok ? 'pass' : 'fail');
  output.document(report);
  if (!report.ok) process.exitCode = EXIT.failed;
}
