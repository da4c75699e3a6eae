import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { DatasetPlan } from '../model/dataset.ts';
import { DatasetError } from '../model/dataset-error.ts';
import type { Plan } from '../model/plan.ts';
import { parseInstant } from '../model/time.ts';
import { systemClock } from '../runtime/clock.ts';
import { type RegistrationResult, registerDataset } from '../runtime/dataset/register.ts';
import { CliError, EXIT } from './exit.ts';
import { grouped, issueLines, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { progressOf } from './progress.ts';

const EXAMPLES = `
Examples:
  $ unjoin register --policy policy.yaml --dataset warranty-cards --in cards.csv --keys keys --index indexes
  $ unjoin register --policy policy.yaml --dataset warranty-cards --in cards.csv --dry-run
  $ unjoin register --policy policy.yaml --dataset accounts --in accounts.parquet --as-of 2026-11-27T00:00:00Z --keys keys --index indexes

The owner of a personal dataset runs it where the dataset lies. What it leaves is an index under a key of its own: no value of the
file, only codes of ladders, counts, and keyed bits. Files are .csv, .ndjson (both also .gz) or .parquet.
`;

interface Flags {
  readonly policy: string;
  readonly dataset: string;
  readonly in: string;
  readonly keys?: string;
  readonly index?: string;
  readonly asOf?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function registerCommand(): Command {
  return new Command('register')
    .description('make the index of a personal dataset, whose persons then guard the views that the policy says')
    .requiredOption('--policy <file>', 'the policy that declares the dataset')
    .requiredOption('--dataset <name>', 'its name in the policy')
    .requiredOption('--in <file>', 'the dataset: CSV, NDJSON or Parquet')
    .option('--keys <dir>', 'key folder, made when it does not exist; the gate needs it, too')
    .option('--index <dir>', 'folder of indexes, made when it does not exist')
    .option('--as-of <time>', 'when the data were true, such as 2026-11-27T00:00:00Z; default: when the file was last changed')
    .option('--dry-run', 'look at the file and write nothing')
    .option('--json', 'print what was registered as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(register);
}

const datasetOf = (plan: Plan, name: string): DatasetPlan => {
  const dataset = plan.datasets.find((one) => one.name === name);
  if (dataset === undefined) throw new DatasetError('dataset-unknown', 'a dataset that the policy declares');
  return dataset;
};

const checkInput = (input: string): void => {
  if (!existsSync(input)) throw new CliError('input-missing', EXIT.data, 'an input file that exists', 'check the path after --in');
  if (statSync(input).isDirectory())
    throw new CliError('input-is-folder', EXIT.data, 'an input file, not a folder', 'name the file after --in');
};

/** The as-of time: what was said, else when the file was last changed. A time to come would keep an index fresh for ever. */
const asOfMs = (flag: string | undefined, input: string): number => {
  const ms = flag === undefined ? statSync(input).mtimeMs : parseInstant(flag);
  if (!Number.isFinite(ms) || ms > systemClock.nowMs())
    throw new CliError('as-of-invalid', EXIT.config, 'a time in the past such as 2026-11-27T00:00:00Z', 'correct --as-of');
  return Math.floor(ms);
};

const folderOf = (flags: Flags, name: 'keys' | 'index'): string => {
  const folder = flags[name];
  if (folder === undefined && flags.dryRun !== true)
    throw new CliError('usage', EXIT.config, `the option --${name}, or --dry-run`, 'unjoin register --help');
  return resolve(folder ?? '.');
};

async function register(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const { plan, warnings } = requirePlan(flags.policy);
  for (const warning of warnings) for (const line of issueLines(warning, output.colors)) output.say(line);
  const dataset = datasetOf(plan, flags.dataset);
  checkInput(flags.in);
  const keys = folderOf(flags, 'keys');
  const index = folderOf(flags, 'index');
  const progress = progressOf('register', 0, 'rows');
  const asOf = asOfMs(flags.asOf, flags.in);
  let result: RegistrationResult;
  try {
    result = await registerDataset({
      plan,
      dataset,
      input: flags.in,
      keys,
      index,
      asOfMs: asOf,
      isDry: flags.dryRun === true,
      onRows: progress.at,
    });
  } finally {
    progress.end();
  }
  for (const line of linesOf(dataset, result)) output.say(line);
  output.document(documentOf(dataset, asOf, result));
}

/** A share of rows in percent, rounded down: 97.99 is never shown as 98. */
const percent = (part: number, whole: number): string => `${(Math.floor((part * 1000) / whole) / 10).toFixed(1)} %`;

const linesOf = ({ name }: DatasetPlan, { registered, stored }: RegistrationResult): readonly string[] => {
  const { rows, persons, mapped, malformed } = registered;
  return [
    `${name}: ${grouped(rows)} rows, ${grouped(persons)} persons, ${percent(mapped, rows)} mapped, ${grouped(malformed)} not readable`,
    stored === null ? 'Nothing was written.' : `Index ${stored.path}\nSHA-256 ${stored.digest}`,
  ];
};

const documentOf = ({ name, basis }: DatasetPlan, asOf: number, { registered, stored }: RegistrationResult) => ({
  dataset: name,
  basis,
  asOf: new Date(asOf).toISOString(),
  rows: registered.rows,
  persons: registered.persons,
  mapped: registered.mapped,
  malformed: registered.malformed,
  index: stored?.path ?? null,
  digest: stored?.digest ?? null,
});
