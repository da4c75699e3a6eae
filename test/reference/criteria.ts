import type { Controls } from '../../src/model/controls.ts';
import type { Prf } from '../../src/model/keys.ts';
import type { Plan, ViewPlan } from '../../src/model/plan.ts';
import type { Reason } from '../../src/model/verdict.ts';
import { firstOfEachSubject, groupBy, type PlainCandidate, subjectsOf } from './plain.ts';

const HOUR_MS = 3_600_000;
const NO_GATEWAY = '0'.repeat(32);

/** Everything that one close depends on. */
export interface Closing {
  readonly plan: Plan;
  readonly view: ViewPlan;
  readonly windowStartMs: number;
  readonly controls: Controls;
  readonly publishers: readonly string[];
  readonly key: Prf;
  readonly survivors: readonly PlainCandidate[];
}

export const touches = (period: { startMs: number; endMs: number }, fromMs: number, toMs: number): boolean =>
  period.startMs < toMs && fromMs < period.endMs;

/** In scope of a period by event time only. */
export const isLate = ({ view, windowStartMs, controls }: Closing, one: PlainCandidate): boolean =>
  controls.periods.some((period) => {
    if (period.view !== view.index || touches(period, windowStartMs, windowStartMs + view.windowMs)) return false;
    if (one.eventHour < 0) return period.endMs <= windowStartMs;
    const startMs = Math.floor(period.startMs / view.windowMs) * view.windowMs;
    const endMs = Math.ceil(period.endMs / view.windowMs) * view.windowMs;
    return touches({ startMs, endMs }, one.eventHour * HOUR_MS, (one.eventHour + 1) * HOUR_MS);
  });

/** Conditions (1) to (6) in order; null when all hold. */
export const firstFailure = (
  closing: Closing,
  k: number,
  level: number,
  members: readonly PlainCandidate[],
  known: ReadonlySet<string>,
  released: Set<string>,
): Reason | null => {
  const { view, controls, publishers } = closing;
  const counted = members.filter((one) => !known.has(one.subject));
  const codes = members[0]!.codes[level]!;
  if (subjectsOf(counted).size < k) return 'k';
  if (view.gateways !== null) {
    const behind = groupBy(firstOfEachSubject(counted), (one) => one.gateway);
    behind.delete(NO_GATEWAY);
    const capped = (cap: number): number => [...behind.values()].reduce((sum, some) => sum + Math.min(some.length, cap), 0);
    const everyK = Array.from({ length: k }, (_, i) => i + 1);
    if (behind.size < view.gateways.min || everyK.some((upTo) => capped(Math.ceil(upTo / 4)) < upTo)) return 'gateways';
  }
  if (publishers.some((publisher) => !survivesPublisher(members, known, publisher, k))) return 'publishers';
  const periods = controls.periods.filter(
    (p) => p.view === view.index && touches(p, closing.windowStartMs, closing.windowStartMs + view.windowMs),
  );
  if (controls.datasets.some((index) => index.view === view.index && !hidesInDataset(index, level, codes, periods, released)))
    return 'dataset';
  if (controls.direct.some((index) => index.view === view.index && joinsDirectly(closing, index, level, members))) return 'direct';
  if (periods.some((period) => period.isSuspended)) return 'combined-use';
  if (periods.some((period) => period.coarsestOnly) && level < view.path.length - 1) return 'combined-use';
  return null;
};

const survivesPublisher = (members: readonly PlainCandidate[], known: ReadonlySet<string>, publisher: string, k: number): boolean => {
  const bySubject = [...groupBy(members, (one) => one.subject)].map(([subject, records]) => ({
    fresh: !known.has(subject),
    behind: new Set(records.map((one) => one.gateway)),
  }));
  const isIts = ({ behind }: { behind: Set<string> }): boolean => behind.has(publisher);
  const mixed = bySubject.filter((one) => !isIts(one) || one.behind.size > 1);
  const strangers = mixed.filter((one) => one.fresh && !isIts(one) && !one.behind.has(NO_GATEWAY));
  const shared = mixed.filter((one) => one.fresh && isIts(one));
  return strangers.length >= k || (mixed.length === shared.length && (shared.length === 0 || shared.length >= k));
};

const hidesInDataset = (
  index: Controls['datasets'][number],
  level: number,
  codes: readonly number[],
  periods: Controls['periods'],
  released: Set<string>,
): boolean => {
  const kMap = Math.max(index.kMap, ...periods.map((period) => period.k));
  const tuple = Int32Array.from(codes);
  const all = (index.columns ?? -1) & (2 ** codes.length - 1);
  const finer = {
    has: (at: number, other: Int32Array, columns = -1) =>
      at < level &&
      [...released].some((tuple) => tuple.startsWith(`${at}:`) && agrees(tuple.slice(tuple.indexOf(':') + 1), other, columns)),
  };
  if (index.possible(level, tuple) !== 0) return index.certain(level, tuple, finer) >= kMap;
  return Array.from({ length: all }, (_, subset) => subset).every((subset) => {
    if (subset === 0 || (subset & ~all) !== 0) return true;
    if (index.possibleIn === undefined || index.certainIn === undefined) return false;
    return index.possibleIn(level, tuple, subset) === 0 || index.certainIn(level, tuple, subset, finer) >= kMap;
  });
};

const agrees = (tuple: string, codes: Int32Array, columns: number): boolean =>
  tuple.split(',').every((code, i) => ((columns >> i) & 1) === 0 || Number(code) === codes[i]);

const joinsDirectly = (
  { plan, view }: Closing,
  index: Controls['direct'][number],
  level: number,
  members: readonly PlainCandidate[],
): boolean => {
  const ladders = plan.events[view.event]!.attributes.map((attribute) => attribute.ladder.levels.length);
  const inTuple = view.attributes.some((attribute, i) => {
    const at = view.path[level]![i]!;
    return at < ladders[attribute]! && index.has(attribute, at, members[0]!.codes[level]![i]!);
  });
  const { sensitive } = view;
  return inTuple || (sensitive !== null && members.some((one) => one.sensitive >= 0 && index.has(sensitive.attribute, 0, one.sensitive)));
};
