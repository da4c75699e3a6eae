import type { PolicyPath } from '../report.ts';
import type { PolicyLadder } from '../shape.ts';
import { compareMembers, type Differ, type Membership, membersOf, pairs, quoted } from './differ.ts';
import { isSame } from './leaves.ts';
import { techniqueOf } from './side.ts';
import { tableChanges } from './tables.ts';

/** What makes values coarser: levels, edges, listed words, and the tables that list them. */
export const ladderChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  for (const [name, a, b] of pairs(before.policy.ladders, after.policy.ladders)) {
    const at = ['ladders', name];
    if (b === undefined) tell('ladder-removed', at, `no field can use \`${name}\` any more`);
    else if (a === undefined) tell('ladder-added', at, `fields may use \`${name}\``);
    else if (techniqueOf(a) !== techniqueOf(b))
      tell('ladder-technique', at, `\`${name}\` makes values coarser by ${techniqueOf(b)}, which was ${techniqueOf(a)}`);
    else compareLadder(differ, at, name, a, b);
  }
};

/** Whether two ladders of two policies make of every value the same. */
export const sameLadder = ({ before, after }: Differ, from: string, to: string): boolean => {
  const [a, b] = [before.ladder(from), after.ladder(to)];
  if (a === undefined || b === undefined || techniqueOf(a) !== techniqueOf(b)) return false;
  if ('ip' in a) return isSame(a, b) && ADDRESSES.every((text) => before.texts.get(text) === after.texts.get(text));
  if (!('table' in a) || !('table' in b)) return isSame(a, b);
  const table = before.tables.get(a.table);
  return table !== undefined && isSame(table, after.tables.get(b.table));
};

/** Names under which a plan's digest has the table of addresses. */
export const ADDRESSES = ['ip table, v4', 'ip table, v6'] as const;

/** Of several ladders of a technique each key is compared with its like. */
const compareLadder = (differ: Differ, at: PolicyPath, name: string, a: PolicyLadder, b: PolicyLadder) => {
  if ('table' in a && 'table' in b) return tableChanges(differ, [...at, 'table'], a.table, b.table);
  if ('buckets' in a && 'buckets' in b) return compareMembers(differ, [...at, 'buckets'], a.buckets, b.buckets, EDGES);
  if ('count' in a && 'count' in b) return compareMembers(differ, [...at, 'count'], a.count, b.count, EDGES);
  if ('h3' in a && 'h3' in b) return compareLevels(differ, [...at, 'h3'], name, a.h3, b.h3);
  if ('time' in a && 'time' in b) return compareLevels(differ, [...at, 'time'], name, a.time, b.time);
  if ('version' in a && 'version' in b) {
    compareLevels(differ, [...at, 'version'], name, a.version, b.version);
    return compareWords(differ, [...at, 'families'], a.families, b.families);
  }
  if ('language' in a && 'language' in b) {
    compareLevels(differ, [...at, 'language'], name, a.language, b.language);
    return compareWords(differ, [...at, 'top'], a.top, b.top);
  }
  if ('ip' in a && 'ip' in b) {
    compareLevels(differ, [...at, 'ip'], name, a.ip, b.ip);
    compareAddresses(differ, [...at, 'ip'], name);
  }
};

const EDGES: Membership = {
  added: ['edge-added', (edges) => `numbers are told apart at ${edges}, too`],
  removed: ['edge-removed', (edges) => `numbers are not told apart at ${edges} any more`],
};

const WORDS: Membership = {
  added: ['word-added', (names) => `${names} is told by its name where it was \`other\``],
  removed: ['word-removed', (names) => `${names} is \`other\``],
};

/** Without a list a technique has one of its own, which only the technique knows: beside that, any list is another one. */
const compareWords = (differ: Differ, at: PolicyPath, a: readonly string[] | undefined, b: readonly string[] | undefined) => {
  if (a !== undefined && b !== undefined) return compareMembers(differ, at, a, b, WORDS);
  if (a === b) return;
  differ.tell(
    'word-added',
    at,
    b === undefined ? 'names are those that the technique lists' : `names are ${quoted(b)}, instead of what the technique lists`,
  );
};

type Levels = readonly (string | number)[];

/** A level more can be asked for by a path, and a sensitive field leaves at the finest. The order of levels is that of the technique. */
const compareLevels = (differ: Differ, at: PolicyPath, name: string, a: Levels, b: Levels): void => {
  const members = membersOf(a, b);
  if (members === null || (members.added.length === 0 && members.removed.length === 0)) return;
  compareMembers(differ, at, a, b, {
    added: ['ladder-level-added', (levels) => `\`${name}\` can be told by ${levels}, too`],
    removed: ['ladder-level-removed', (levels) => `\`${name}\` cannot be told by ${levels} any more`],
  });
};

const compareAddresses = (differ: Differ, at: PolicyPath, name: string): void => {
  const { before, after, tell, judged } = differ;
  if (ADDRESSES.every((text) => before.texts.get(text) === after.texts.get(text))) return;
  tell('addresses-changed', at, `\`${name}\` looks addresses up in another table than before`);
  for (const text of ADDRESSES) judged(text);
};
