import type { PolicyPath } from '../report.ts';
import { compareMembers, type Differ, quoted } from './differ.ts';
import { isSame } from './leaves.ts';
import type { TableText } from './side.ts';

/** Stands for all values that a table does not list. */
const REST = '*';

/**
 * What the table of a ladder says, value by value: values that are listed at last have a name of their own, below the one of
 * all others; and groups that were one may be told apart. The file may have another name; what counts is what it says.
 */
export const tableChanges = (differ: Differ, at: PolicyPath, from: string, to: string): void => {
  const { before, after, judged, tell } = differ;
  const isSameText = from === to && before.texts.get(from) === after.texts.get(to);
  if (isSameText) return;
  const [a, b] = [before.tables.get(from), after.tables.get(to)];
  // Without its text nobody can judge: the net tells of it.
  if (a === undefined || b === undefined) return;
  if (from === to) judged(from);
  const found = differ.changes.length;
  compareMembers(differ, at, a.levels, b.levels, {
    added: ['ladder-level-added', (levels) => `the table has the level ${levels}, too`],
    removed: ['ladder-level-removed', (levels) => `the table has the level ${levels} no more`],
  });
  const [values, next] = [rowsOf(a), rowsOf(b)];
  compareMembers(differ, at, [...values.keys()], [...next.keys()], {
    added: ['value-listed', (names) => `${names} is told by its name where it was one of all others`],
    removed: ['value-unlisted', (names) => `${names} is one of all others`],
  });
  for (const level of b.levels) compareLevel(differ, at, level, a, b);
  if (found === differ.changes.length) tell('restated', at, `\`${to}\` says what \`${from}\` said`);
};

const rowsOf = ({ rows }: TableText): ReadonlyMap<string, readonly string[]> => new Map(rows.map((row) => [row[0], row]));

/** What each value becomes at a level, the rest among them; blank where it has no value there. */
const columnOf = (table: TableText, level: string): ReadonlyMap<string, string> => {
  const index = table.levels.indexOf(level);
  const rows = index <= 0 ? [] : [...table.rows, [REST, ...table.rest.slice(1)]];
  return new Map(rows.map((row) => [row[0], row[index] ?? '']));
};

/** One level of two tables, over the values that both know. */
const compareLevel = ({ tell }: Differ, at: PolicyPath, level: string, a: TableText, b: TableText): void => {
  const [from, to] = [columnOf(a, level), columnOf(b, level)];
  const common = [...to.keys()].filter((value) => from.has(value));
  const [restFrom, restTo] = [from.get(REST) ?? '', to.get(REST) ?? ''];
  if (restFrom === '' && restTo !== '') tell('unlisted-finer', at, `values that are not listed are \`${restTo}\` by ${level}`);
  if (restFrom !== '' && restTo === '') tell('unlisted-coarser', at, `values that are not listed have no value by ${level}`);
  const moved = common.filter((value) => from.get(value) !== to.get(value) && (value !== REST || (restFrom !== '' && restTo !== '')));
  if (moved.length === 0) return;
  const told = common.filter((value) => value !== REST || (restFrom !== '' && restTo !== ''));
  const [splits, merges] = [isFunction(told, from, to), isFunction(told, to, from)].map((holds) => !holds);
  const names = quoted(moved.filter((value) => value !== REST)) || 'what is not listed';
  if (splits && merges) tell('values-moved', at, `${names} stand under others by ${level}`);
  else if (splits) tell('values-split', at, `${names} are told apart by ${level} from what they were one with`);
  else if (merges) tell('values-merged', at, `${names} are one with others by ${level}`);
  else
    tell('values-renamed', at, `${names} have other names by ${level}: ${quoted([...new Set(moved.map((value) => to.get(value) ?? ''))])}`);
};

/** Whether values that are one in the first are one in the second. */
const isFunction = (values: readonly string[], first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>): boolean => {
  const known = new Map<string, string>();
  return values.every((value) => {
    const [group, other] = [first.get(value) ?? '', second.get(value) ?? ''];
    if (!known.has(group)) known.set(group, other);
    return isSame(known.get(group), other);
  });
};
