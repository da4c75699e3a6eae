import { createControlFold, type Named } from '../control/fold.ts';
import type { DatasetRecallRecord, RecordOf } from '../control/shape.ts';
import type { DatasetRecallState, PeriodState } from '../control/state.ts';
import type { DatasetPlan } from '../model/dataset.ts';
import type { Plan } from '../model/plan.ts';
import { loadStored } from '../runtime/dataset/load.ts';
import { datasetRecord } from '../runtime/dataset/register.ts';
import type { StoredIndex } from '../runtime/dataset/store.ts';
import { type Candidate, type DatasetRecalls, recheckOutputs } from './dataset-recheck.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { digestOf, placesOf, type Recalled, type RecallFlags, receiptsOf, removeRecalled, requireReceipts } from './recalling.ts';
import { type Ground, groundOf, type Said, sayRecords } from './say.ts';

/** What the control log says already of an index that is to be in force. */
interface Standing {
  readonly isInForce: boolean;
  /** What was recalled for it, and nobody has given receipts for. */
  readonly open: readonly DatasetRecallState[];
  readonly periods: readonly PeriodState[];
  readonly named: Named;
}

const standingOf = async ({ plan, log, within }: Ground, dataset: DatasetPlan, { digest }: StoredIndex): Promise<Standing> => {
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  const named = fold.named(dataset, Number.POSITIVE_INFINITY);
  return {
    isInForce: named?.digest === digest && !named.isLost,
    open: fold.state.datasetRecalls.filter(({ record, isSettled }) => record.digest === digest && !isSettled),
    periods: [...fold.state.periods.values()],
    named: fold.named,
  };
};

const nameOf = ({ record }: Recalled<RecordOf<'recall'>>): string => {
  const output = 'output' in record ? record.output : null;
  const of = output === null ? '' : ` in period ${output.period}${output.authorised ? ', authorised' : ''}`;
  return `${record.view}${of}`;
};

const refuseReadable = (flags: RecallFlags, recalls: DatasetRecalls, isInForce: boolean, { path }: StoredIndex): void => {
  if (recalls.length === 0 || flags.recall === true || flags.dryRun === true) return;
  throw new CliError(
    'dataset-readable',
    EXIT.failed,
    `outputs of which all could leave by this index, too; what could not: ${placesOf(recalls, nameOf)}`,
    `unjoin datasets name ${path} --recall deletes it for all who read these views${isInForce ? '' : ', and brings the index into force'}`,
  );
};

/** Who could read what was recalled: consumers of the view, or those of the period; each has to say that no copy is left. */
const consumersOf = ({ views }: Plan, periods: readonly PeriodState[], recalls: readonly DatasetRecallRecord[]): readonly string[] => {
  const readersOf = ({ view, output }: DatasetRecallRecord): readonly string[] =>
    output === null
      ? (views.find(({ name }) => name === view)?.consumers ?? [])
      : (periods.find(({ record }) => record.id === output.period)?.record.consumers ?? []);
  return [...new Set(recalls.flatMap(readersOf))];
};

/** One look at what can be read: tells what fails, or recalls it; beside that, the records of `more` are said. */
const look = async (flags: RecallFlags, candidate: Candidate, isInForce: boolean, more: readonly RecordOf<'dataset'>[]) => {
  const recalls = await recheckOutputs(flags, candidate);
  refuseReadable(flags, recalls, isInForce, candidate.index.stored);
  if (recalls.length > 0 && flags.dryRun === true) outputOf(flags).say(`would be recalled: ${placesOf(recalls, nameOf)}`);
  const records = [...recalls.map(({ record }) => record), ...more];
  const said = records.length === 0 ? [] : await sayRecords(flags, await groundOf(flags), records);
  if (recalls.length > 0 && flags.dryRun !== true) {
    await removeRecalled(flags, recalls);
    outputOf(flags).say(`recalled and deleted: ${placesOf(recalls, nameOf)}`);
  }
  return { said, recalls };
};

/** The index of a service: what can be read is re-checked before it is named, and once more when it is in force. */
const bringWithRecheck = async (flags: RecallFlags, ground: Ground, stored: StoredIndex): Promise<readonly Said[]> => {
  const { plan, keys } = ground;
  const dataset = plan.datasets.find(({ name }) => name === stored.header.name) as DatasetPlan;
  const record = datasetRecord(stored);
  // What no gate would take is told before anything is read.
  await sayRecords({ ...flags, dryRun: true }, await groundOf(flags), [record]);
  const index = loadStored(plan, dataset, keys, stored);
  const before = await standingOf(ground, dataset, stored);
  const first = await look(flags, { index, dataset, keys, ...before }, before.isInForce, before.isInForce ? [] : [record]);
  if (flags.dryRun === true) return first.said;
  if (!before.isInForce)
    outputOf(flags).say(
      `${record.name}: in force for windows that end after ${timeOf(first.said)}; name it again when what ended before has left, too`,
    );
  // Windows that were decided by the index before it have left in the meantime.
  const now = await standingOf(await groundOf(flags), dataset, stored);
  const second = await look(flags, { index, dataset, keys, ...now }, true, []);
  const recalled = [...before.open, ...first.recalls, ...second.recalls].map((one) => one.record);
  const said = [...first.said, ...second.said];
  if (recalled.length === 0) return said;
  const consumers = consumersOf(plan, now.periods, recalled);
  const receipts = receiptsOf(flags, consumers, 'the views of which something was recalled');
  requireReceipts(
    receipts,
    consumers,
    'dataset-receipts',
    `the index is in force; wait for them, then: unjoin datasets name ${stored.path} --receipt <consumer>=<file> of each`,
  );
  const evidence = digestOf(JSON.stringify([recalled, [...receipts].sort()]));
  return [...said, ...(await sayRecords(flags, await groundOf(flags), [{ ...record, evidence }]))];
};

const timeOf = (said: readonly Said[]): string => new Date((said.at(-1) as Said).appendMs).toISOString();

/**
 * Brings an index into force on the control log. For a service (`-c`) what its consumers can read already is held to the index first
 * (spec.md, section 6): what fails ends with 1 (`dataset-readable`), or is recalled with `--recall`. The index is named before receipts
 * are waited for (75, `dataset-receipts`): what it would block must not go on leaving meanwhile. Nobody can recall files.
 */
export const bringIntoForce = async (flags: RecallFlags, stored: StoredIndex): Promise<readonly Said[]> => {
  const ground = await groundOf(flags);
  if (flags.config === undefined) {
    if (flags.recall === true || flags.receipt !== undefined)
      throw new CliError(
        'usage',
        EXIT.config,
        '-c with --recall and --receipt: nobody can recall files',
        'run again by the new index instead',
      );
    return sayRecords(flags, ground, [datasetRecord(stored)]);
  }
  return await bringWithRecheck(flags, ground, stored);
};
