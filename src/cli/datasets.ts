import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { createControlFold } from '../control/fold.ts';
import type { RecordOf } from '../control/shape.ts';
import { DATASET_CODES, DatasetError } from '../model/dataset-error.ts';
import type { Plan } from '../model/plan.ts';
import { systemClock } from '../runtime/clock.ts';
import { isNamedByLog } from '../runtime/dataset/guarding.ts';
import { readIndex, refuseForeign, type StoredIndex } from '../runtime/dataset/store.ts';
import { type DatasetStatus, surveyDatasets } from '../runtime/dataset/survey.ts';
import { requireConfig } from './config.ts';
import { bringIntoForce } from './dataset-naming.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { requirePlan } from './policy.ts';
import { type RecallFlags, recalling } from './recalling.ts';
import { type Ground, groundOf, type SayFlags, say, saying, tellSaid } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin datasets list -c unjoin.yaml
  $ unjoin datasets list --policy P.yaml --controls control.ndjson --datasets indexes --keys keys
  $ unjoin datasets name indexes/warranty-cards.0c6f4b1d2a3e.index -c unjoin.yaml --as officer --key officer.key
  $ unjoin datasets lose warranty-cards --digest 0c6f4b1d2a3e -c unjoin.yaml --as officer --key a.key --with second --with-key b.key

\`list\` says which index of each dataset is in force, until when it is fresh, and what keeps it from guarding; it ends with 1 when
one of them does not. \`name\` brings an index into force that was registered elsewhere, or an older one again: from the window on
in which its control record is appended. Over files it reads the front of the file alone and needs no key of it. With -c what can be read
of the guarded views is held to the index first: what would not leave by it ends with 1, or is recalled (--recall).

\`lose\` lets go on what waits for an index that is lost for good: nothing of these windows leaves in the views that it guards. Two
signers say it. A newer index guards the windows that end after it was named.
`;

interface ListFlags extends SayFlags {
  readonly datasets?: string;
}

export function datasetsCommand(): Command {
  const list = new Command('list')
    .description('say which indexes are in force, and whether they guard')
    .option('-c, --config <file>', "the service's configuration")
    .option('--policy <file>', 'without -c: the policy')
    .option('--controls <file>', 'without -c: the control log, where it names the indexes')
    .option('--datasets <dir>', 'folder of indexes (default: that of -c)')
    .option('--keys <dir>', 'key folder (default: that of -c)')
    .option('--json', 'print them as one JSON document')
    .action(listDatasets);
  const naming = saying(new Command('name').description('bring an index into force'));
  const name = recalling(naming, 'what could be read and would not leave by it').argument('<index>', 'the index file').action(nameIndex);
  const lose = saying(new Command('lose').description('give up an index that nobody has any more: what needs it is blocked'))
    .argument('<name>', 'the dataset')
    .requiredOption('--digest <hex>', 'first digits of the digest of its index: unjoin datasets list')
    .action(loseIndex);
  return new Command('datasets')
    .description('indexes of registered personal datasets')
    .addCommand(list)
    .addCommand(name)
    .addCommand(lose)
    .addHelpText('after', EXAMPLES);
}

const placeOf = ({ config, policy, datasets, keys }: ListFlags): { plan: Plan; index: string; keys: string } => {
  const read = config === undefined ? null : requireConfig(config);
  if (read === null && policy === undefined) throw new CliError('usage', EXIT.config, '-c, or --policy for files', 'see --help');
  const { plan } = read ?? requirePlan(policy as string);
  const index = datasets ?? read?.service.datasets ?? null;
  if (index === null && plan.datasets.length > 0) throw new DatasetError('datasets-not-given', 'a folder of indexes');
  return { plan, index: resolve(index ?? '.'), keys: resolve(keys ?? read?.service.keys ?? 'keys') };
};

const dateOf = (ms: number | null): string => (ms === null ? '-' : new Date(ms).toISOString());

const rowOf = ({ name, digest, asOfMs, untilMs, code }: DatasetStatus): string[] => [
  name,
  digest?.slice(0, 12) ?? '-',
  dateOf(asOfMs),
  dateOf(untilMs),
  code === null ? 'guards' : `${code}: ${DATASET_CODES[code].meaning}`,
];

async function listDatasets(flags: ListFlags): Promise<void> {
  const output = outputOf(flags);
  const { plan, ...folders } = placeOf(flags);
  const ground = plan.datasets.length > 0 && isNamedByLog(plan) ? await groundOf(flags) : null;
  const lines = ground === null ? null : await ground.within(() => ground.log.lines());
  const statuses = surveyDatasets(plan, folders, lines, systemClock.nowMs());
  if (statuses.length === 0) output.say('the policy declares no datasets');
  else for (const line of table(['dataset', 'index', 'as of', 'fresh until', 'state'], statuses.map(rowOf))) output.say(line);
  const isOk = statuses.every(({ code }) => code === null);
  output.document({ ok: isOk, datasets: statuses });
  if (!isOk) process.exitCode = EXIT.failed;
}

/** An index that a gate of the plan could take. */
const indexFor = (plan: Plan, file: string): StoredIndex => {
  const stored = readIndex(dirname(resolve(file)), basename(file));
  const dataset = plan.datasets.find(({ name }) => name === stored.header.name);
  if (dataset === undefined) throw new DatasetError('dataset-unknown', 'an index of a dataset that the policy declares');
  if (dataset.basis !== stored.header.basis) refuseForeign(dataset.name);
  return stored;
};

async function nameIndex(file: string, flags: RecallFlags): Promise<void> {
  const output = outputOf(flags);
  const { plan } = await groundOf(flags);
  const said = await bringIntoForce(flags, indexFor(plan, file));
  if (said.length === 0) output.say('it is in force already, and all that can be read could leave by it');
  else tellSaid(flags)(said.slice(-1), output);
  output.document({ dryRun: flags.dryRun === true, said });
}

interface LoseFlags extends SayFlags {
  readonly digest: string;
}

const DIGITS = /^[0-9a-f]{8,64}$/;

/** The index that some digits mean, among those that the control log ever named for a dataset. */
const lossOf = async ({ plan, log, within }: Ground, dataset: string, digits: string): Promise<RecordOf<'loss'>> => {
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  const named = fold.state.datasets.before(dataset, Number.POSITIVE_INFINITY).map(({ record }) => record.digest);
  const [digest, other] = new Set(named.filter((one) => DIGITS.test(digits) && one.startsWith(digits)));
  if (digest === undefined || other !== undefined)
    throw new CliError(
      'dataset-digest',
      EXIT.config,
      'at least eight digits of the digest of one index that a control record named',
      'unjoin datasets list shows it',
    );
  return { kind: 'loss', dataset, digest };
};

/** `datasets lose`: what waits for the index goes on, and nothing of it leaves. */
const loseIndex = (dataset: string, flags: LoseFlags): Promise<void> =>
  say(flags, async (ground) => [await lossOf(ground, dataset, flags.digest)]);
