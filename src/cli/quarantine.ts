import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { FAULTS, type FaultName } from '../model/fault.ts';
import type { QuarantineHead } from '../record/quarantine.ts';
import { quarantineHeads, quarantineRows } from '../runtime/quarantine/files.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { replayCommand } from './replay.ts';

const EXAMPLES = `
Examples:
  $ unjoin quarantine list --out out
  $ unjoin quarantine list --out out --key operator.key --json

Without the operator's private key only reasons, hours and sizes are to be had. With it each row says where its record stood;
what the record held is never printed.
`;

interface Flags {
  readonly out: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** A row as it is told; `at` needs the private key. */
type Told = QuarantineHead & { readonly at?: string };

export function quarantineCommand(): Command {
  const list = new Command('list')
    .description('say what was quarantined, and why; never what it held')
    .requiredOption('--out <dir>', 'the output folder of the run')
    .option('--key <file>', "the operator's private key, to say where each record stood")
    .option('--json', 'print the rows as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(listQuarantine);
  return new Command('quarantine')
    .description('records that could not be read as what they should be')
    .addCommand(list)
    .addCommand(replayCommand());
}

async function* rowsOf({ out, key }: Flags): AsyncGenerator<Told> {
  if (key === undefined) {
    yield* quarantineHeads(out);
    return;
  }
  if (!existsSync(key)) throw new CliError('operator-key-missing', EXIT.denied, "the operator's private key", 'name it after --key');
  for await (const { topic, partition, offset, record: _, ...head } of quarantineRows(out, key))
    yield { ...head, at: `${topic}:${partition}:${offset}` };
}

const hourOf = ({ hour }: Told): string => (hour === null ? '-' : new Date(hour).toISOString().slice(0, 13));

/** Rows by reason, most first, with what its owner can do. */
const summaryLines = (counts: ReadonlyMap<FaultName, number>): string[] =>
  table(
    ['reason', 'records', 'what to do'],
    [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => [reason, count, FAULTS[reason].remedy]),
  );

async function listQuarantine(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const counts = new Map<FaultName, number>();
  const rows: Told[] = [];
  for await (const row of rowsOf(flags)) {
    counts.set(row.reason, (counts.get(row.reason) ?? 0) + 1);
    if (output.json) rows.push(row);
    else if (row.at !== undefined) output.say(`${row.at}  ${row.reason}  ${hourOf(row)}  ${row.size}`);
  }
  if (counts.size === 0) output.say('nothing was quarantined');
  else for (const line of summaryLines(counts)) output.say(line);
  output.document({ reasons: Object.fromEntries(counts), rows });
}
