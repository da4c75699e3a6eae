import { HOUR_MS } from '../../model/time.ts';
import type { ViewRule } from '../rules.ts';
import type { Judged } from './judge.ts';
import type { Saying } from './payload.ts';

/** What combined-use periods make of the rules of one window of a view. */
export interface PeriodRule {
  /** Ids of the periods that the window touches. */
  readonly ids: readonly string[];
  /** The greatest k of these; 0: none. */
  readonly k: number;
  readonly isCoarsestOnly: boolean;
  /** One of them was announced, and nobody had shown by the window's end that it is guarded. */
  readonly isSuspended: boolean;
  /** The period to whose output the window leaves: of several the one that was announced first. Null: to the view's own. */
  readonly output: string | null;
  /** All of them have a basis by which subjects can authorise them. */
  readonly mayBeAuthorised: boolean;
  /** That period, when its lineage has a key of its own. */
  readonly lineage: string | null;
}

/** Whether a record is, by its event time, of a period that its window does not touch. `perhaps`: in the same hour as one. */
export type Scope = 'outside' | 'perhaps' | 'inside';

export interface Periods {
  /** Every period that a view ever was in the scope of; the outputs of one that has an end may be deleted when it is over. */
  of(view: ViewRule): readonly { readonly id: string; readonly hasEnd: boolean; readonly hasBasis: boolean }[];
  ruleOf(view: ViewRule, windowStartMs: number): PeriodRule;
  scopeOf(view: ViewRule, windowStartMs: number, eventMs: number): Scope;
}

interface Period {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly k: number;
  readonly isUnindexed: boolean;
  readonly isActive: boolean;
  readonly hasBasis: boolean;
  /** Its lineage is sealed to a key of its own. */
  readonly hasKey: boolean;
}

type Of<K extends Saying['kind']> = Extract<Saying, { readonly kind: K }>;

/** Periods of a view as of a window's end, by going through all that was said before it. */
const periodsOf = (judged: readonly Judged[], view: ViewRule, windowEndMs: number): Period[] => {
  const said = judged.flatMap(({ saying, atMs }) => (saying !== null && atMs < windowEndMs ? [saying] : []));
  const of = <K extends Saying['kind']>(kind: K): Of<K>[] => said.filter((saying): saying is Of<K> => saying.kind === kind);
  return of('period')
    .filter(({ views }) => views.includes(view.name))
    .map(({ id, start, end, k, basis, with: { unindexed } }) => ({
      id,
      startMs: start,
      endMs: of('end').find(({ period }) => period === id)?.end ?? end ?? Number.POSITIVE_INFINITY,
      k,
      isUnindexed: unindexed,
      isActive: of('activation').some(({ period }) => period === id),
      hasBasis: basis !== 'none',
      hasKey: of('activation').some(({ period, lineage }) => period === id && lineage !== undefined),
    }));
};

/**
 * Combined-use periods. A period is rounded outward to windows, so that every window that touches it is wholly of it; whatever is
 * of it by its event time, and comes in another window, leaves nowhere.
 */
export const createPeriods = (judged: readonly Judged[]): Periods => {
  const plan = judged.filter(({ saying }) => saying !== null && ['period', 'activation', 'end'].includes(saying.kind));
  const known = new Map<string, { touched: readonly Period[]; others: readonly Period[] }>();
  const at = (view: ViewRule, startMs: number): { touched: readonly Period[]; others: readonly Period[] } => {
    const name = `${view.name} ${startMs}`;
    const endMs = startMs + view.windowMs;
    const all = known.has(name) ? [] : periodsOf(plan, view, endMs);
    const touches = (period: Period): boolean => period.startMs < endMs && period.endMs > startMs;
    const found = known.get(name) ?? { touched: all.filter(touches), others: all.filter((period) => !touches(period)) };
    known.set(name, found);
    return found;
  };
  return {
    of: (view) =>
      periodsOf(plan, view, Number.POSITIVE_INFINITY).map(({ id, endMs, hasBasis }) => ({
        id,
        hasEnd: endMs < Number.POSITIVE_INFINITY,
        hasBasis,
      })),
    ruleOf(view, windowStartMs) {
      const { touched } = at(view, windowStartMs);
      const home = touched.find(({ isActive }) => isActive);
      return {
        ids: touched.map(({ id }) => id),
        k: Math.max(0, ...touched.map(({ k }) => k)),
        isCoarsestOnly: touched.some(({ isUnindexed }) => isUnindexed),
        isSuspended: touched.some(({ isActive }) => !isActive),
        output: home?.id ?? null,
        lineage: home?.hasKey ? home.id : null,
        mayBeAuthorised: touched.length > 0 && touched.every(({ hasBasis }) => hasBasis),
      };
    },
    scopeOf(view, windowStartMs, eventMs) {
      const { others } = at(view, windowStartMs);
      // Of no known time: of every period that is over.
      if (Number.isNaN(eventMs)) return others.some(({ endMs }) => endMs <= windowStartMs) ? 'inside' : 'outside';
      const rounded = others.map(({ startMs, endMs }) => ({
        fromMs: Math.floor(startMs / view.windowMs) * view.windowMs,
        toMs: Math.ceil(endMs / view.windowMs) * view.windowMs,
      }));
      if (rounded.some(({ fromMs, toMs }) => fromMs <= eventMs && eventMs < toMs)) return 'inside';
      // Gates know the hour of an event, and no more of its time.
      const hourMs = Math.floor(eventMs / HOUR_MS) * HOUR_MS;
      return rounded.some(({ fromMs, toMs }) => fromMs < hourMs + HOUR_MS && hourMs < toMs) ? 'perhaps' : 'outside';
    },
  };
};
