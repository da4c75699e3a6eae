import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { RecordOf } from '../control/shape.ts';
import type { PeriodState } from '../control/state.ts';
import type { ViewPlan } from '../model/plan.ts';
import { makePeriodKey } from '../runtime/keys/periods.ts';
import { type ProvisionInput, provisionInput } from '../runtime/provision/input.ts';
import { evidenceOf, periodNeeds } from '../runtime/provision/period.ts';
import { createRecheck } from '../runtime/provision/recheck.ts';
import { type LoginFlags, settingsFor, withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { findPeriod, periodsOf, withCluster } from './period-state.ts';
import { groundOf, type Said, type SayFlags, sayRecords } from './say.ts';

interface ActivateFlags extends SayFlags, LoginFlags {
  readonly evidence?: string;
  readonly recall?: boolean;
  readonly receipt?: readonly string[];
}

const digestOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const usage = (expected: string, next: string): CliError => new CliError('usage', EXIT.config, expected, next);

const fileDigest = (file: string, flag: string): string => {
  if (!existsSync(file)) throw usage(`a file after ${flag}`, 'check its path');
  return digestOf(readFileSync(file));
};

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
const recheck = async (flags: ActivateFlags, input: ProvisionInput, record: RecordOf<'period'>): Promise<RecordOf<'recall'>[]> => {
  const settings = settingsFor(requireConfig(flags.config as string).service.settings, flags);
  const { readRange } = await import('../runtime/log/kafka/whole.ts');
  return await withBrokers(settings, async () => {
    const recalls: RecordOf<'recall'>[] = [];
    for (const name of record.views) {
      const view = input.plan.views.find((one) => one.name === name) as ViewPlan;
      const found = createRecheck(input.plan, view, record, input.tasks);
      for (let partition = 0; partition < input.viewPartitions; partition++)
        for await (const { offset, value } of readRange(settings, { topic: input.topics.view(name), partition }, null))
          found.take({ partition, offset, value });
      for (const [partition, before] of found.before()) recalls.push({ kind: 'recall', period: record.id, view: name, partition, before });
    }
    return recalls;
  });
};

/** Deletes what was recalled. The records that say so are there already: whoever is stopped in between goes on by activating again. */
const remove = (flags: ActivateFlags, input: ProvisionInput, recalls: readonly RecordOf<'recall'>[]): Promise<void> =>
  withCluster(flags, async (admin) => {
    for (const name of new Set(recalls.map(({ view }) => view))) {
      const own = recalls.filter(({ view }) => view === name);
      await admin.deleteRecords(input.topics.view(name), new Map(own.map(({ partition, before }) => [partition, before])));
    }
  });

/** Digests of receipts by consumer. */
const receiptsOf = ({ receipt = [] }: ActivateFlags, { consumers }: RecordOf<'period'>): ReadonlyMap<string, string> =>
  new Map(
    receipt.map((text) => {
      const [, consumer, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (consumer === undefined || !consumers.includes(consumer))
        throw usage('consumer=file after --receipt, with a consumer of the period', 'unjoin period list --json shows who they are');
      return [consumer, fileDigest(file, '--receipt')] as const;
    }),
  );

/** Refuses while one of those who could read what was recalled has given no receipt. */
const requireReceipts = (given: ReadonlyMap<string, string>, { consumers }: RecordOf<'period'>): void => {
  const missing = consumers.filter((consumer) => !given.has(consumer));
  if (missing.length > 0)
    throw new CliError(
      'period-receipts',
      EXIT.retry,
      `receipts of ${missing.join(', ')}: that no copy of what was recalled is left with them`,
      'wait for them, then activate again with --receipt <consumer>=<file> of each',
    );
};

const placesOf = (recalls: readonly RecordOf<'recall'>[]): string =>
  recalls.map(({ view, partition, before }) => `${view} partition ${partition} up to offset ${before}`).join('; ');

/** The evidence by which a period of a service may be active; recalls first what must not stay readable. */
const evidenceFor = async (flags: ActivateFlags, { record, recalls: known }: PeriodState, said: Said[]): Promise<string> => {
  const { service, plan } = requireConfig(flags.config as string);
  const input = provisionInput(service, plan);
  const receipts = receiptsOf(flags, record);
  const access = await guard(flags, input, record);
  const recalls = await recheck(flags, input, record);
  if (recalls.length > 0 && flags.recall !== true && flags.dryRun !== true)
    throw new CliError(
      'period-readable',
      EXIT.failed,
      `ordinary topics in which all could leave in the period, too; what could not: ${placesOf(recalls)}`,
      '--recall deletes it for all who read these views; its consumers then give receipts that no copy is left',
    );
  if (recalls.length > 0) {
    if (flags.dryRun === true) outputOf(flags).say(`would be recalled: ${placesOf(recalls)}`);
    said.push(...(await sayRecords(flags, await groundOf(flags), recalls)));
    if (flags.dryRun !== true) await remove(flags, input, recalls);
  }
  const all = [...known, ...recalls];
  if (all.length === 0 || flags.dryRun === true) return access;
  requireReceipts(receipts, record);
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
