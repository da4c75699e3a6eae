import type { Plan } from '../model/plan.ts';
import { periodPurpose } from './authorised.ts';
import type { ControlSubject } from './shape.ts';
import type { ControlState, PeriodState } from './state.ts';

/** By what an authorised output may know somebody: the pseudonym is made of this. */
export interface Trace {
  readonly view: string;
  readonly period: string;
  /** Control token, hex. */
  readonly token: string;
}

const FOREVER = Number.POSITIVE_INFINITY;

/**
 * Tokens of a subject and of whoever was ever bound to it: of a household its devices, and of a device or account its household, as
 * records under the household's pseudonym may be of any of them.
 */
const tokensAround = ({ bindings, names }: ControlState, { kind, tokens: named }: ControlSubject): readonly string[] => {
  const tokens = named.map((token) => names.rootOf(token));
  if (kind !== 'household')
    return [...tokens, ...tokens.flatMap((token) => bindings.before(token, FOREVER).filter((home) => home !== null))];
  const members = [...bindings.keys()].filter((token) =>
    bindings.before(token, FOREVER).some((home) => home !== null && tokens.includes(home)),
  );
  return [...tokens, ...members];
};

/** Whoever of these ever authorised a period, by what pseudonyms in its views are made of. */
const tracesIn = ({ consents, names }: ControlState, plan: Plan, { record }: PeriodState, tokens: readonly string[]): Trace[] => {
  const grants = tokens.flatMap((token) =>
    consents.before(token, FOREVER).filter(({ state, purposes }) => state === 'granted' && purposes.includes(periodPurpose(record.id))),
  );
  return plan.views
    .filter(({ name }) => record.views.includes(name))
    .flatMap(({ name, subject }) => {
      const own = grants.filter((grant) => grant.subject.kind === subject).map((grant) => names.rootOf(grant.subject.tokens[0]));
      return [...new Set(own)].map((token) => ({ view: name, period: record.id, token }));
    });
};

/**
 * Where authorised outputs may hold something of a subject: of every period and view that it, or somebody bound to it, ever authorised,
 * whatever was said later. What only events tell (a household that a trusted publisher named) is not known here.
 */
export const tracesOf = (state: ControlState, plan: Plan, subject: ControlSubject): readonly Trace[] => {
  const tokens = tokensAround(state, subject);
  return [...state.periods.values()].flatMap((period) => tracesIn(state, plan, period, tokens));
};
