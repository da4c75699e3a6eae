import type { TextIndex } from '../../control/dataset/texts.ts';
import { authorisedSchemaText, schemaText } from '../../encode/encode.ts';
import { hides } from '../../gate/dataset.ts';
import { createReleasedTuples } from '../../gate/released-tuples.ts';
import { STAR } from '../../model/ladder.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';
import { isNoLess } from './no-less.ts';
import { type Ends, later, type Recheck, readerOf } from './readable.ts';
import { HIDDEN } from './recheck.ts';

/** An output of a guarded view that consumers read, and the index that is to be in force. */
export interface GuardedOutput {
  readonly plan: Plan;
  readonly view: ViewPlan;
  readonly index: TextIndex;
  /** The greatest k of the combined-use periods that it is an output of; 0: it is the view's own. */
  readonly periodK: number;
  /** What subjects authorised: they count for nobody's k, so that direct values alone are looked for. */
  readonly isAuthorised: boolean;
}

/** What consumers of a guarded view can read, held to an index that did not decide it. */
export interface DatasetRecheck extends Pick<Recheck, 'take' | 'count'> {
  /** As of a `Recheck`. */
  before(told: Told): ReadonlyMap<number, number>;
}

/** What is known of how the windows of the view that end at a time, ms, were decided. */
export interface Told {
  /** By the paths and ladders of the index; of others nobody can tell what their texts mean to it, and they fail. */
  isReadable(windowEndMs: number): boolean;
  /** By this index of the same basis, at the same kMap or more; null: nobody can tell, or has it. */
  decidedBy(windowEndMs: number): TextIndex | null;
}

/** Records of a window that are equal in level and tuple. */
interface Group {
  readonly level: number;
  readonly texts: readonly string[];
  readonly codes: Int32Array;
  readonly ends: Ends;
}

/** Tuples of a window of the view, by whoever decided it. */
const failing = (
  { view, index, periodK, isAuthorised }: GuardedOutput,
  groups: readonly Group[],
  decidedBy: TextIndex | null,
): readonly Group[] => {
  const { counts } = index;
  if (counts === null || isAuthorised) return [];
  const released = createReleasedTuples(view.path.length, view.attributes.length);
  for (const { level, codes } of groups) released.note(level, codes);
  const kMap = Math.max(counts.kMap, periodK);
  return groups.filter((group) => {
    const { level, codes } = group;
    const finer = { has: (at: number, of: Int32Array, columns?: number) => at < level && released.has(at, of, columns) };
    return !hides(counts, kMap, level, codes, finer) && (decidedBy === null || !isNoLess(group, decidedBy, index));
  });
};

/**
 * Re-checks what left to an output of a view against an index that did not decide it (spec.md, section 6): rules (4) and (5) of the gate,
 * asked by the texts that left. An output does not tell which task decided it, so that whoever left finer by any of them hides nobody
 * here: never too little. Where that would be more than the gate blocks, as tasks are several, a tuple passes by the index that decided
 * it, if the other is no less (`isNoLess`). Whatever cannot be read as what the view releases fails.
 */
export const createDatasetRecheck = (output: GuardedOutput): DatasetRecheck => {
  const { plan, view, index, isAuthorised } = output;
  const read = readerOf(isAuthorised ? authorisedSchemaText(plan, view) : schemaText(plan, view));
  const width = view.attributes.length;
  const alone: Ends = new Map();
  const windows = new Map<number, Map<string, Group>>();
  const joined = new Map<string, boolean>();
  const joins = (text: string): boolean => {
    const answer = joined.get(text) ?? (text !== STAR && index.joins(text));
    joined.set(text, answer);
    return answer;
  };
  let count = 0;
  const groupOf = (windowEnd: number, level: number, texts: readonly string[]): Group => {
    const groups = windows.get(windowEnd) ?? new Map<string, Group>();
    windows.set(windowEnd, groups);
    const name = JSON.stringify([level, texts]);
    const group = groups.get(name) ?? { level, texts, codes: index.codesOf(level, texts), ends: new Map() };
    groups.set(name, group);
    return group;
  };
  return {
    get count() {
      return count;
    },
    take({ partition, offset, value }) {
      count++;
      const fields = read(value);
      const [windowEnd, level, ...texts] = (fields ?? []) as [number, number, ...string[]];
      const tuple = texts.slice(0, width);
      const sensitive = view.sensitive === null || HIDDEN.includes(texts[width]) ? [] : [texts[width]];
      const isWhole = fields !== null && level >= 0 && level < view.path.length;
      if (!isWhole || [...tuple, ...sensitive].some(joins)) later(alone, partition, offset + 1);
      else later(groupOf(windowEnd, level, tuple).ends, partition, offset + 1);
    },
    before({ isReadable, decidedBy }) {
      const all: Ends = new Map(alone);
      for (const [windowEnd, groups] of windows) {
        const own = [...groups.values()];
        for (const { ends } of isReadable(windowEnd) ? failing(output, own, decidedBy(windowEnd)) : own)
          for (const [partition, end] of ends) later(all, partition, end);
      }
      return all;
    },
  };
};
