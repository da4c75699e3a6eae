import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Explanation, explainRecord, parseCoordinate } from '../runtime/explain-files.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';

const EXAMPLES = `
Examples:
  $ unjoin explain --out out telemetry.operation:2:1042
  $ unjoin explain --out out --lineage-key keys/lineage.key file:0:17 --json

A record is named topic:partition:offset; a bare line or a container record is file:<number of the file>:<number of the line>, from 0.
`;

interface Flags {
  readonly out: string;
  readonly lineageKey?: string;
  readonly json?: boolean;
}

export function explainCommand(): Command {
  return new Command('explain')
    .description('say why a record was released, coarsened or blocked, and what would let it pass; without values')
    .argument('<topic:partition:offset>', 'the record')
    .requiredOption('--out <dir>', 'the output folder of the run')
    .option('--lineage-key <file>', 'private key of the lineage (default: <out>/keys/lineage.key)')
    .option('--json', 'print the verdicts as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(explain);
}

/** Lines of one explanation, for people. */
export const explanationLines = (of: Explanation): string[] => [
  `${of.view}  window ${new Date(of.windowStart).toISOString()}  ${of.verdict === 'released' ? `released at level ${of.level}` : `blocked: ${of.reason}`}`,
  `  why: ${of.meaning}`,
  `  ${of.verdict === 'released' ? 'finer' : 'to pass'}: ${of.remedy}`,
];

async function explain(text: string, flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const at = parseCoordinate(text);
  if (at === null) throw new CliError('coordinate', EXIT.config, 'a record as topic:partition:offset', 'see unjoin help explain');
  if (!existsSync(join(flags.out, 'lineage.ndjson')))
    throw new CliError('out-missing', EXIT.data, 'the output folder of a run', 'check the path after --out');
  const key = flags.lineageKey ?? join(flags.out, 'keys', 'lineage.key');
  if (!existsSync(key))
    throw new CliError('lineage-key-missing', EXIT.denied, 'the private key of the lineage', 'name it after --lineage-key');
  const found = await explainRecord(flags.out, key, at);
  for (const explanation of found) for (const line of explanationLines(explanation)) output.say(line);
  if (found.length === 0)
    output.say('lineage does not know this record: it was quarantined, no view looks at its event, or it was not in the input');
  output.document({ topic: at.topic, partition: at.partition, offset: at.offset, views: found });
  if (found.length === 0) process.exitCode = EXIT.failed;
}
