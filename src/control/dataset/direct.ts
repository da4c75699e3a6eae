import type { DirectIndex } from '../../model/controls.ts';
import type { Prf } from '../../model/keys.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';
import { type Bloom, isInBloom } from './bloom.ts';
import type { Origin } from './count-index.ts';
import { directMessage } from './values.ts';

/** What a direct index holds: keyed tokens of (kind, canonical value) in a filter, and the kinds that there are. */
export interface Direct {
  readonly kinds: readonly string[];
  readonly bloom: Bloom;
}

/** Answers of one run are few: the values that ladders give out. The bound keeps a ladder of places from filling the memory. */
const MAX_KNOWN = 1 << 18;

/** Whether a text is, under any of the registered kinds, a value of the dataset. */
export const createJoins =
  ({ kinds, bloom }: Direct, prf: Prf): ((text: string) => boolean) =>
  (text) =>
    kinds.some((kind) => isInBloom(bloom, prf.one(directMessage(kind, text))));

/**
 * Rule (5): whether the text that would leave is, under any of the registered kinds, a value of the dataset. Asked with the
 * code of a ladder, since a text leaves as that ladder writes it.
 */
export const createDirectIndex = (direct: Direct, plan: Plan, view: ViewPlan, prf: Prf, origin: Origin): DirectIndex => {
  const attributes = plan.events[view.event]?.attributes ?? [];
  const joins = createJoins(direct, prf);
  const known = new Map<string, boolean>();
  const look = (attribute: number, level: number, code: number): boolean => {
    const text = attributes[attribute]?.ladder.text(level, code);
    // A code that no text belongs to is no value that could be told apart: it does not leave.
    return text === undefined || joins(text);
  };
  return {
    view: view.index,
    ...origin,
    has(attribute, level, code) {
      const key = `${attribute}:${level}:${code}`;
      const answer = known.get(key);
      if (answer !== undefined) return answer;
      const found = look(attribute, level, code);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, found);
      return found;
    },
  };
};
