import { type Change, createDiffer, type Differ } from './diff/differ.ts';
import { eventChanges } from './diff/events.ts';
import { joinChanges } from './diff/joins.ts';
import { ladderChanges } from './diff/ladders.ts';
import { differences } from './diff/leaves.ts';
import { datasetChanges, signerChanges } from './diff/registers.ts';
import { routeChanges } from './diff/routes.ts';
import { settingChanges } from './diff/settings.ts';
import { resolve, type Side } from './diff/side.ts';
import { viewChanges } from './diff/views.ts';

export type { Change } from './diff/differ.ts';
export type { Side, TableText } from './diff/side.ts';

/** One topic a file. A rule tells what it understands; what it does not tell is left to the net. */
const RULES: readonly ((differ: Differ) => void)[] = [
  settingChanges,
  eventChanges,
  routeChanges,
  ladderChanges,
  viewChanges,
  joinChanges,
  datasetChanges,
  signerChanges,
];

/**
 * In what a policy differs from the one before, in words, and which way each difference goes. Total: behind the rules every
 * path at which the two differ, and every file that says something else, has to have been judged; what was not counts as
 * loosening. Empty only when both mean the same to the letter, comments and the order of keys aside. Never throws for
 * policies of the right shape, whether they obey the laws or not.
 */
export const diffPolicies = (before: Side, after: Side): readonly Change[] => {
  const differ = createDiffer(resolve(before), resolve(after));
  for (const rule of RULES) rule(differ);
  for (const at of differences(before.policy, after.policy))
    if (!differ.isJudged(at)) differ.follow('changed', at, 'it differs, and nobody can tell from here what that means');
  for (const [file, text] of before.texts) {
    const other = after.texts.get(file);
    if (other !== undefined && other !== text && !differ.isFileJudged(file))
      differ.follow('changed', ['files', file], 'the file says something else, and nobody can tell from here what that means');
  }
  return differ.changes;
};

/** Whether somebody has to agree before a service takes the policy. */
export const loosens = (changes: readonly Change[]): boolean => changes.some(({ kind }) => kind === 'loosens');
