import { Command, Option } from 'commander';
import { aboutSubjects, type SubjectFlags, subjectsOf } from './consent.ts';
import { type SayFlags, say, saying } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin profile -c unjoin.yaml --as officer --key officer.key --account - --age minor < minors.txt

Nothing of a minor, or of a child's profile of unknown age, leaves any view: treating them more coarsely would mark them.
`;

interface Flags extends SayFlags, SubjectFlags {
  readonly age: 'adult' | 'minor' | 'child';
}

export function profileCommand(): Command {
  return aboutSubjects(saying(new Command('profile').description('say whether somebody is a minor')))
    .addOption(
      new Option('--age <age>', 'child: the profile of a child of unknown age').choices(['adult', 'minor', 'child']).makeOptionMandatory(),
    )
    .addHelpText('after', EXAMPLES)
    .action(profile);
}

const profile = (flags: Flags): Promise<void> =>
  say(flags, async (ground) => (await subjectsOf(flags, ground)).map((subject) => ({ kind: 'profile', subject, age: flags.age })));
