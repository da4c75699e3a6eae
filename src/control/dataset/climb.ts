import type { Column } from '../../model/columns.ts';
import type { DatasetPlan, GuardAttribute, GuardPlan, RowBlock } from '../../model/dataset.ts';
import type { Ladder } from '../../model/ladder.ts';
import type { Plan } from '../../model/plan.ts';

/**
 * Code of what a dataset does not know: it could be anything. Ladders have no negative codes.
 */
export const WILDCARD = -1;

/** What rows become: for each guard a chain a row, and whether the row maps. */
export interface Climbed {
  /** Per guard `count` x path levels x attributes, row-major; empty for a guard without attributes. */
  readonly chains: readonly Int32Array[];
  /** 1 where every attribute was recognised and has a value at the coarsest level that is not `*`. */
  readonly mapped: Uint8Array;
}

/** Length of a guard's chains. */
export const chainWidth = (plan: Plan, guard: GuardPlan): number => (plan.views[guard.view]?.path.length ?? 0) * guard.attributes.length;

/**
 * Climbs rows by the very ladders that events climb by. A chain holds the code of each attribute at each path level, and
 * `WILDCARD` where the row has no value there: it is missing, too coarse, or nobody listed it. At `*` everybody has code 0.
 */
export const createClimber = (plan: Plan, dataset: DatasetPlan): ((block: RowBlock) => Climbed) => {
  const guards = dataset.guards.map((guard) => compileGuard(plan, guard));
  return (block) => {
    const mapped = new Uint8Array(block.count).fill(1);
    const chains = guards.map((attributes) => {
      const width = attributes.reduce((sum, { levels }) => sum + levels.length, 0);
      const codes = new Int32Array(block.count * width);
      for (const attribute of attributes) climbAttribute(attribute, block, codes, width, mapped);
      return codes;
    });
    return { chains, mapped };
  };
};

interface Climbing {
  readonly ladder: Ladder;
  readonly inputs: readonly number[];
  readonly isRecognised: (first: number, codes: Int32Array, at: number) => boolean;
  /** Ladder level per path level, and where its code goes in a chain. */
  readonly levels: readonly { readonly ladderLevel: number; readonly to: number }[];
  /** Ladder level at the coarsest path level that is not `*`; -1: there is none. */
  readonly coarsest: number;
}

const compileGuard = (plan: Plan, guard: GuardPlan): Climbing[] => {
  const view = plan.views[guard.view];
  const event = plan.events[view?.event ?? -1];
  if (view === undefined || event === undefined) return [];
  return guard.attributes.flatMap((attribute, at): Climbing[] => {
    const { ladder } = event.attributes[view.attributes[attribute.position] ?? -1] ?? {};
    if (ladder === undefined) return [];
    const levels = view.path.map((path, level) => ({
      ladderLevel: path[attribute.position] ?? ladder.levels.length,
      to: level * guard.attributes.length + at,
    }));
    const below = levels.filter(({ ladderLevel }) => ladderLevel < ladder.levels.length).map(({ ladderLevel }) => ladderLevel);
    return [{ ladder, inputs: attribute.inputs, isRecognised: recogniser(ladder, attribute), levels, coarsest: below.at(-1) ?? -1 }];
  });
};

/** What ladders write for whatever has no place of its own. */
const OTHER = 'other';

/**
 * Whether a ladder knows a value, or only has a place for what it does not know. A model that no table lists, or a system
 * whose name is no listed family, is "other" when a device sends it; in a dataset it may as well be a listed one in another
 * spelling, which a person would recognise: so it could be anything.
 */
const recogniser = (ladder: Ladder, { hasName }: GuardAttribute): Climbing['isRecognised'] => {
  if (ladder.technique === 'table') return (first) => first === 0;
  if (ladder.technique === 'language') {
    // A ladder of `top` alone has one place for registered languages and for others: which it is nobody can tell.
    if (ladder.levels[0] === 'top') return (first, codes, at) => first > 0 || ladder.text(0, codes[at] ?? 0) !== OTHER;
    const primary = ladder.levels.lastIndexOf('primary');
    return (first) => first <= Math.max(0, primary);
  }
  // Texts of versions without a family begin with their number, or are `other`.
  if (ladder.technique === 'version' && hasName)
    return (first, codes, at) => first >= ladder.levels.length || !/^(?:\d|other$)/.test(ladder.text(first, codes[at + first] ?? 0));
  return () => true;
};

const climbAttribute = (attribute: Climbing, block: RowBlock, chains: Int32Array, width: number, mapped: Uint8Array): void => {
  const { ladder, levels, coarsest } = attribute;
  const height = ladder.levels.length;
  const codes = new Int32Array(block.count * height);
  const first = new Uint8Array(block.count);
  const inputs = attribute.inputs.map((column) => block.columns[column]);
  const none = new Float64Array(block.count);
  // An input that nobody has is left out, as the plan of an event leaves it out.
  ladder.apply(inputs as Column[], { count: block.count, appendMs: none, eventMs: none }, codes, first);
  for (let row = 0; row < block.count; row++) {
    let from = first[row];
    const isMissing = inputs.some((column) => column !== undefined && column.length[row] < 0);
    if (isMissing || !attribute.isRecognised(from, codes, row * height)) from = height;
    if (from > coarsest && coarsest >= 0) mapped[row] = 0;
    for (const { ladderLevel, to } of levels) {
      const isStar = ladderLevel >= height;
      chains[row * width + to] = isStar ? 0 : ladderLevel < from ? WILDCARD : codes[row * height + ladderLevel];
    }
  }
};
