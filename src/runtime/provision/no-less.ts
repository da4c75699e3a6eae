import type { TextIndex } from '../../control/dataset/texts.ts';
import type { DatasetIndex } from '../../model/controls.ts';

/** A tuple that left at a level, asked of an index by its own codes. */
interface Question {
  readonly index: TextIndex;
  readonly counts: DatasetIndex;
  readonly columns: number;
  readonly level: number;
  readonly codes: Int32Array;
}

const ask = (index: TextIndex, level: number, texts: readonly string[]): Question | null => {
  const { counts } = index;
  return counts?.columns === undefined ? null : { index, counts, columns: counts.columns, level, codes: index.codesOf(level, texts) };
};

const isPossible = ({ counts, level, codes }: Question, subset: number): boolean => counts.possibleIn?.(level, codes, subset, 1) !== 0;

/** Of every kind of person who certainly matches by the one there are as many by the other, or more. */
const hasAsMany = (before: Question, now: Question, subset: number): boolean => {
  const kinds = now.index.kindsOf(now.level, now.codes, subset);
  return [...before.index.kindsOf(before.level, before.codes, subset)].every(([kind, persons]) => (kinds.get(kind) ?? 0) >= persons);
};

const propersOf = (columns: number): readonly number[] => {
  const subsets: number[] = [];
  for (let subset = (columns - 1) & columns; subset > 0; subset = (subset - 1) & columns) subsets.push(subset);
  return subsets;
};

/**
 * Whether a tuple that left by one index could have left by another of the same basis, whatever had left finer by the task that decided it,
 * which an output does not tell. By rule (4) the first had, of those whom the task's finer releases left over, kMap who certainly match
 * (or nobody who could, and then the same for every part). Who is left over hangs on what a person's kind is, and on nothing else: so
 * where the other has of every kind as many, it has kMap, too. Written so that what cannot be told fails.
 */
export const isNoLess = (left: { readonly level: number; readonly texts: readonly string[] }, by: TextIndex, other: TextIndex): boolean => {
  const [before, now] = [ask(by, left.level, left.texts), ask(other, left.level, left.texts)];
  if (before === null || now === null || before.columns !== now.columns) return false;
  const isWhole = isPossible(before, before.columns);
  if (isPossible(now, now.columns)) return isWhole && hasAsMany(before, now, now.columns);
  // Nobody is behind the whole tuple any more: then every part is asked, and the first was asked for parts only where nobody was either.
  return propersOf(now.columns).every(
    (part) => !isPossible(now, part) || (!isWhole && isPossible(before, part) && hasAsMany(before, now, part)),
  );
};
