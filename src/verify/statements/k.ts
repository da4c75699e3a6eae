import { REASONS } from '../../model/verdict.ts';
import { type Classes, distinct, leftFinerOf, type ReleasedClass } from '../classes.ts';
import { type Decisions, groupBy, placeOf } from '../decisions.ts';
import type { Findings } from '../report.ts';

/**
 * I3: every released class has at least k distinct subjects of the view's unit, counted from the raw records that left, of
 * whom nothing left finer under the same tuple: whoever knows the others takes them away. Window by window.
 */
export const checkK = (decisions: Decisions, { windows }: Classes, findings: Findings): void => {
  const { view, subject } = decisions;
  for (const { windowStart, classes, released } of windows) {
    const leftFiner = leftFinerOf(decisions, released);
    const k = decisions.kOf(windowStart);
    const below = (count: number, where: string, what: string): boolean => {
      if (count < k) findings.fail(count < view.k ? 'I3' : 'I13', where, count < view.k ? what : `${what}, that of a period`);
      return count < k;
    };
    for (const { level, released: leaving } of classes) {
      const known = leaving.filter((row) => subject[row] >= 0);
      const where = placeOf(view, windowStart, level);
      if (known.length < leaving.length) findings.fail('I3', where, 'released without a subject');
      if (below(distinct(known.map((row) => subject[row])), where, 'class below k')) continue;
      const alone = distinct(known.filter((row) => !leftFiner(row, level)).map((row) => subject[row]));
      below(alone, where, 'class below k without those who left finer under its tuple');
    }
  }
};

const CAP_DIVISOR = 4;

/**
 * The most subjects that count when each gateway counts for at most `cap` of them: a bipartite matching, one augmenting
 * path a subject (Kuhn), until `enough` is reached.
 */
export const cappedSubjects = (gatewaysOf: ReadonlyMap<number, ReadonlySet<number>>, cap: number, enough: number): number => {
  const held = new Map<number, number[]>();
  const place = (subject: number, tried: Set<number>): boolean => {
    for (const gateway of gatewaysOf.get(subject) ?? []) {
      if (tried.has(gateway)) continue;
      tried.add(gateway);
      const guests = held.get(gateway) ?? [];
      held.set(gateway, guests);
      if (guests.length < cap) {
        guests.push(subject);
        return true;
      }
      for (const [i, guest] of guests.entries()) {
        if (!place(guest, tried)) continue;
        guests[i] = subject;
        return true;
      }
    }
    return false;
  };
  let counted = 0;
  for (const subject of gatewaysOf.keys()) {
    if (counted >= enough) break;
    if (place(subject, new Set())) counted++;
  }
  return counted;
};

const gatewaysBySubject = ({ subject, gateway }: Decisions, rows: readonly number[]): Map<number, Set<number>> => {
  const found = new Map<number, Set<number>>();
  for (const row of rows) {
    const gateways = found.get(subject[row]) ?? new Set();
    if (gateway[row] >= 0) gateways.add(gateway[row]);
    found.set(subject[row], gateways);
  }
  return found;
};

/** Subjects left when a publisher takes away those it sent itself: 0 or at least k, however its own are understood. */
const publisherCanSubtract = (gatewaysOf: ReadonlyMap<number, ReadonlySet<number>>, publisher: number, k: number): boolean => {
  const strangers = [...gatewaysOf.values()].filter((gateways) => !gateways.has(publisher)).length;
  return strangers > 0 && strangers < k;
};

/**
 * I4: enough gateways, enough subjects when each gateway is capped, and no publisher can subtract its own. The class is
 * what the gate saw: rows that left and rows that stayed behind for `contribution`.
 */
export const checkGateways = (decisions: Decisions, classes: Classes, findings: Findings): void => {
  const { view } = decisions;
  if (view.gateways === null) return;
  const publishers = view.gateways.publishers.map((id) => decisions.gatewayNumber(id)).filter((number) => number >= 0);
  for (const { windowStart, level, released, dropped } of classes.all) {
    const where = placeOf(view, windowStart, level);
    const k = decisions.kOf(windowStart);
    const gatewaysOf = gatewaysBySubject(decisions, [...released, ...dropped]);
    const all = new Set([...gatewaysOf.values()].flatMap((gateways) => [...gateways]));
    if (all.size < view.gateways.min) findings.fail('I4', where, 'too few gateways');
    if (cappedSubjects(gatewaysOf, Math.ceil(k / CAP_DIVISOR), k) < k) findings.fail('I4', where, 'too few subjects with gateways capped');
    if (publishers.some((publisher) => publisherCanSubtract(gatewaysOf, publisher, k)))
      findings.fail('I4', where, 'a publisher can subtract its own');
  }
};

const GATE_REASONS: ReadonlySet<number> = new Set(
  (['k', 'gateways', 'publishers', 'dataset', 'direct'] as const).map((reason) => REASONS[reason].code),
);

/**
 * I6: level by level, whatever of a released class did not leave with it. A row that left coarser, or was blocked by
 * the gate, must have no released class at any finer level from its start on.
 */
export const checkLevels = (decisions: Decisions, classes: Classes, findings: Findings): void => {
  const { view, start, verdict, windowStart, read, gateway } = decisions;
  const levels = view.path.length;
  for (let row = 0; row < decisions.count; row++) {
    if (read[row] < 0 || start[row] < 0) continue;
    // Without a gateway it never came to be counted.
    const isNoCandidate = verdict[row] === REASONS.gateways.code && gateway[row] < 0;
    const blocked = GATE_REASONS.has(verdict[row]) && !isNoCandidate;
    const until = blocked ? levels : verdict[row] < levels ? verdict[row] : -1;
    if (until >= 0 && !blocked && verdict[row] < start[row])
      findings.fail('I6', placeOf(view, windowStart[row], verdict[row]), 'released finer than its start level');
    for (let level = start[row]; level < until; level++) {
      if (classes.at(row, level) === undefined) continue;
      findings.fail(
        'I6',
        placeOf(view, windowStart[row], level),
        blocked ? 'blocked although its class was released' : 'released coarser although its fine class was released',
      );
      break;
    }
  }
};

/**
 * Over-suppression, where only k decides (no gateways, no period that forbids levels): at every level, those that were still there
 * and whose class did not leave must have been fewer than k subjects of whom nothing left finer. Gives the number of classes that
 * could have left.
 */
export const countOverSuppressed = (decisions: Decisions, classes: Classes): number => {
  const { view, start, verdict, windowStart, read } = decisions;
  if (view.gateways !== null) return 0;
  const levels = view.path.length;
  const rows: number[] = [];
  for (let row = 0; row < decisions.count; row++) {
    if (read[row] >= 0 && start[row] >= 0 && (verdict[row] < levels || verdict[row] === REASONS.k.code)) rows.push(row);
  }
  const released = new Map(classes.windows.map((window) => [window.windowStart, window.released]));
  const isFree = ([first]: readonly number[]): boolean => {
    const { isCoarsestOnly, isSuspended } = decisions.periodOf(windowStart[first]);
    return !isCoarsestOnly && !isSuspended;
  };
  const windows = groupBy(rows, (row) => windowStart[row]).filter(isFree);
  return windows.reduce((sum, own) => sum + overSuppressedIn(decisions, classes, own, released.get(windowStart[own[0]]) ?? []), 0);
};

/** The same for the rows of one window. */
const overSuppressedIn = (decisions: Decisions, classes: Classes, rows: readonly number[], released: readonly number[]): number => {
  const { view, start, verdict, tuples, subject, windowStart } = decisions;
  const levels = view.path.length;
  const k = decisions.kOf(windowStart[rows[0]]);
  const leftFiner = leftFinerOf(decisions, released);
  let found = 0;
  for (let level = 0; level < levels; level++) {
    const still = rows.filter((row) => start[row] <= level && (verdict[row] === REASONS.k.code || verdict[row] > level));
    found += groupBy(still, (row) => tuples[row * levels + level]).filter(
      (group) =>
        classes.at(group[0], level) === undefined &&
        distinct(group.filter((row) => !leftFiner(row, level)).map((row) => subject[row])) >= k,
    ).length;
  }
  return found;
};

export const smallestClass = (decisions: Decisions, all: readonly ReleasedClass[]): number =>
  all.reduce(
    (smallest, { released }) => Math.min(smallest, distinct(released.map((row) => decisions.subject[row]))),
    Number.POSITIVE_INFINITY,
  );
