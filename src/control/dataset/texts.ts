import type { DatasetIndex } from '../../model/controls.ts';
import type { GuardPlan } from '../../model/dataset.ts';
import { invariant } from '../../model/invariant.ts';
import type { Plan } from '../../model/plan.ts';
import { WILDCARD } from './climb.ts';
import type { Counts } from './counts.ts';
import { createKinds, type Kinds } from './kinds.ts';

/** What an index says of texts that have left a view, where nobody knows their codes any more. */
export interface TextIndex {
  /** Index into `Plan.views`. */
  readonly view: number;
  /** Rule (4), asked with `codesOf`; null: the dataset has no attribute of the view. */
  readonly counts: DatasetIndex | null;
  /** Codes of a tuple of texts, in path order, that left at a path level. */
  codesOf(level: number, texts: readonly string[]): Int32Array;
  /** Persons by kind, of those who certainly match the attributes `subset` (bits) of codes at a level. */
  kindsOf(level: number, codes: Int32Array, subset: number): Kinds;
  /** Rule (5): whether a text is one of the direct values. */
  joins(text: string): boolean;
}

/** Code of a text that nobody of the dataset certainly has: no ladder has it, and only wildcards agree with it. */
const NOBODYS = -2;

/** By text, the codes that the chains of an index have for one attribute at one path level. */
const codesByText = (
  { chains, width }: Counts,
  at: number,
  ladderLevel: number,
  text: (level: number, code: number) => string,
): ReadonlyMap<string, number> => {
  const codes = new Set<number>();
  for (let chain = at; chain < chains.length; chain += width) codes.add(chains[chain]);
  codes.delete(WILDCARD);
  const byText = new Map([...codes].map((code) => [text(ladderLevel, code), code]));
  // Else one of them would be asked for the other.
  invariant(byText.size === codes.size, 'two codes of one ladder level have one text');
  return byText;
};

const NO_KINDS: Kinds = new Map();

/**
 * Leads texts back to codes by the codes that the index itself has: a text that is none of theirs is nobody's. The ladders are those of
 * the index, which its basis vouches for.
 */
export const createTextIndex = (
  plan: Plan,
  guard: GuardPlan,
  counts: Counts | null,
  asked: DatasetIndex | null,
  joins: TextIndex['joins'],
): TextIndex => {
  const view = plan.views[guard.view];
  const { attributes } = plan.events[view.event];
  const known = new Map<number, ReadonlyMap<string, number>>();
  let kinds: ReturnType<typeof createKinds> | null = null;
  const tableOf = (level: number, i: number, body: Counts): ReadonlyMap<string, number> => {
    const at = level * guard.attributes.length + i;
    const { position } = guard.attributes[i];
    const { ladder } = attributes[view.attributes[position]];
    const table = known.get(at) ?? codesByText(body, at, view.path[level][position], (of, code) => ladder.text(of, code));
    known.set(at, table);
    return table;
  };
  const isStar = (level: number, position: number): boolean =>
    view.path[level][position] >= attributes[view.attributes[position]].ladder.levels.length;
  return {
    view: guard.view,
    counts: asked,
    joins,
    kindsOf(level, codes, subset) {
      if (counts === null) return NO_KINDS;
      // Most indexes are never asked.
      kinds ??= createKinds(counts, guard);
      return kinds(level, codes, subset);
    },
    codesOf(level, texts) {
      const codes = new Int32Array(view.attributes.length).fill(NOBODYS);
      if (counts === null) return codes;
      for (const [i, { position }] of guard.attributes.entries())
        codes[position] = isStar(level, position) ? 0 : (tableOf(level, i, counts).get(texts[position]) ?? NOBODYS);
      return codes;
    },
  };
};
