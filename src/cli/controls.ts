import { Command } from 'commander';
import { type ControlVerdict, createControlFold } from '../control/fold.ts';
import { REFUSALS } from '../control/refusals.ts';
import { EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { groundOf, type SayFlags } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin controls list -c unjoin.yaml
  $ unjoin controls list --policy P.yaml --controls control.ndjson --json

Judges each record as every gate does: by its signatures, its signer's rights and number, and what it says. Ends with 1 when a
record was refused; nothing of such a record has any effect. Whom records are about is not told: they stand there as tokens.
`;

export function controlsCommand(): Command {
  const list = new Command('list')
    .description('say what stands in the control log, and what became of it')
    .option('-c, --config <file>', "the service's configuration")
    .option('--policy <file>', 'without -c: the policy')
    .option('--controls <file>', 'without -c: the control log')
    .option('--json', 'print the records as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(listControls);
  return new Command('controls').description('what was said on the control log').addCommand(list);
}

const rowOf = ({ offset, appendMs, kind, signer, refusal }: ControlVerdict): (string | number)[] => [
  offset,
  new Date(appendMs).toISOString(),
  kind ?? '-',
  signer ?? '-',
  refusal === null ? 'applied' : `refused: ${REFUSALS[refusal]}`,
];

async function listControls(flags: SayFlags): Promise<void> {
  const output = outputOf(flags);
  const { plan, log, within } = await groundOf(flags);
  const lines = await within(() => log.lines());
  const fold = createControlFold(plan);
  const verdicts = lines.map((line) => fold.take(line));
  if (verdicts.length === 0) output.say('nothing was said yet');
  else for (const line of table(['offset', 'appended', 'kind', 'signer', 'outcome'], verdicts.map(rowOf))) output.say(line);
  const refused = verdicts.filter(({ refusal }) => refusal !== null).length;
  output.document({ ok: refused === 0, records: verdicts });
  if (refused > 0) process.exitCode = EXIT.failed;
}
