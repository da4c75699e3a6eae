import type { Actor, SubjectControls } from '../model/controls.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import type { Reason } from '../model/verdict.ts';
import { authorisedSubject } from './authorised.ts';
import type { ControlState } from './state.ts';

/** The window that is decided: [start, end), ms. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Who an actor is as of the end of a window: what consent, erasure and age are looked up by. */
export interface Known {
  readonly tokens: readonly string[];
  readonly household: string | null;
}

const boundTo = ({ bindings }: ControlState, token: string | null, endMs: number): string | null =>
  (token === null ? undefined : bindings.before(token, endMs).at(-1)) ?? null;

/** A device's own binding says more of it than that of the account that used it. */
const householdOf = (state: ControlState, { device, account, household }: Actor, endMs: number): string | null =>
  boundTo(state, device, endMs) ?? boundTo(state, account, endMs) ?? household;

/**
 * Who is behind an actor. Where the record names no account, whoever has one in the household may have been it, so that what any of
 * them said counts.
 */
const know = (state: ControlState, actor: Actor, endMs: number): Known => {
  const household = householdOf(state, actor, endMs);
  const accounts = actor.account === null && household !== null ? state.membersOf(household, endMs) : [];
  const tokens = [actor.device, actor.account, actor.household, household, ...accounts].filter((token) => token !== null);
  return { tokens: [...new Set(tokens)], household };
};

/** Denied or withdrawn for the view's purpose, at any moment of the window. Unknown is no denial: the ordinary views may have it. */
const isDenied = ({ consents }: ControlState, token: string, purpose: string, { startMs, endMs }: Span): boolean => {
  const said = consents.before(token, endMs).filter(({ purposes }) => purposes.includes(purpose) || purposes.includes('*'));
  const last = said.at(-1);
  if (last === undefined || last.state === 'granted') return false;
  return (last.from ?? Number.NEGATIVE_INFINITY) < endMs && (last.to ?? Number.POSITIVE_INFINITY) > startMs;
};

const refusalOf = (state: ControlState, tokens: readonly string[], view: ViewPlan, span: Span): Reason | null => {
  if (tokens.some((token) => state.erasures.before(token, span.endMs).length > 0)) return 'erased';
  if (tokens.some((token) => (state.ages.before(token, span.endMs).at(-1) ?? 'adult') !== 'adult')) return 'minor';
  return tokens.some((token) => isDenied(state, token, view.purpose, span)) ? 'consent' : null;
};

/** What control records say of the subjects of one window of a view, as of its end. */
export const subjectControls = (state: ControlState, plan: Plan, view: ViewPlan, span: Span): SubjectControls => ({
  household: (actor) => householdOf(state, actor, span.endMs),
  refusal: (actor) => (isShutDown(state, span) ? 'shutdown' : refusalOf(state, know(state, actor, span.endMs).tokens, view, span)),
  authorised: (actor, period) => authorisedSubject(state, plan, view, span, actor, know(state, actor, span.endMs), period),
});

/** Of a service that ends nobody's records leave any more. */
const isShutDown = ({ shutdown }: ControlState, { startMs, endMs }: Span): boolean =>
  shutdown !== null && shutdown.atMs < endMs && startMs >= shutdown.fromMs;
