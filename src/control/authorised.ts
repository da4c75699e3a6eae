import type { Actor } from '../model/controls.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import type { Refusal } from './refusals.ts';
import type { RecordOf } from './shape.ts';
import type { ControlState } from './state.ts';
import type { Known, Span } from './subjects.ts';

const PREFIX = 'period:';

/** The purpose by which somebody authorises a combined-use period: that one, and no other use. */
export const periodPurpose = (id: string): string => `${PREFIX}${id}`;

type Consent = RecordOf<'consent'>;

/**
 * Why a grant that names a period cannot be taken: a use that was not declared yet cannot be authorised, nor one that has no basis for it,
 * nor by somebody whom no view in its scope counts; whom a law covers, two signers say, as they do the period itself. Refusing
 * somebody's data is always possible.
 */
export const authorisationRefusal = (state: ControlState, record: Consent, plan: Plan, signers: number): Refusal | null => {
  if (record.state !== 'granted') return null;
  for (const purpose of record.purposes) {
    if (!purpose.startsWith(PREFIX)) continue;
    const period = state.periods.get(purpose.slice(PREFIX.length))?.record;
    if (period === undefined) return 'unknown-name';
    const counts = plan.views.some(({ name, subject }) => period.views.includes(name) && subject === record.subject.kind);
    if (period.basis === 'none' || !counts) return 'contradiction';
    if (period.basis === 'law' && signers < 2) return 'one-signer';
  }
  return null;
};

/** What somebody said last of a period. Who refuses every purpose refuses this one, too; granting every purpose does not name it. */
const wordOn = ({ consents }: ControlState, token: string, purpose: string, endMs: number): Consent | undefined =>
  consents
    .before(token, endMs)
    .findLast(({ purposes, state }) => purposes.includes(purpose) || (state !== 'granted' && purposes.includes('*')));

/** It holds in all of the window: what came before it began, or comes after it ended, is not authorised. */
const isInForce = ({ from, to }: Consent, { startMs, endMs }: Span): boolean =>
  (from ?? Number.NEGATIVE_INFINITY) <= startMs && (to ?? Number.POSITIVE_INFINITY) >= endMs;

/** The subject of the view behind an actor; null where no control record can be about it: gateways that stand for households. */
const countedBy = (plan: Plan, view: ViewPlan, { device }: Actor, { household }: Known): string | null => {
  if (view.subject === 'device') return device;
  return plan.events[view.event].household === 'gateway' ? null : household;
};

/**
 * The subject of the view that authorised a period, as the first token of its own grant, or the root of that, so that it has one name
 * however events spell it and whatever control key they lie under; null when it did not. What anybody behind the record refused is not authorised, and neither is a record that names another
 * household than the one that it is bound to, unless both are the same.
 */
export const authorisedSubject = (
  state: ControlState,
  plan: Plan,
  view: ViewPlan,
  span: Span,
  actor: Actor,
  known: Known,
  period: string,
): string | null => {
  const subject = countedBy(plan, view, actor, known);
  if (subject === null) return null;
  const purpose = periodPurpose(period);
  const grant = wordOn(state, subject, purpose, span.endMs);
  if (grant === undefined || grant.state !== 'granted' || !isInForce(grant, span)) return null;
  const isRefused = known.tokens.some((token) => (wordOn(state, token, purpose, span.endMs)?.state ?? 'granted') !== 'granted');
  const granted = grant.subject.tokens.map((token) => state.names.rootOf(token));
  const isNamedOtherwise = view.subject === 'household' && actor.household !== null && !granted.includes(actor.household);
  return isRefused || isNamedOtherwise ? null : granted[0];
};
