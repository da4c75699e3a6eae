import { isReleased, REASONS, type Reason, reasonOf } from '../../model/verdict.ts';
import { type Decisions, groupBy } from '../decisions.ts';
import type { Projection } from '../projection.ts';
import type { Findings } from '../report.ts';
import type { Sources } from '../sources.ts';

/** Reasons that the raw data alone decide: each must hold where it is given, and none may hold where it is not. */
const CERTAIN: Partial<Record<Reason, (projection: Projection) => boolean>> = {
  'no-subject': (projection) => projection.subject === null,
  future: (projection) => projection.future,
  stale: (projection) => projection.stale,
  'no-level': (projection) => projection.start < 0,
};

/** What is wrong with a verdict by the raw data of its record; null when nothing is. */
export const contradiction = (verdict: number, projection: Projection): string | null => {
  const reason = isReleased(verdict) ? undefined : reasonOf(verdict);
  const claimed = reason === undefined ? undefined : CERTAIN[reason];
  if (claimed !== undefined) return claimed(projection) ? null : `blocked as ${reason} without cause`;
  if (reason === 'gateways' && projection.gateway === null) return null;
  for (const [name, holds] of Object.entries(CERTAIN)) if (holds(projection)) return `${name} was not blocked`;
  return null;
};

const CANDIDATE = (verdict: number): boolean =>
  isReleased(verdict) ||
  ['k', 'gateways', 'publishers', 'contribution', 'duplicate', 'folded', 'lottery'].includes(reasonOf(verdict) ?? '');

/**
 * Repetitions: what was folded must have `contribution` others of its subject and tuple that were not, a duplicate must
 * have its original; otherwise a record was dropped silently under their name. And no more than `contribution` survive.
 */
export const checkRepetitions = (decisions: Decisions, sources: Sources, findings: Findings): void => {
  const { view, verdict, start, tuples, subject, event, windowStart, read } = decisions;
  const levels = view.path.length;
  const [duplicate, folded, lottery] = [REASONS.duplicate.code, REASONS.folded.code, REASONS.lottery.code];
  const rows: number[] = [];
  for (let row = 0; row < decisions.count; row++) {
    if (read[row] >= 0 && start[row] >= 0 && subject[row] >= 0 && CANDIDATE(verdict[row]) && verdict[row] !== lottery) rows.push(row);
  }
  for (const group of groupBy(rows, (row) => `${windowStart[row]} ${subject[row]} ${start[row]} ${tuples[row * levels + start[row]]}`)) {
    const survivors = group.filter((row) => verdict[row] !== duplicate && verdict[row] !== folded);
    const where = sources.name(decisions.source[group[0]], decisions.offset[group[0]]);
    if (survivors.length < view.contribution && group.some((row) => verdict[row] === folded))
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
