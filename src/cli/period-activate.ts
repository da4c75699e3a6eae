import type { PeriodRecallRecord, RecordOf } from '../control/shape.ts';
import type { PeriodState } from '../control/state.ts';
import type { ViewPlan } from '../model/plan.ts';
import { makePeriodKey } from '../runtime/keys/periods.ts';
import { type ProvisionInput, provisionInput } from '../runtime/provision/input.ts';
import { evidenceOf, periodNeeds } from '../runtime/provision/period.ts';
import { createRecheck } from '../runtime/provision/recheck.ts';
import { settingsFor, withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { findPeriod, periodsOf, withCluster } from './period-state.ts';
import {
  digestOf,
  fileDigest,
  placesOf,
  type Recalled,
  type RecallFlags,
  readTopic,
  receiptsOf,
  removeRecalled,
  requireReceipts,
} from './recalling.ts';
import { groundOf, type Said, sayRecords } from './say.ts';

interface ActivateFlags extends RecallFlags {
  readonly evidence?: string;
}

const usage = (expected: string, next: string): CliError => new CliError('usage', EXIT.config, expected, next);

/** Makes what the period needs, and looks at the access lists as they are then; digest of what was looked at. */
const guard = (flags: ActivateFlags, input: ProvisionInput, record: RecordOf<'period'>): Promise<string> =>
  withCluster(flags, async (admin) => {
    const { readers, strangers, digest } = evidenceOf(input, record, await admin.acls());
    const [first] = readers;
    if (first !== undefined)
      throw new CliError(
        'period-unguarded',
        EXIT.denied,
        `consumers of the period who cannot read its ordinary topics; ${first.principal} can ${first.operation} ${first.name}`,
        'take the right away (unjoin provision --revoke, or the policy), then activate again',
      );
    const [stranger] = strangers;
    if (stranger !== undefined)
      throw new CliError(
        'period-unguarded',
        EXIT.denied,
        `nobody but its consumers who can read what subjects authorised; ${stranger.principal} can ${stranger.operation} ${stranger.name}`,
        'take the right away (unjoin provision --revoke), then activate again',
      );
    const { create, allow } = periodNeeds(input, record);
    const known = await admin.describe(create.map(({ name }) => name), []); // biome-ignore format: a call
    const missing = create.filter(({ name }) => !known.some((topic) => topic.name === name));
    if (flags.dryRun !== true && missing.length > 0) await admin.create(missing, input.replication);
    if (flags.dryRun !== true) await admin.allow(allow);
    return digest;
  });

/**
 * What consumers could read until now and the period would not let leave, as records that say so. Comes after `guard`: what leaves to
 * the ordinary topics from then on, nobody of them reads.
 */
const recheck = (flags: ActivateFlags, input: ProvisionInput, record: RecordOf<'period'>): Promise<Recalled<PeriodRecallRecord>[]> => {
  const settings = settingsFor(requireConfig(flags.config as string).service.settings, flags);
  return withBrokers(settings, async () => {
    const recalls: Recalled<PeriodRecallRecord>[] = [];
    for (const name of record.views) {
      const view = input.plan.views.find((one) => one.name === name) as ViewPlan;
      const found = createRecheck(input.plan, view, record, input.tasks);
      const topic = input.topics.view(name);
      await readTopic(settings, topic, input.viewPartitions, found.take);
      for (const [partition, before] of found.before())
        recalls.push({ topic, record: { kind: 'recall', period: record.id, view: name, partition, before } });
    }
    return recalls;
  });
};

const viewOf = ({ record }: Recalled<RecordOf<'recall'>>): string => record.view;

/** The evidence by which a period of a service may be active; recalls first what must not stay readable. */
const evidenceFor = async (flags: ActivateFlags, { record, recalls: known }: PeriodState, said: Said[]): Promise<string> => {
  const { service, plan } = requireConfig(flags.config as string);
  const input = provisionInput(service, plan);
  const receipts = receiptsOf(flags, record.consumers, 'the period');
  const access = await guard(flags, input, record);
  const recalls = await recheck(flags, input, record);
  if (recalls.length > 0 && flags.recall !== true && flags.dryRun !== true)
    throw new CliError(
      'period-readable',
      EXIT.failed,
      `ordinary topics in which all could leave in the period, too; what could not: ${placesOf(recalls, viewOf)}`,
      '--recall deletes it for all who read these views; its consumers then give receipts that no copy is left',
    );
  if (recalls.length > 0) {
    if (flags.dryRun === true) outputOf(flags).say(`would be recalled: ${placesOf(recalls, viewOf)}`);
    const records = recalls.map((recalled) => recalled.record);
    said.push(...(await sayRecords(flags, await groundOf(flags), records)));
    if (flags.dryRun !== true) await removeRecalled(flags, recalls);
  }
  const all = [...known, ...recalls.map((recalled) => recalled.record)];
  if (all.length === 0 || flags.dryRun === true) return access;
  requireReceipts(
    receipts,
    record.consumers,
    'period-receipts',
    'wait for them, then activate again with --receipt <consumer>=<file> of each',
  );
  return digestOf(JSON.stringify([access, all, [...receipts].sort()]));
};

/** `period activate`: the second of the two phases (spec.md, section 6). */
export async function activatePeriod(id: string, flags: ActivateFlags): Promise<void> {
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const period = findPeriod(await periodsOf(ground), id);
  if (period.activeMs !== null)
    throw new CliError('period-active', EXIT.config, 'a period that was announced and is not active yet', 'unjoin period list');
  const said: Said[] = [];
  if (flags.config === undefined && flags.evidence === undefined)
    throw usage('--evidence: what shows that the period is guarded', 'name a file; its digest is recorded');
  const evidence = flags.config === undefined ? fileDigest(flags.evidence as string, '--evidence') : await evidenceFor(flags, period, said);
  // Its private half stays in the folder until the period is over.
  const lineage = flags.dryRun === true ? {} : { lineage: makePeriodKey(ground.keys, id) };
  said.push(...(await sayRecords(flags, await groundOf(flags), [{ kind: 'activation', period: id, evidence, ...lineage }])));
  const recalled = said.filter(({ kind }) => kind === 'recall').length;
  const active = said[said.length - 1];
  if (recalled > 0 && flags.dryRun !== true) output.say(`recalled and deleted in ${recalled} partitions`);
  output.say(
    flags.dryRun === true
      ? 'it would be active; nothing was written'
      : `active since ${new Date(active.appendMs).toISOString()}, offset ${active.offset}`,
  );
  output.document({ dryRun: flags.dryRun === true, said });
}
