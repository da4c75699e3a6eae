import type { Actor, SubjectControls } from '../model/controls.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import type { Reason } from '../model/verdict.ts';
import { authorisedSubject } from './authorised.ts';
import { controlKeyAt } from './control-keys.ts';
import type { ControlState } from './state.ts';

/** The window that is decided: [start, end), ms. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Who an actor is as of the end of a window: what consent, erasure and age are looked up by. All are roots of names. */
export interface Known {
  readonly tokens: readonly string[];
  readonly household: string | null;
}

/** An actor by the roots of its names, whatever control key the window's tokens are under. */
const rootsOf = ({ names }: ControlState, { device, account, household }: Actor): Actor => {
  const root = (token: string | null) => (token === null ? null : names.rootOf(token));
  return { device: root(device), account: root(account), household: root(household) };
};

const boundTo = ({ bindings }: ControlState, root: string | null, endMs: number): string | null =>
  (root === null ? undefined : bindings.before(root, endMs).at(-1)) ?? null;

/** A device's own binding says more of it than that of the account that used it. */
const householdOf = (state: ControlState, { device, account, household }: Actor, endMs: number): string | null =>
  boundTo(state, device, endMs) ?? boundTo(state, account, endMs) ?? household;

/**
 * The household that k counts, as the window's events would spell it: one subject is one token, whether a record names its home or only
 * a binding does, and it is the same token whenever the window is decided.
 */
const countedAs = (state: ControlState, actor: Actor, { startMs, endMs }: Span): string | null => {
  const { device, account } = rootsOf(state, actor);
  const home = boundTo(state, device, endMs) ?? boundTo(state, account, endMs);
  if (home === null) return actor.household;
  return state.names.under(home, controlKeyAt(state, startMs).number) ?? home;
};

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
  household: (actor) => countedAs(state, actor, span),
  refusal: (actor) =>
    isShutDown(state, span) ? 'shutdown' : refusalOf(state, know(state, rootsOf(state, actor), span.endMs).tokens, view, span),
  authorised(actor, period) {
    const roots = rootsOf(state, actor);
    return authorisedSubject(state, plan, view, span, roots, know(state, roots, span.endMs), period);
  },
});

/** Of a service that ends nobody's records leave any more. */
const isShutDown = ({ shutdown }: ControlState, { startMs, endMs }: Span): boolean =>
  shutdown !== null && shutdown.atMs < endMs && startMs >= shutdown.fromMs;
