import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { RecordOf } from '../control/shape.ts';
import { CliError, EXIT } from './exit.ts';
import { type Ground, type SayFlags, say, saying, subjectMaker } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin bind -c unjoin.yaml --as accounts --key accounts.key --device SN-1 --household H-17
  $ unjoin bind -c unjoin.yaml --as accounts --key accounts.key --list < bindings.csv    # lines: device|account,ID,HOUSEHOLD
  $ unjoin bind -c unjoin.yaml --as accounts --key accounts.key --device SN-1 --none

For events with \`household: bindings\`: k counts the household that a device, or else the account that used it, is bound to
when a window ends. Of who is bound to none nothing leaves a view that counts households.
`;

interface Flags extends SayFlags {
  readonly device?: string;
  readonly account?: string;
  readonly household?: string;
  readonly none?: boolean;
  readonly list?: boolean;
}

export function bindCommand(): Command {
  return saying(new Command('bind').description('say which household a device or account belongs to'))
    .option('--device <id>', 'a device')
    .option('--account <id>', 'an account')
    .option('--household <id>', 'its household')
    .option('--none', 'it belongs to no household any more')
    .option('--list', 'read lines `device|account,ID,HOUSEHOLD` from stdin; an empty household is none')
    .addHelpText('after', EXAMPLES)
    .action(bind);
}

type Bound = readonly ['device' | 'account', string, string | null];

const LINE = /^(device|account),([^,]+),([^,]*)$/;

const listed = (): Bound[] =>
  readFileSync(0, 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      if (line.trim() === '') return [];
      const parts = LINE.exec(line.trim());
      if (parts === null)
        throw new CliError('binding-line', EXIT.data, `\`device|account,ID,HOUSEHOLD\` in line ${i + 1} of stdin`, 'correct the line');
      return [[parts[1] as Bound[0], parts[2], parts[3] === '' ? null : parts[3]] as const];
    });

const boundOf = (flags: Flags): readonly Bound[] => {
  if (flags.list) return listed();
  const { device, account, household, none } = flags;
  const kind = device === undefined ? 'account' : 'device';
  const id = device ?? account;
  if (id === undefined || (device !== undefined && account !== undefined) || (household === undefined) === (none !== true))
    throw new CliError('usage', EXIT.config, 'one of --device and --account, and one of --household and --none', 'unjoin bind --help');
  return [[kind, id, household ?? null]];
};

const bindings = async (flags: Flags, ground: Ground): Promise<RecordOf<'binding'>[]> => {
  const make = await subjectMaker(ground);
  return boundOf(flags).map(([kind, id, household]) => ({
    kind: 'binding',
    subject: make(kind, id),
    household: household === null ? null : make('household', household),
  }));
};

const bind = (flags: Flags): Promise<void> => say(flags, (ground) => bindings(flags, ground));
