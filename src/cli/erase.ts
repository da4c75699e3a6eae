import { Command } from 'commander';
import { aboutSubjects, type SubjectFlags, subjectsOf } from './consent.ts';
import { type SayFlags, say, saying } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin erase -c unjoin.yaml --as officer --key officer.key --account - < request.txt
  $ unjoin erase --policy P.yaml --controls control.ndjson --as officer --key officer.key --device SN-1 --dry-run

The subject leaves the windows that are open now before they close, and everything that comes later is dropped. What left
before it is in classes of k and names nobody. Quarantine, sealed, expires by itself. \`unjoin verify\` proves it (I14).
`;

interface Flags extends SayFlags, SubjectFlags {}

export function eraseCommand(): Command {
  return aboutSubjects(saying(new Command('erase').description('erase a subject: nothing of it leaves any more')))
    .addHelpText('after', EXAMPLES)
    .action(erase);
}

const erase = (flags: Flags): Promise<void> =>
  say(flags, (ground) => subjectsOf(flags, ground).map((subject) => ({ kind: 'erasure', subject })));
