import { Command } from 'commander';
import type { ChainHead } from '../record/audit.ts';
import { checkAudit } from '../runtime/audit-files.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';

const EXAMPLES = `
Examples:
  $ unjoin audit verify --out out
  $ unjoin audit verify --out out --head 42:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

A chain shows by itself that a line was changed, left out or moved. That lines at its end were cut off, or that all of it was
made anew, shows only beside a head that was kept elsewhere: note what this command prints, and give it with --head.
`;

interface Flags {
  readonly out: string;
  readonly head?: string;
  readonly json?: boolean;
}

const HEAD = /^(\d{1,15}):([0-9a-f]{64})$/;

const headOf = (text: string | undefined): ChainHead | null => {
  if (text === undefined) return null;
  const parts = HEAD.exec(text);
  if (parts === null)
    throw new CliError('audit-head', EXIT.config, 'a head as lines:hash', 'copy it from an earlier `unjoin audit verify`');
  return { seq: Number(parts[1]), hash: parts[2] };
};

export function auditCommand(): Command {
  const verify = new Command('verify')
    .description('check the hash chain of an audit: any line that was changed, left out or moved')
    .requiredOption('--out <dir>', 'the output folder of the run')
    .option('--head <lines:hash>', 'a head that was kept elsewhere')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(verifyAudit);
  return new Command('audit').description('what an audit shows by itself').addCommand(verify);
}

async function verifyAudit(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const report = await checkAudit(flags.out, headOf(flags.head));
  const { lines, broken, head, isPinned } = report;
  const isWhole = broken < 0 && isPinned !== false;
  if (broken < 0) output.say(`whole: ${lines} lines`);
  else output.say(`broken: line ${broken + 1} was changed, or one is missing before it or out of place`);
  if (isPinned === false) output.say('broken: the chain does not have the given head: lines were cut off, or it was made anew');
  output.say(`head: ${head.seq}:${head.hash}`);
  output.document({ ok: isWhole, ...report });
  if (!isWhole) process.exitCode = EXIT.failed;
}
