import { invariant } from '../model/invariant.ts';
import { type Ladder, STAR } from '../model/ladder.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { SENSITIVE_OTHER, SENSITIVE_STAR } from '../model/released.ts';
import { viewAttributes } from './schema.ts';

/** The texts that a view's codes leave as. Ladders are their only source, and each (ladder level, code) is asked once. */
export interface Texts {
  /** Names of the tuple's attributes, in path order. */
  readonly names: readonly string[];
  /** Text of an attribute of the tuple at a path level. */
  attribute(attribute: number, level: number, code: number): string;
  /** Text of the sensitive field: a code of its ladder's finest level, or one of the two that stand for all others. */
  sensitive(code: number): string;
}

/** What a sensitive value of too few subjects leaves as. */
export const OTHER = 'other';

export const createTexts = (plan: Plan, view: ViewPlan): Texts => {
  const attributes = viewAttributes(plan, view);
  const readers = view.path.map((ladderLevels) => attributes.map(({ ladder }, a) => cached(view, ladder, ladderLevels[a])));
  const source = view.sensitive === null ? null : plan.events[view.event].attributes[view.sensitive.attribute].ladder;
  const finest = source === null ? null : cached(view, source, 0);
  return {
    names: attributes.map(({ name }) => name),
    attribute: (attribute, level, code) => readers[level][attribute](code),
    sensitive(code) {
      if (code === SENSITIVE_OTHER) return OTHER;
      if (code === SENSITIVE_STAR) return STAR;
      invariant(finest !== null && code >= 0, `view ${view.name}: a sensitive code that is none`);
      return finest(code);
    },
  };
};

/** Unpaired surrogates have no UTF-8 form: the Avro and the JSON record would say different things. */
const UNPAIRED = /\p{Surrogate}/u;

const cached = (view: ViewPlan, ladder: Ladder, level: number): ((code: number) => string) => {
  if (level === ladder.levels.length) return () => STAR;
  const known = new Map<number, string>();
  return (code) => {
    const found = known.get(code);
    if (found !== undefined) return found;
    const text = ladder.text(level, code);
    invariant(typeof text === 'string' && !UNPAIRED.test(text), `view ${view.name}: a ladder gave no text for a released code`);
    known.set(code, text);
    return text;
  };
};
