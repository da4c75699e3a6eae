import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { DatasetPlan } from '../model/dataset.ts';
import { DatasetError } from '../model/dataset-error.ts';
import type { Plan } from '../model/plan.ts';
import { parseInstant } from '../model/time.ts';
import { systemClock } from '../runtime/clock.ts';
import { isNamedByLog } from '../runtime/dataset/guarding.ts';
import { type RegistrationResult, registerDataset } from '../runtime/dataset/register.ts';
import { requireConfig } from './config.ts';
import { bringIntoForce } from './dataset-naming.ts';
import { CliError, EXIT } from './exit.ts';
import { grouped, issueLines, type Output, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { progressOf } from './progress.ts';
import { type RecallFlags, recalling } from './recalling.ts';
import { groundOf, type Said, saying, sayRecords } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin register --policy policy.yaml --dataset warranty-cards --in cards.csv --keys keys --index indexes
  $ unjoin register -c unjoin.yaml --dataset warranty-cards --in cards.csv --as officer --key officer.key
  $ unjoin register --policy policy.yaml --dataset warranty-cards --in cards.csv --dry-run
  $ unjoin register --policy policy.yaml --dataset accounts --in accounts.parquet --as-of 2026-11-27T00:00:00Z --keys keys --index indexes

The owner of a personal dataset runs it where the dataset lies. What it leaves is an index under a key of its own: no value of the
file, only codes of ladders, counts, and keyed bits. Files are .csv, .ndjson (both also .gz) or .parquet.

Where the policy names signers who may say \`dataset\`, an index is in force from the window on in which a control record names it:
with -c, or with --controls, one is written, signed by --as.
`;

interface Flags extends RecallFlags {
  readonly dataset: string;
  readonly in: string;
  readonly index?: string;
  readonly asOf?: string;
}

export function registerCommand(): Command {
  return recalling(saying(new Command('register')), 'what could be read and would not leave by the index')
    .description('make the index of a personal dataset, whose persons then guard the views that the policy says')
    .requiredOption('--dataset <name>', 'its name in the policy')
    .requiredOption('--in <file>', 'the dataset: CSV, NDJSON or Parquet')
    .option('--index <dir>', 'folder of indexes, made when it does not exist (default: that of -c)')
    .option('--as-of <time>', 'when the data were true, such as 2026-11-27T00:00:00Z; default: when the file was last changed')
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

/** By which policy, and where keys and indexes lie. */
interface Place {
  readonly plan: Plan;
  readonly keys: string;
  readonly index: string;
}

const folderOf = (flags: Flags, name: 'keys' | 'index', configured: string | null): string => {
  const folder = flags[name] ?? configured;
  if (folder === null && flags.dryRun !== true)
    throw new CliError('usage', EXIT.config, `the option --${name}, or --dry-run`, 'unjoin register --help');
  return resolve(folder ?? '.');
};

const placeOf = (flags: Flags, output: Output): Place => {
  if (flags.config === undefined && flags.policy === undefined)
    throw new CliError('usage', EXIT.config, '--policy, or -c for the service', 'unjoin register --help');
  const service = flags.config === undefined ? null : requireConfig(flags.config);
  const { plan, warnings } = service ?? requirePlan(flags.policy as string);
  for (const warning of warnings) for (const line of issueLines(warning, output.colors)) output.say(line);
  const configured = service?.service ?? { keys: null, datasets: null };
  return { plan, keys: folderOf(flags, 'keys', configured.keys), index: folderOf(flags, 'index', configured.datasets) };
};

/** Whether a control record is to name the index: for the service wherever its policy lets somebody say it, for files when asked. */
const isSaid = ({ config, controls, as }: Flags, plan: Plan): boolean =>
  controls !== undefined || as !== undefined || (config !== undefined && isNamedByLog(plan));

/** What a gate would refuse is told before a large file is read: all of the record but its figures is known. */
const foresee = async (flags: Flags, { name, basis }: DatasetPlan, asOf: number): Promise<void> => {
  await sayRecords({ ...flags, dryRun: true }, await groundOf(flags), [
    { kind: 'dataset', name, digest: '0'.repeat(64), basis, asOf, rows: 0, persons: 0 },
  ]);
};

async function register(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const { plan, keys, index } = placeOf(flags, output);
  const dataset = datasetOf(plan, flags.dataset);
  checkInput(flags.in);
  const asOf = asOfMs(flags.asOf, flags.in);
  const isNamed = isSaid(flags, plan);
  if (isNamed) await foresee(flags, dataset, asOf);
  const progress = progressOf('register', 0, 'rows');
  const isDry = flags.dryRun === true;
  let result: RegistrationResult;
  try {
    result = await registerDataset({ plan, dataset, input: flags.in, keys, index, asOfMs: asOf, isDry, onRows: progress.at });
  } finally {
    progress.end();
  }
  for (const line of linesOf(dataset, result)) output.say(line);
  const { stored } = result;
  const said = isNamed && stored !== null ? namedIn(await bringIntoForce(flags, stored)) : undefined;
  if (said !== undefined) output.say(`In force for windows that end after ${new Date(said.appendMs).toISOString()}`);
  else if (stored !== null && isNamedByLog(plan)) output.say('Not in force: no control record names it. Register with -c or --controls.');
  output.document({ ...documentOf(dataset, asOf, result), said: said ?? null });
}

/** The record that named it: those of what was recalled stand before it. */
const namedIn = (said: readonly Said[]): Said | undefined => said.find(({ kind }) => kind === 'dataset');

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
