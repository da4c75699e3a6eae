import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { createControlFold } from '../control/fold.ts';
import { MAX_MARKS } from '../control/shape.ts';
import { FAULTS, type FaultName } from '../model/fault.ts';
import { loadPrivateKey } from '../runtime/keys/recipients.ts';
import { type Choice, type Chosen, choose } from '../runtime/quarantine/choose.ts';
import { quarantineRows } from '../runtime/quarantine/files.ts';
import { createMarks } from '../runtime/quarantine/marks.ts';
import { mendedLines } from '../runtime/quarantine/mended.ts';
import { createLineFile, isTaken } from '../runtime/quarantine/republish-file.ts';
import type { LoginFlags } from './cluster.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { groundOf, type SayFlags, saying, sayRecords } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin quarantine replay -c unjoin.yaml --operator-key operator.key --as officer --key officer.key --dry-run
  $ unjoin quarantine replay -c unjoin.yaml --operator-key operator.key --as officer --key officer.key
  $ unjoin quarantine replay --out out --operator-key operator.key --policy P.yaml --controls control.ndjson \\
      --as officer --key officer.key --to again.ndjson

Opens what was quarantined and publishes it again where it came from, as far as the policy reads it now: after a schema was
added, say. Nothing is published twice: the control log remembers what was, in the same transaction, by marks that say nothing
without the operator's private key. Over files the lines go to a new file of mode 0600, for another run. What records hold is
never printed.
`;

export interface ReplayFlags extends SayFlags, LoginFlags {
  readonly out?: string;
  readonly to?: string;
  readonly operatorKey: string;
  readonly reason?: readonly string[];
}

export function replayCommand(): Command {
  return saying(new Command('replay').description('publish again what was quarantined and could be read now; never twice'))
    .option('--out <dir>', 'without -c: the output folder of the run')
    .option('--to <file>', 'without -c: where the lines go; it must not exist')
    .requiredOption('--operator-key <file>', "the operator's private key")
    .option('--reason <code...>', 'only what was quarantined for these')
    .option('--user <name>', 'with -c: log in as an operator (default: as the service)')
    .option('--password-file <file>', 'password of that operator, a file of mode 0600')
    .addHelpText('after', EXAMPLES)
    .action(replay);
}

export const reasonsOf = ({ reason }: ReplayFlags): ReadonlySet<FaultName> | null => {
  if (reason === undefined) return null;
  if (!reason.every((name) => Object.hasOwn(FAULTS, name)))
    throw new CliError(
      'reason-unknown',
      EXIT.config,
      'reasons of quarantine after --reason',
      'unjoin quarantine list says which there are',
    );
  return new Set(reason as readonly FaultName[]);
};

export const newChoice = (): Choice => ({ found: 0, before: 0, left: {}, replayed: {} });

/** Parts that one control record has room for. */
export async function* partsOf(chosen: AsyncIterable<Chosen>): AsyncGenerator<readonly Chosen[]> {
  let part: Chosen[] = [];
  let bytes = 0;
  for await (const one of chosen) {
    part.push(one);
    bytes += one.row.record.length;
    if (part.length < MAX_MARKS && bytes < PART_BYTES) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}

const PART_BYTES = 8 << 20;

async function replay(flags: ReplayFlags): Promise<void> {
  const output = outputOf(flags);
  if (!existsSync(flags.operatorKey))
    throw new CliError('operator-key-missing', EXIT.denied, "the operator's private key", 'name it after --operator-key');
  // Commands over files need not load a Kafka client.
  const choice = flags.config === undefined ? await replayFile(flags) : await (await import('./replay-service.ts')).replayService(flags);
  const total = Object.values(choice.replayed).reduce((sum, count) => sum + count, 0);
  output.say(
    `${total} of ${choice.found} ${flags.dryRun === true ? 'would be published again' : 'were published again'}; ${choice.before} were before`,
  );
  const rows = Object.entries(choice.left).sort(([, a], [, b]) => b - a).map(([reason, count]) => [reason, count, FAULTS[reason as FaultName].remedy]); // biome-ignore format: a chain
  if (rows.length > 0) for (const line of table(['not mended', 'records', 'what to do'], rows)) output.say(line);
  output.document({ dryRun: flags.dryRun === true, ...choice });
}

/** The lines are on disk, under another name, before it is said, and have their name when it was. */
async function replayFile(flags: ReplayFlags): Promise<Choice> {
  const { out, to, operatorKey } = flags;
  if (out === undefined || to === undefined)
    throw new CliError('usage', EXIT.config, '--out and --to for files, or -c for the service', 'unjoin quarantine replay --help');
  const ground = await groundOf(flags);
  if (isTaken(resolve(to)))
    throw new CliError(
      'file-exists',
      EXIT.config,
      'a file that does not exist yet, nor the .part of a replay that was interrupted',
      'name another one after --to; a .part whose replay `unjoin controls list` shows holds what was said: give it its name',
    );
  const fold = createControlFold(ground.plan);
  for (const line of await ground.log.lines()) fold.take(line);
  const choice = newChoice();
  const chosen = choose(quarantineRows(out, operatorKey), choice, {
    markOf: createMarks(loadPrivateKey(operatorKey)),
    known: new Set(fold.state.replayed),
    reasons: reasonsOf(flags),
    isMended: mendedLines(ground.plan),
  });
  const file = flags.dryRun === true ? null : createLineFile(resolve(to));
  const marks: string[] = [];
  let isSaid = false;
  try {
    for await (const { row, mark } of chosen) {
      file?.write(row.record);
      marks.push(mark);
    }
    file?.flush();
    const parts = Array.from({ length: Math.ceil(marks.length / MAX_MARKS) }, (_, i) => marks.slice(i * MAX_MARKS, (i + 1) * MAX_MARKS));
    const records = parts.map((some) => ({ kind: 'replay', marks: some }) as const);
    // What a gate would refuse is told before anything is written.
    if (records.length > 0) await sayRecords({ ...flags, dryRun: true }, ground, records);
    isSaid = true;
    if (flags.dryRun !== true && records.length > 0) await sayRecords(flags, ground, records);
    if (marks.length > 0) file?.publish();
    else file?.discard();
  } catch (error) {
    // Once something may have been said, what was said has to be found.
    if (!isSaid) file?.discard();
    throw error;
  }
  return choice;
}
