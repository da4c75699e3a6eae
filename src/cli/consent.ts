import { Command, Option } from 'commander';
import type { ControlSubject } from '../control/shape.ts';
import type { SubjectKind } from '../control/subject.ts';
import { CliError, EXIT } from './exit.ts';
import { type Ground, idsOf, type SayFlags, say, saying, subjectMaker, timeOf } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin consent -c unjoin.yaml --as officer --key officer.key --account - --purpose '*' --state denied < accounts.txt
  $ unjoin consent --policy P.yaml --controls control.ndjson --as officer --key officer.key \\
      --account someone@example.com --purpose "improve products" --state withdrawn
  $ unjoin consent -c unjoin.yaml --as officer --key officer.key --household - --purpose period:trial-7 --state granted < willing.txt

Denied or withdrawn: nothing of the subject leaves in views of the purpose, from the window on that is open now. Whoever said
nothing is in the ordinary views. A household covers its devices; an account's word counts for records that name it, and for
those of its household that name no account. A household or device that grants \`period:<id>\` authorises that combined use.
`;

/** Whom a record is about: one of the three, or a list of them on stdin. */
export interface SubjectFlags {
  readonly device?: string;
  readonly account?: string;
  readonly household?: string;
}

export const aboutSubjects = (command: Command): Command =>
  command
    .option('--device <id>', 'a device; - reads ids from stdin, one a line')
    .option('--account <id>', 'an account; or -')
    .option('--household <id>', 'a household; or -');

/** The subjects that the flags name, as records name them. */
export const subjectsOf = async (flags: SubjectFlags, ground: Ground): Promise<readonly ControlSubject[]> => {
  const given = (['device', 'account', 'household'] as const).flatMap((kind) => {
    const id = flags[kind];
    return id === undefined ? [] : [[kind, id] as readonly [SubjectKind, string]];
  });
  const [first] = given;
  if (given.length !== 1 || first === undefined)
    throw new CliError('usage', EXIT.config, 'one of --device, --account and --household', 'say whom it is about');
  const make = await subjectMaker(ground);
  return idsOf(first[1]).map((id) => make(first[0], id));
};

interface Flags extends SayFlags, SubjectFlags {
  readonly purpose: readonly string[];
  readonly state: 'granted' | 'denied' | 'withdrawn';
  readonly from?: string;
  readonly to?: string;
}

export function consentCommand(): Command {
  return aboutSubjects(saying(new Command('consent').description('say what somebody consented to')))
    .requiredOption('--purpose <purpose...>', "purposes of views, '*' for all, or period:<id>")
    .addOption(new Option('--state <state>', 'what they said').choices(['granted', 'denied', 'withdrawn']).makeOptionMandatory())
    .option('--from <time>', 'from when on, ISO 8601 (default: at once)')
    .option('--to <time>', 'until when (default: for good)')
    .addHelpText('after', EXAMPLES)
    .action(consent);
}

const consent = (flags: Flags): Promise<void> =>
  say(flags, async (ground) =>
    (await subjectsOf(flags, ground)).map((subject) => ({
      kind: 'consent',
      subject,
      purposes: [...flags.purpose],
      state: flags.state,
      from: flags.from === undefined ? null : timeOf(flags.from, '--from'),
      to: flags.to === undefined ? null : timeOf(flags.to, '--to'),
    })),
  );
