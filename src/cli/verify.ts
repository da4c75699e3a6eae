import { existsSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { policyFiles } from '../runtime/policy-files.ts';
import { basesOf, isDatasetKey, trueDatasets } from '../runtime/verify-datasets.ts';
import { readRun } from '../runtime/verify-files.ts';
import { formatReport, verifyRun } from '../verify/index.ts';
import type { VerifyInputs } from '../verify/inputs.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { checkControls, checkInputs } from './run.ts';

const EXAMPLES = `
Examples:
  $ unjoin verify --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out
  $ unjoin verify --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out --lineage-key keys/lineage.key --json
  $ unjoin verify --policy policy.yaml --in fleet.ndjson.gz --out out --dataset warranty-cards=cards.csv
  $ unjoin verify -c unjoin.yaml --keys keys    # what the service on Kafka has decided so far

One line a statement: pass, fail with a count and the first place, or not applicable. Ends with 1 when one fails.
`;

/** Flags that name a run over files and what opens it. */
export interface RunFlags {
  readonly config?: string;
  readonly policy?: string;
  readonly in?: readonly string[];
  readonly out?: string;
  readonly keys?: string;
  readonly lineageKey?: string;
  readonly operatorKey?: string;
  readonly controls?: string;
  readonly second?: string;
  /** Files of true data by the names of their datasets, and perhaps `@` and the digest of the index. */
  readonly dataset?: ReadonlyMap<string, string>;
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check a run against its input with a program path of its own')
    .option('-c, --config <file>', 'check the service with this configuration, from its topics')
    .option('--policy <file>', 'the policy of the run')
    .option('--in <file...>', 'the input files of the run, in the same order')
    .option('--out <dir>', 'the output folder of the run')
    .option('--keys <dir>', 'key ring of the run (default: <out>/keys)')
    .option('--lineage-key <file>', 'private key of the lineage (default: lineage.key in the key ring)')
    .option('--operator-key <file>', 'private key of the quarantine (default: operator.key in the key ring)')
    .option('--controls <file>', 'the control log of the run')
    .option('--second <dir>', 'a second run of the same input with the same keys: must have released the same')
    .option(
      '--dataset <name=file>',
      'the true data of a registered dataset; NAME@DIGEST=FILE: those of an earlier index; one option a file',
      collectDatasets,
    )
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(verify);
}

/** `NAME=FILE` or `NAME@DIGEST=FILE`, each once. */
const collectDatasets = (given: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
  const [name, ...rest] = given.split('=');
  const file = rest.join('=');
  if (!isDatasetKey(name) || file === '' || before.has(name))
    throw new CliError(
      'usage',
      EXIT.config,
      'NAME=FILE after --dataset, or NAME@DIGEST=FILE with the digest of an index, each once',
      'unjoin verify --help',
    );
  if (!existsSync(file))
    throw new CliError('input-missing', EXIT.data, 'a file of true data that exists', 'check the path after --dataset');
  if (statSync(file).isDirectory())
    throw new CliError('input-is-folder', EXIT.data, 'a file of true data, not a folder', 'name the file after --dataset');
  return new Map([...before, [name, file]]);
};

export const fileInputs = (flags: RunFlags): VerifyInputs => {
  const { policy, in: inputs, out } = flags;
  if (policy === undefined || inputs === undefined || out === undefined)
    throw new CliError('usage', EXIT.config, 'required options --policy, --in and --out: a run over files', 'see --help');
  const { text, plan } = requirePlan(policy);
  checkInputs(inputs);
  if (flags.controls !== undefined) checkControls(flags.controls, plan);
  for (const folder of [out, ...(flags.second === undefined ? [] : [flags.second])]) {
    if (!existsSync(folder))
      throw new CliError('out-missing', EXIT.data, 'the output folder of a run', 'check the paths after --out and --second');
  }
  const datasets = flags.dataset === undefined ? undefined : trueDatasets(text, flags.dataset);
  return {
    policyText: text,
    policyFile: policy,
    ...policyFiles(policy),
    ...readRun({ ...flags, in: inputs, out }),
    datasets,
    bases: basesOf(plan),
  };
};

async function verify(flags: RunFlags): Promise<void> {
  const output = outputOf(flags);
  if (flags.config !== undefined) {
    // Commands over files need not load a Kafka client.
    const { verifyService } = await import('./verify-service.ts');
    return verifyService(flags.config, flags, output);
  }
  const report = await verifyRun(fileInputs(flags));
  for (const line of formatReport(report)) output.say(line);
  output.say(report.ok ? 'pass' : 'fail');
  output.document(report);
  if (!report.ok) process.exitCode = EXIT.failed;
}
