import type { ChangeGroup } from '../policy/diff/codes.ts';
import type { Change } from '../policy/diff.ts';
import type { PlanDiff } from '../runtime/acceptance.ts';
import type { Output } from './output.ts';

/** Headings in the order in which an officer asks. */
const HEADINGS: readonly (readonly [group: ChangeGroup, heading: string])[] = [
  ['visible', 'Newly visible'],
  ['joinable', 'Newly joinable'],
  ['looser', 'Otherwise looser'],
  ['tighter', 'Tighter'],
  ['neither', 'Neither'],
];

/** What people read: grouped changes, then what it comes to. */
export const sayDiff = ({ before, after, changes, acceptance }: PlanDiff, { say, colors }: Output): void => {
  if (changes.length === 0) {
    say(before === after ? 'The two are the same.' : 'The two mean the same: only comments or the order of keys differ.');
    return;
  }
  for (const [group, heading] of HEADINGS) {
    const told = changes.filter((change) => change.group === group);
    if (told.length === 0 && group === 'neither') continue;
    say(colors.bold(`${heading}: ${told.length === 0 ? 'nothing' : told.length}`));
    for (const line of told.flatMap(changeLines)) say(`  ${line}`);
  }
  const count = changes.filter(({ kind }) => kind === 'loosens').length;
  const what = colors.red(`${count} ${count === 1 ? 'change loosens' : 'changes loosen'}`);
  say(
    count === 0 ? '\nNothing loosens.' : `\n${what}; a service takes the policy only when somebody accepts that:\nacceptance ${acceptance}`,
  );
};

const changeLines = ({ code, path, words }: Change): readonly string[] => [`${path} (${code})`, `  ${words}`];
