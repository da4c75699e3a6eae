import { isReleased, REASONS, type Reason, reasonOf } from '../../model/verdict.ts';
import type { PolicyColumn, PolicyDataset } from '../../policy/shape.ts';
import { isBound } from '../control/index.ts';
import { type Decisions, groupBy } from '../decisions.ts';
import type { Projection } from '../projection.ts';
import type { Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';
import type { Sources } from '../sources.ts';

/** Reasons that the raw data alone decide: each must hold where it is given, and none may hold where it is not. */
const CERTAIN: Partial<Record<Reason, (projection: Projection) => boolean>> = {
  future: (projection) => projection.future,
  stale: (projection) => projection.stale,
  'no-level': (projection) => projection.start < 0,
};

/** Reasons that only a rule of the view gives: a view without it cannot block by them. */
const BY_RULE: Partial<Record<Reason, (view: ViewRule, datasets: readonly PolicyDataset[]) => boolean>> = {
  gateways: ({ gateways }) => gateways !== null,
  publishers: ({ gateways }) => gateways !== null && gateways.publishers.length > 0,
  dataset: (_, datasets) => datasets.length > 0,
  direct: (_, datasets) => datasets.some(({ columns }) => Object.values(columns).some(isDirect)),
};

const isDirect = (column: PolicyColumn): boolean =>
  column.kind !== undefined || ('attribute' in column && POSITION_AXES.includes(column.axis ?? ''));

const POSITION_AXES = ['lat', 'lon'];

/** What is wrong with a block that no rule of the view can be the reason of; null when nothing is. */
export const withoutRule = (verdict: number, view: ViewRule, { policy }: Rules): string | null => {
  const reason = isReleased(verdict) ? undefined : reasonOf(verdict);
  const has = reason === undefined ? undefined : BY_RULE[reason];
  if (has === undefined) return null;
  const datasets = Object.values(policy.datasets ?? {}).filter(({ guards }) => guards.includes(view.name));
  return has(view, datasets) ? null : `blocked as ${reason}, for which the view has no rule`;
};

/** Whose record it is: `raw`: the record says it; `bindings`: control records do, at the window's end; `unknown`: nobody told us. */
export type Telling = 'raw' | 'bindings' | 'unknown';

/** What gates say of a record before they know whose it is. */
const BEFORE_BINDINGS: readonly (Reason | undefined)[] = ['duplicate', 'folded', 'shutdown', 'erased', 'minor', 'consent'];

const isNobodys = ({ offered, subject }: Projection, reason: Reason | undefined, telling: Telling): boolean => {
  if (telling === 'unknown' || (telling === 'bindings' && BEFORE_BINDINGS.includes(reason))) return offered === null;
  return subject === null;
};

/** Whoever authorised a period leaves with finest values or not at all. */
const lacksFinest = ({ start }: Projection, reason: Reason | undefined): boolean => reason === 'no-level' && start > 0;

/** What is wrong with a verdict by the raw data of its record; null when nothing is. `isAuthorised`: its subject authorised the use. */
export const contradiction = (verdict: number, projection: Projection, telling: Telling = 'raw', isAuthorised = false): string | null => {
  const reason = isReleased(verdict) ? undefined : reasonOf(verdict);
  // Whose keys are gone nobody can decide any more, whatever the record is: I15 asks whether they are.
  if (reason === 'destroyed') return null;
  if (reason === 'no-subject') return telling === 'unknown' || projection.subject === null ? null : 'blocked as no-subject without cause';
  const claimed = reason === undefined ? undefined : CERTAIN[reason];
  if (isAuthorised && lacksFinest(projection, reason)) return null;
  if (claimed !== undefined) return claimed(projection) ? null : `blocked as ${reason} without cause`;
  if (reason === 'gateways' && projection.gateway === null) return null;
  if (isNobodys(projection, reason, telling)) return 'no-subject was not blocked';
  for (const [name, holds] of Object.entries(CERTAIN)) if (holds(projection)) return `${name} was not blocked`;
  return null;
};

/**
 * Reasons that a record with a level never gets to a window for: `no-level` is given to it at the end of the window, when its subject
 * authorised a period. Where only bindings tell the household, two of them wait for the window's end.
 */
const AT_ONCE: readonly (Reason | undefined)[] = ['future', 'stale'];
const AT_ONCE_UNBOUND: readonly (Reason | undefined)[] = [...AT_ONCE, 'no-subject', 'lottery'];

const wasOffered = ({ view, unit, start, read, verdict, gateway }: Decisions, row: number): boolean => {
  if (read[row] < 0 || start[row] < 0 || unit[row] < 0) return false;
  if (isReleased(verdict[row])) return true;
  const reason = reasonOf(verdict[row]);
  if (reason === 'gateways' && gateway[row] < 0) return false;
  return !(isBound(view) ? AT_ONCE : AT_ONCE_UNBOUND).includes(reason);
};

/**
 * Repetitions: what was folded must have `contribution` others of its subject and tuple that were not, a duplicate must
 * have its original; otherwise a record was dropped silently under their name. And no more than `contribution` survive.
 */
export const checkRepetitions = (decisions: Decisions, sources: Sources, findings: Findings): void => {
  const { view, verdict, start, tuples, unit, event, windowStart } = decisions;
  const levels = view.path.length;
  const [duplicate, folded, destroyed] = [REASONS.duplicate.code, REASONS.folded.code, REASONS.destroyed.code];
  const rows: number[] = [];
  for (let row = 0; row < decisions.count; row++) {
    if (wasOffered(decisions, row)) rows.push(row);
  }
  for (const group of groupBy(rows, (row) => `${windowStart[row]} ${unit[row]} ${start[row]} ${tuples[row * levels + start[row]]}`)) {
    const kept = group.filter((row) => verdict[row] !== duplicate && verdict[row] !== folded);
    // Survivors whose keys were destroyed meanwhile stand for what they folded; what came afterwards was never offered.
    const survivors = kept.filter((row) => verdict[row] !== destroyed);
    const where = sources.name(decisions.source[group[0]], decisions.offset[group[0]]);
    if (kept.length < view.contribution && group.some((row) => verdict[row] === folded))
      findings.fail('I1', where, 'folded without the records that stand for it');
    if (survivors.length > view.contribution) findings.fail('I9', where, 'more survivors of a subject and tuple than its contribution');
    for (const row of group) {
      if (verdict[row] !== duplicate) continue;
      const original = group.some(
        (other) => other !== row && verdict[other] !== duplicate && event[row] >= 0 && event[other] === event[row],
      );
      if (!original) findings.fail('I1', sources.name(decisions.source[row], decisions.offset[row]), 'duplicate without its original');
    }
    const known = survivors.filter((row) => event[row] >= 0);
    if (new Set(known.map((row) => event[row])).size < known.length) findings.fail('I9', where, 'one event counted twice');
  }
};
