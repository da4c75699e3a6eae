/**
 * The gate as section 5 of the spec says it, slow and obvious: objects, Maps, Sets and strings, nothing shared with
 * src/gate. It is the oracle of property tests and benches: same candidates, controls and keys must give the same outcome.
 */
import type { Controls } from '../../src/model/controls.ts';
import { type Keys, LABEL, type Prf } from '../../src/model/keys.ts';
import type { Plan, ViewPlan } from '../../src/model/plan.ts';
import type { Reason } from '../../src/model/verdict.ts';
import { type Closing, firstFailure, isLate, touches } from './criteria.ts';
import { byCoordinates, byEvent, compareText, getOr, groupBy, type PlainCandidate, subjectsOf } from './plain.ts';

export { type PlainCandidate, plainCandidates } from './plain.ts';

export interface PlainVerdict {
  readonly view: number;
  readonly windowStartMs: number;
  readonly source: number;
  readonly offset: number;
  /** The level of release, or the reason of the block. */
  readonly outcome: number | Reason;
}

export interface PlainReleased {
  readonly source: number;
  readonly offset: number;
  readonly level: number;
  readonly codes: readonly number[];
  /** Code, 'other' or '*'; null when the view has no sensitive field. */
  readonly sensitive: number | 'other' | '*' | null;
  /** Hex; null when none leaves. */
  readonly pseudonym: string | null;
}

export interface ReferenceClosed {
  /** In the order of leaving. */
  readonly released: readonly PlainReleased[];
  readonly verdicts: readonly PlainVerdict[];
  readonly smallestClass: number;
}

export interface ReferenceGate {
  offer(candidates: readonly PlainCandidate[]): PlainVerdict[];
  kept(view: number, windowStartMs: number): PlainCandidate[];
  close(view: number, windowStartMs: number, controls: Controls): ReferenceClosed;
}

export interface ReferenceDeps {
  readonly keys: Keys;
  readonly publisherTokens?: (view: ViewPlan, epoch: number) => Uint8Array[];
}

export const createReferenceGate = (plan: Plan, deps: ReferenceDeps): ReferenceGate => {
  /** view/window -> (subject, start, tuple) -> kept, by event token. */
  const windows = new Map<string, Map<string, PlainCandidate[]>>();
  const epochOf = (ms: number): number => Math.floor(ms / plan.epochMs);
  const kept = (view: number, windowStartMs: number): PlainCandidate[] =>
    [...(windows.get(`${view}/${windowStartMs}`)?.values() ?? [])].flat();

  const offerOne = (candidate: PlainCandidate): PlainVerdict[] => {
    const view = plan.views[candidate.view]!;
    const windowStartMs = Math.floor(candidate.appendMs / view.windowMs) * view.windowMs;
    const says = (of: PlainCandidate, outcome: Reason): PlainVerdict[] => [
      { view: view.index, windowStartMs, source: of.source, offset: of.offset, outcome },
    ];
    // A day of another epoch is never drawn: its subjects have other tokens, and two draws would double the budget.
    const otherEpoch = epochOf(Math.floor(candidate.eventHour / 24) * 86_400_000) !== epochOf(windowStartMs);
    if (view.location && otherEpoch) return says(candidate, 'lottery');
    if (view.location && !drawnHours(deps.keys.epoch(epochOf(windowStartMs)).counting, candidate).includes(candidate.eventHour % 24)) {
      return says(candidate, 'lottery');
    }
    const groups = getOr(windows, `${view.index}/${windowStartMs}`, () => new Map<string, PlainCandidate[]>());
    const key = [candidate.subject, candidate.start, candidate.codes[candidate.start]!.join()].join('/');
    const group = getOr(groups, key, () => []);
    const same = group.find((other) => other.event === candidate.event);
    if (same !== undefined) {
      if (same.source === candidate.source && same.offset === candidate.offset) return [];
      const [first, second] = [same, candidate].sort(byCoordinates);
      group[group.indexOf(same)] = first!;
      return says(second!, 'duplicate');
    }
    group.push(candidate);
    group.sort(byEvent);
    return group.splice(view.contribution).flatMap((out) => says(out, 'folded'));
  };

  return {
    offer: (candidates) => candidates.flatMap(offerOne),
    kept,
    close(viewIndex, windowStartMs, controls) {
      const view = plan.views[viewIndex]!;
      const survivors = kept(viewIndex, windowStartMs);
      windows.delete(`${viewIndex}/${windowStartMs}`);
      if (survivors.length === 0) return { released: [], verdicts: [], smallestClass: 0 };
      const epoch = epochOf(windowStartMs);
      const publishers = view.gateways?.publishers.length ? deps.publisherTokens!(view, epoch) : [];
      return closeReference({
        plan,
        view,
        windowStartMs,
        controls,
        publishers: publishers.map((token) => Buffer.from(token).toString('hex')),
        key: deps.keys.epoch(epoch).view(view.name),
        survivors: survivors.sort(byEvent),
      });
    },
  };
};

interface Leaving {
  readonly from: PlainCandidate;
  readonly level: number;
  readonly codes: readonly number[];
  readonly className: string;
}

const closeReference = (closing: Closing): ReferenceClosed => {
  const { view, windowStartMs, survivors, controls } = closing;
  const active = controls.periods.filter((p) => p.view === view.index && touches(p, windowStartMs, windowStartMs + view.windowMs));
  const k = Math.max(view.k, ...active.map((period) => period.k));
  const pseudonyms = view.pseudonym === 'class' && active.length === 0;
  const outcome = new Map<PlainCandidate, number | Reason>();
  const leaving: Leaving[] = [];
  const releasedTuples = new Set<string>();
  let smallestClass = 0;
  for (const late of survivors.filter((one) => isLate(closing, one))) outcome.set(late, 'combined-use');
  view.path.forEach((_, level) => {
    const waiting = survivors.filter((one) => !outcome.has(one) && one.start <= level);
    // Whose other records have left finer under this tuple is no cover for the rest.
    const gone = groupBy(leaving, ({ from }) => from.codes[level]!.join());
    for (const [className, members] of groupBy(waiting, (one) => one.codes[level]!.join())) {
      const known = subjectsOf((gone.get(className) ?? []).map(({ from }) => from));
      const reason = firstFailure(closing, k, level, members, known, releasedTuples);
      if (reason === null) {
        releasedTuples.add(`${level}:${className}`);
        const { leave, stay } = contribute(view, k, pseudonyms, members);
        for (const one of leave) outcome.set(one, level);
        for (const one of stay) outcome.set(one, 'contribution');
        for (const from of leave) leaving.push({ from, level, codes: from.codes[level]!, className: `${level}:${className}` });
        const size = subjectsOf(leave).size;
        smallestClass = smallestClass === 0 ? size : Math.min(smallestClass, size);
      } else if (level === view.path.length - 1) {
        for (const one of members) outcome.set(one, reason);
      }
    }
  });
  const sensitiveOf = sensitiveRule(view, k, leaving);
  const released = leaving
    .map((one) => ({
      ticket: ticketOf(closing, one),
      source: one.from.source,
      offset: one.from.offset,
      level: one.level,
      codes: one.codes,
      sensitive: sensitiveOf(one),
      pseudonym: pseudonyms ? pseudonymOf(closing, one) : null,
    }))
    .sort((a, b) => compareText(a.ticket, b.ticket) || compareContent(a, b))
    .map(({ ticket: _, ...row }) => row);
  const verdicts = survivors.map((one) => ({
    view: view.index,
    windowStartMs,
    source: one.source,
    offset: one.offset,
    outcome: outcome.get(one)!,
  }));
  return { released, verdicts, smallestClass };
};

/** At most `contribution` records a subject; with a class pseudonym every number of records is shared by k subjects. */
const contribute = (view: ViewPlan, k: number, pseudonyms: boolean, members: readonly PlainCandidate[]) => {
  const bySubject = [...groupBy(members, (one) => one.subject).values()];
  const counts = bySubject.map((records) => Math.min(records.length, view.contribution));
  const sharing = (count: number): number => counts.filter((other) => other === count).length;
  const lower = (from: number, to: number): void => {
    for (const [i, count] of counts.entries()) if (count === from) counts[i] = to;
  };
  if (pseudonyms) {
    for (let count = view.contribution; count > 1; count--) if (sharing(count) < k) lower(count, count - 1);
    if (sharing(1) > 0 && sharing(1) < k) lower(Math.min(...counts.filter((count) => count > 1)), 1);
  }
  return {
    leave: bySubject.flatMap((records, i) => [...records].sort(byEvent).slice(0, counts[i])),
    stay: bySubject.flatMap((records, i) => [...records].sort(byEvent).slice(counts[i])),
  };
};

/** Rule (3): what the sensitive field of each leaving record leaves as. */
const sensitiveRule = (view: ViewPlan, k: number, leaving: readonly Leaving[]): ((one: Leaving) => PlainReleased['sensitive']) => {
  if (view.sensitive === null) return () => null;
  const { revealing, topShare } = view.sensitive;
  const subjects = (some: readonly Leaving[]): number => subjectsOf(some.map(({ from }) => from)).size;
  const holders = (some: readonly Leaving[], value: number): number => subjects(some.filter(({ from }) => from.sensitive === value));
  const starred = new Set(
    [...groupBy(leaving, ({ className }) => className)]
      .filter(([, members]) => revealing.some((value) => holders(members, value) / subjects(members) > topShare))
      .map(([className]) => className),
  );
  const rare = new Set(
    [...groupBy(leaving, ({ from }) => String(from.sensitive))].filter(([, some]) => subjects(some) < k).map(([value]) => value),
  );
  return ({ from, className }) => {
    if (from.sensitive < 0 || starred.has(className)) return '*';
    return rare.has(String(from.sensitive)) ? 'other' : from.sensitive;
  };
};

const pseudonymOf = ({ view, windowStartMs, key }: Closing, one: Leaving): string => {
  const numbers = Buffer.alloc(8 + 1 + 4 * one.codes.length);
  numbers.writeDoubleBE(windowStartMs, 0);
  numbers.writeUInt8(one.level, 8);
  one.codes.forEach((code, i) => void numbers.writeInt32BE(code, 9 + 4 * i));
  const message = Buffer.concat([
    Buffer.from([LABEL.pseudonym]),
    Buffer.from(view.name),
    Buffer.from([0]),
    numbers,
    Buffer.from(one.from.subject, 'hex'),
  ]);
  return Buffer.from(key.one(message)).toString('hex');
};

const ticketOf = ({ windowStartMs, key }: Closing, one: Leaving): string => {
  const start = Buffer.alloc(8);
  start.writeDoubleBE(windowStartMs);
  return Buffer.from(key.one(Buffer.concat([Buffer.from([LABEL.shuffle]), start, Buffer.from(one.from.event, 'hex')]))).toString('hex');
};

/** Only one event that leaves twice has equal tickets. */
const compareContent = (a: PlainReleased, b: PlainReleased): number => {
  const rank = ({ sensitive }: PlainReleased): number => (sensitive === '*' ? -2 : sensitive === 'other' ? -1 : (sensitive ?? 0));
  const codes = a.codes.map((code, i) => code - b.codes[i]!).find((difference) => difference !== 0) ?? 0;
  return a.level - b.level || codes || rank(a) - rank(b) || byCoordinates(a, b);
};

/** The four hours of the event's day whose tickets are smallest. */
const drawnHours = (counting: Prf, { subject, eventHour }: PlainCandidate): number[] => {
  if (eventHour < 0) return [];
  const tickets = Array.from({ length: 24 }, (_, hour) => {
    const day = Buffer.alloc(5);
    day.writeInt32BE(Math.floor(eventHour / 24));
    day.writeUInt8(hour, 4);
    const message = Buffer.concat([Buffer.from([LABEL.lottery]), Buffer.from(subject, 'hex'), day]);
    return { hour, ticket: Buffer.from(counting.one(message)).toString('hex') };
  });
  return tickets
    .sort((a, b) => compareText(a.ticket, b.ticket))
    .slice(0, 4)
    .map(({ hour }) => hour);
};
