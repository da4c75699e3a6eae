import { Command, Option } from 'commander';
import type { RecordOf } from '../control/shape.ts';
import type { PeriodState } from '../control/state.ts';
import { destroyPeriodKey } from '../runtime/keys/periods.ts';
import { destroyPseudonymKey } from '../runtime/keys/pseudonym-keys.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { periodTopics } from '../runtime/provision/period.ts';
import type { LoginFlags } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { activatePeriod } from './period-activate.ts';
import { findPeriod, periodsOf, withCluster } from './period-state.ts';
import { recalling } from './recalling.ts';
import { groundOf, type SayFlags, say, saying, timeOf } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin period announce trial-7 -c unjoin.yaml --as officer --key officer.key --views device-health \\
      --consumers quality --unindexed --start 2026-12-01T00:00:00Z --end 2026-12-08T00:00:00Z
  $ unjoin period activate trial-7 -c unjoin.yaml --as officer --key officer.key --user admin --password-file secrets/admin
  $ unjoin period list -c unjoin.yaml
  $ unjoin period end trial-7 -c unjoin.yaml --as officer --key officer.key --user admin --password-file secrets/admin

While information is combined with other information it is personal (2.2.5). From its start on, nothing of the views in scope
leaves to their ordinary topics; once it is active they leave to topics of its own, under its k, without pseudonyms, and with
--unindexed at the coarsest level alone. With --basis consent or law, who authorised it (unjoin consent --purpose period:<id>)
leaves to another topic, with a pseudonym. \`activate\` makes these topics and looks whether the broker lets the declared
consumers read the ordinary ones, and makes the key to which lineage of the period is sealed. \`end\` deletes both when the
period is over: its outputs, and the way back from them.
`;

interface AnnounceFlags extends SayFlags {
  readonly views: readonly string[];
  readonly consumers: readonly string[];
  readonly datasets?: readonly string[];
  readonly beside?: readonly string[];
  readonly unindexed?: boolean;
  readonly start: string;
  readonly end?: string;
  readonly basis: 'none' | 'consent' | 'law';
  readonly cites?: string;
  readonly k: string;
}

interface EndFlags extends SayFlags, LoginFlags {
  readonly end?: string;
}

export function periodCommand(): Command {
  const announce = saying(new Command('announce').description('announce that views will be combined with other information'))
    .argument('<id>', 'name of the period: letters, digits, hyphens')
    .requiredOption('--views <view...>', 'views in scope')
    .requiredOption('--consumers <consumer...>', 'who combines them')
    .option('--datasets <name...>', 'registered personal datasets that they are combined with')
    .option('--beside <view...>', 'other views that they are combined with')
    .option('--unindexed', 'information that nobody has registered')
    .requiredOption('--start <time>', 'ISO 8601; a window ahead at least')
    .option('--end <time>', 'ISO 8601; without it the period has no end')
    .addOption(new Option('--basis <basis>', 'of the combined use').choices(['none', 'consent', 'law']).default('none'))
    .option('--cites <text>', 'the requirement, for basis law; exceptions to sharing are none')
    .option('--k <number>', 'k while it lasts', '50')
    .action((id: string, flags: AnnounceFlags) => say(flags, () => [periodOf(id, flags)]));
  const activating = saying(new Command('activate').description('make the topics of a period, and say that it is guarded'));
  const activate = recalling(activating, 'what its consumers could read and the period would not let leave')
    .argument('<id>', 'name of the period')
    .option('--evidence <file>', 'without -c: what shows that its consumers cannot read the ordinary views')
    .action(activatePeriod);
  const end = saying(new Command('end').description('end a period, and delete its topics once it is over'))
    .argument('<id>', 'name of the period')
    .option('--end <time>', 'ISO 8601; a window ahead at least (default: as announced)')
    .option('--user <name>', 'log in as an operator (default: as the service)')
    .option('--password-file <file>', 'password of that operator, a file of mode 0600')
    .action(endPeriod);
  const list = saying(new Command('list').description('say which periods there are')).action(listPeriods);
  return new Command('period')
    .description('combined-use periods')
    .addCommand(announce)
    .addCommand(activate)
    .addCommand(end)
    .addCommand(list)
    .addHelpText('after', EXAMPLES);
}

const periodOf = (id: string, flags: AnnounceFlags): RecordOf<'period'> => ({
  kind: 'period',
  id,
  with: { datasets: [...(flags.datasets ?? [])], views: [...(flags.beside ?? [])], unindexed: flags.unindexed === true },
  views: [...flags.views],
  consumers: [...flags.consumers],
  start: timeOf(flags.start, '--start'),
  end: flags.end === undefined ? null : timeOf(flags.end, '--end'),
  basis: flags.basis,
  ...(flags.cites === undefined ? {} : { cites: flags.cites }),
  k: Number(flags.k),
});

const endOf = ({ record, ended }: PeriodState): number => ended?.endMs ?? record.end ?? Number.POSITIVE_INFINITY;

async function endPeriod(id: string, flags: EndFlags): Promise<void> {
  const ground = await groundOf(flags);
  const period = findPeriod(await periodsOf(ground), id);
  const longestMs = Math.max(...ground.plan.views.map(({ windowMs }) => windowMs));
  // Its last window is written a little after its end.
  if (endOf(period) + longestMs > ground.nowMs()) {
    if (flags.end === undefined)
      throw new CliError('period-open', EXIT.config, 'a period that is over', 'name an earlier end with --end, or wait');
    await say(flags, () => [{ kind: 'end', period: id, end: timeOf(flags.end as string, '--end') }]);
    return;
  }
  const output = outputOf(flags);
  const topics =
    flags.config === undefined ? [] : periodTopics(ownTopics(requireConfig(flags.config).service.config.topics.prefix), period.record);
  const isDry = flags.dryRun === true;
  if (topics.length > 0 && !isDry) await withCluster(flags, (admin) => admin.remove(topics));
  // Only now: whoever cannot delete what left has not ended the period.
  if (!isDry) destroyPseudonymKey(ground.keys, ground.plan.prf, id);
  const isKeyGone = !isDry && destroyPeriodKey(ground.keys, id);
  output.say(topics.length === 0 ? 'the period is over' : `the period is over; deleted: ${topics.join(', ')}`);
  if (!isDry) output.say('the key of its pseudonyms is destroyed');
  if (period.lineage !== null && !isKeyGone && !isDry)
    output.say('the key of its lineage does not lie in the folder: destroy it where it was moved to');
  if (isKeyGone) output.say('the key of its lineage is destroyed: nobody can tell any more which record became which output of it');
  const pseudonymKey = isDry ? null : 'destroyed';
  output.document({ dryRun: isDry, period: id, deleted: topics, pseudonymKey, lineageKey: isKeyGone ? 'destroyed' : null });
}

const stateName = (period: PeriodState, nowMs: number): string => {
  if (endOf(period) <= nowMs) return 'over';
  return period.activeMs === null ? 'announced' : 'active';
};

async function listPeriods(flags: SayFlags): Promise<void> {
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const periods = [...(await periodsOf(ground)).values()].map((period) => ({
    id: period.record.id,
    state: stateName(period, ground.nowMs()),
    start: new Date(period.record.start).toISOString(),
    end: endOf(period) === Number.POSITIVE_INFINITY ? null : new Date(endOf(period)).toISOString(),
    views: period.record.views,
    consumers: period.record.consumers,
    basis: period.record.basis,
    k: period.record.k,
    unindexed: period.record.with.unindexed,
  }));
  const rows = periods.map(({ id, state, start, end, views, k }) => [id, state, start, end ?? 'open', views.join(', '), k]);
  if (rows.length === 0) output.say('no period was announced');
  else for (const line of table(['period', 'state', 'start', 'end', 'views', 'k'], rows)) output.say(line);
  output.document({ periods });
}
