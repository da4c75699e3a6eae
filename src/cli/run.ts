import { existsSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Plan } from '../model/plan.ts';
import { isReplaceable } from '../runtime/log/file/sink.ts';
import { missingInputs, runFiles } from '../runtime/run-files.ts';
import type { Summary } from '../runtime/summary.ts';
import { CliError, EXIT } from './exit.ts';
import { issueLines, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { progressOf } from './progress.ts';
import { summaryLines } from './summary.ts';

const EXAMPLES = `
Examples:
  $ unjoin run --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out
  $ unjoin run --policy policies/smart-home.yaml --in a.ndjson b.ndjson --out out --keys keys --format avro
  $ unjoin run --policy policies/phone-telemetry.yaml --in events.ndjson.gz --out out --json
  $ unjoin run -c unjoin.yaml --initialise     # the service on Kafka, for the first time
  $ unjoin run -c unjoin.yaml

Inputs are .ndjson, .ndjson.gz (envelopes or bare events) or .avro container files. The folder after --out appears when the run is
complete and replaces an earlier run there. Without --keys a fresh key ring is made in its keys folder.
`;

interface Flags {
  readonly config?: string;
  readonly initialise?: boolean;
  readonly accept?: readonly string[];
  readonly policy?: string;
  readonly in?: readonly string[];
  readonly out?: string;
  readonly keys?: string;
  readonly controls?: string;
  readonly datasets?: string;
  readonly format: 'ndjson' | 'avro';
  readonly json?: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .description('put events through the gate: files, or Kafka with -c')
    .option('-c, --config <file>', 'run the service on Kafka with this configuration')
    .option('--initialise', 'with -c: the first start; empty ledgers of tasks that never began are beginnings, missing keys are made')
    .option('--accept <digest...>', 'with -c: accept what the policy loosens; unjoin policy diff names the digest')
    .option('--policy <file>', 'the policy: what may leave')
    .option('--in <file...>', 'input files')
    .option('--out <dir>', 'output folder')
    .option('--keys <dir>', 'key ring to use, made when it does not exist; the same ring gives the same releases')
    .option('--controls <file>', 'control log: bindings, consent, erasure, periods; of a policy that names signers')
    .option('--datasets <dir>', 'indexes that unjoin register made; needed when the policy declares datasets')
    .addOption(new Option('--format <format>', 'how views are written').choices(['ndjson', 'avro']).default('ndjson'))
    .option('--json', 'print the summary as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** Refuses inputs that are not there before anything is made. */
export const checkInputs = (inputs: readonly string[]): void => {
  if (missingInputs(inputs).length > 0) {
    throw new CliError('input-missing', EXIT.data, 'input files that exist', 'check the paths after --in');
  }
  if (inputs.some((path) => statSync(path).isDirectory())) {
    throw new CliError('input-is-folder', EXIT.data, 'input files, not folders', 'name the files after --in');
  }
};

/** Refuses an output folder that holds something else than a run, which the run would replace. */
export const checkOut = (out: string): void => {
  if (!isReplaceable(resolve(out))) {
    throw new CliError(
      'out-not-empty',
      EXIT.config,
      'an output folder that is new, empty or an earlier run',
      'name another folder after --out',
    );
  }
};

/** Refuses keys inside the folder that the run replaces: they would be gone with it. */
const checkKeys = (keys: string, out: string): void => {
  const inside = relative(resolve(out), resolve(keys));
  if (inside === '' || !(inside.startsWith('..') || isAbsolute(inside))) {
    throw new CliError('keys-in-out', EXIT.config, 'a key ring outside the output folder', 'name another folder after --keys or --out');
  }
};

/** Refuses a control log that nobody could have signed, or that is not there. */
export const checkControls = (file: string, plan: Plan): void => {
  if (plan.signers.length === 0)
    throw new CliError(
      'controls-without-signers',
      EXIT.config,
      'a policy that names `signers`, whose control records count',
      'add them to the policy, or leave --controls out',
    );
  if (!existsSync(file)) throw new CliError('controls-missing', EXIT.data, 'a control log that exists', 'check the path after --controls');
};

/** Lets a run end at its next step when somebody stops it, so that it cleans up after itself. */
const stoppable = (onStep: (read: number) => void) => {
  let isStopping = false;
  const stop = () => {
    isStopping = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    onStep(read: number): void {
      if (isStopping) throw new CliError('interrupted', EXIT.retry, 'to read all input', 'nothing was released; run it again');
      onStep(read);
    },
    end: () => void process.off('SIGINT', stop).off('SIGTERM', stop),
  };
};

/** The options of a run over files, all of them there. */
type FileFlags = Flags & { readonly policy: string; readonly in: readonly string[]; readonly out: string };

const isFileRun = (flags: Flags): flags is FileFlags => flags.policy !== undefined && flags.in !== undefined && flags.out !== undefined;

/** Digests after --accept, as `policy diff` names them. */
const acceptedDigests = (digests: readonly string[] = []): readonly string[] => {
  if (digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))) return digests;
  throw new CliError('accept-digest', EXIT.config, 'digests of 64 hexadecimal digits after --accept', 'copy them from unjoin policy diff');
};

async function run(flags: Flags): Promise<void> {
  if (flags.config !== undefined) {
    // Commands over files need not load a Kafka client.
    const { serve } = await import('./serve.ts');
    return serve(flags.config, { initialise: flags.initialise === true, accept: acceptedDigests(flags.accept) });
  }
  if (!isFileRun(flags))
    throw new CliError('usage', EXIT.config, 'required options --policy, --in and --out for files, or -c for Kafka', 'unjoin run --help');
  await runOverFiles(flags);
}

async function runOverFiles(flags: FileFlags): Promise<void> {
  const output = outputOf(flags);
  const { plan, warnings } = requirePlan(flags.policy);
  for (const warning of warnings) for (const line of issueLines(warning, output.colors)) output.say(line);
  checkInputs(flags.in);
  checkOut(flags.out);
  if (flags.keys !== undefined) checkKeys(flags.keys, flags.out);
  if (flags.controls !== undefined) checkControls(flags.controls, plan);
  const progress = progressOf('run', 0, 'records');
  const { onStep, end } = stoppable(progress.at);
  let summary: Summary;
  try {
    summary = await runFiles({
      plan,
      inputs: flags.in,
      out: flags.out,
      keys: flags.keys,
      controls: flags.controls,
      datasets: flags.datasets,
      format: flags.format,
      onStep,
    });
  } finally {
    end();
    progress.end();
  }
  for (const line of summaryLines(plan, summary)) output.say(line);
  if (flags.keys === undefined)
    output.say(`A fresh key ring was made in ${flags.out}/keys; move its private keys (*.key) to whoever may read lineage and quarantine.`);
  output.document(summary);
}
