import type { Attribute } from '../attributes.ts';
import type { PolicyPath } from '../report.ts';
import type { PolicyView } from '../shape.ts';
import { type Differ, quoted } from './differ.ts';
import { isSame } from './leaves.ts';
import { identityOf, type Resolved } from './side.ts';

const STAR = '*';

/** One attribute of a view: what it reads, what it is called, and its level at each level of the path. */
interface Line {
  readonly name: string;
  readonly ladder: readonly string[];
  readonly levels: readonly string[];
}

const levelName = (wanted: string | number | undefined): string =>
  wanted === undefined ? STAR : typeof wanted === 'number' ? `r${wanted}` : wanted;

/** Attributes that a path names and the event has. */
export const usedAttributes = (view: PolicyView, side: Resolved): readonly Attribute[] => {
  const names = new Set(view.path.flatMap((level) => Object.keys(level)));
  return side.attributes(view.event).filter(({ name }) => names.has(name));
};

/** Lines by identity of their attribute. One that is hidden at every level is none. */
const linesOf = (view: PolicyView, side: Resolved): ReadonlyMap<string, Line> => {
  const names = [...new Set(view.path.flatMap((level) => Object.keys(level)))];
  const known = side.attributes(view.event);
  return new Map(
    names.flatMap((name): [string, Line][] => {
      const attribute = known.find((candidate) => candidate.name === name);
      const levels = view.path.map((level) => levelName(Object.hasOwn(level, name) ? level[name] : undefined));
      if (levels.every((level) => level === STAR)) return [];
      const ladder = attribute === undefined ? [] : side.levels(attribute.ladder);
      return [[attribute === undefined ? `? ${name}` : identityOf(attribute), { name, ladder, levels }]];
    }),
  );
};

/** Whether a level is as fine as another or finer; levels of which nobody knows the order are not. */
const isFiner = (level: string, than: string, ladder: readonly string[]): boolean => {
  if (level === than || than === STAR) return true;
  const [a, b] = [ladder.indexOf(level), ladder.indexOf(than)];
  return a >= 0 && b >= 0 && a <= b;
};

/**
 * What a path lets be seen, compared attribute by attribute and level by level. Attributes that only one side has are told
 * as such; of the others every level that is new can release what was blocked or left coarser, and every level that is gone
 * blocks or coarsens. A level that is coarser than none of the old ones tells more than anything before.
 */
export const pathChanges = (differ: Differ, at: PolicyPath, a: PolicyView, b: PolicyView): void => {
  const { before, after, tell } = differ;
  const found = differ.changes.length;
  const [old, next] = [linesOf(a, before), linesOf(b, after)];
  for (const [identity, { name, levels }] of next)
    if (!old.has(identity)) tell('attribute-added', at, `it shows \`${name}\`, at the finest by ${levels[0]}`);
  for (const [identity, { name }] of old)
    if (!next.has(identity))
      tell('attribute-removed', at, `it shows \`${name}\` no more; what else it shows may leave finer, as classes grow`);
  const common = [...next].filter(([identity]) => old.has(identity));
  const rows = (lines: ReadonlyMap<string, Line>, count: number): readonly (readonly string[])[] => {
    const all = Array.from({ length: count }, (_, level) => common.map(([identity]) => lines.get(identity)?.levels[level] ?? STAR));
    return all.filter((row, index) => row.some((level) => level !== STAR) && all.findIndex((other) => isSame(other, row)) === index);
  };
  const [from, to] = [rows(old, a.path.length), rows(next, b.path.length)];
  const said = (row: readonly string[]): string => row.map((level, index) => `\`${common[index][1].name}\` by ${level}`).join(', ');
  const covers = (fine: readonly string[], coarse: readonly string[]): boolean =>
    fine.every((level, index) => isFiner(level, coarse[index], common[index][1].ladder));
  for (const row of to.filter((candidate) => !from.some((known) => isSame(known, candidate)))) {
    if (from.some((known) => covers(known, row)))
      tell('level-added', at, `records that were blocked or left coarser leave with ${said(row)}`);
    else tell('level-finer', at, `records leave with ${said(row)}, which is finer than before`);
  }
  for (const row of from.filter((candidate) => !to.some((known) => isSame(known, candidate))))
    tell('level-removed', at, `no record leaves with ${said(row)} any more: it leaves coarser or is blocked`);
  if (found === differ.changes.length && !isSame(a.path, b.path))
    tell('restated', at, `it shows what it showed, as ${quoted(Object.keys(b.path[0]))}`);
};
