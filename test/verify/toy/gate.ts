import { canonicalise } from '../../../src/policy/canonical/index.ts';
import type { EventRule, Rules, ViewRule } from '../../../src/verify/rules.ts';
import { type Candidate, distinct, groupBy, prf } from './candidate.ts';
import type { ToyRecord } from './fleet.ts';
import type { Mutation } from './mutations.ts';
import { outputOf, sensitiveTexts } from './release.ts';

export interface Decided {
  readonly candidates: readonly Candidate[];
  /** Verdicts that need no candidate. */
  readonly settled: readonly { readonly record: ToyRecord; readonly view: ViewRule; readonly window: number; readonly verdict: string }[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const climb = (event: EventRule, view: ViewRule, value: Readonly<Record<string, unknown>>, append: number, mutation: Mutation | null) => {
  const eventMs = value[event.eventTime.path] as number;
  const climbs = view.attributes.map(({ climb: ladder, inputs }) =>
    ladder.climb(new Map(inputs.map(({ axis, path }) => [axis ?? '', value[path] as never])), append, eventMs),
  );
  if (climbs.includes('future')) return 'future';
  return view.path.map((levels) => {
    const texts = levels.map((level, a) => (level === climbs[a].length ? '*' : (climbs[a] as (string | null)[])[level]));
    if (mutation === 'start-level-ignored') return texts.map((text) => text ?? 'unknown');
    return texts.includes(null) ? null : (texts as string[]);
  });
};

const lots = new Map<string, readonly number[]>();

const drawn = (subject: string, hour: number): boolean => {
  const day = Math.floor(hour / 24);
  const known = lots.get(`${subject} ${day}`);
  const tickets = (): [string, number][] => Array.from({ length: 24 }, (_, h) => [prf('counting', 'lottery', subject, day, h), h]);
  const hours =
    known ??
    tickets()
      .sort()
      .slice(0, 4)
      .map(([, h]) => h);
  lots.set(`${subject} ${day}`, hours);
  return hours.includes(hour % 24);
};

/** What can be said of one record and view before the gate: a candidate, or a reason. */
const scrub = (event: EventRule, view: ViewRule, record: ToyRecord, clock: number, mutation: Mutation | null): Candidate | string => {
  const value = record.value as Readonly<Record<string, string | number | null>>;
  const device = canonicalise('device-id', String(value['deviceId']));
  const household = value['householdId'] == null ? null : canonicalise('household-id', String(value['householdId']));
  const subject = view.subject === 'device' ? device : household;
  const eventMs = value['eventTime'] as number;
  if (subject === null) return 'no-subject';
  const tuples = climb(event, view, value, mutation === 'future-released' ? Math.max(clock, eventMs) : clock, mutation);
  if (tuples === 'future') return 'future';
  if (view.location && eventMs - clock > 300_000 && mutation !== 'future-released') return 'future';
  if (view.location && clock - eventMs > DAY && mutation !== 'stale-released') return 'stale';
  const start = tuples.findIndex((tuple) => tuple !== null);
  if (start < 0) return 'no-level';
  if (view.location && mutation !== 'lottery-ignored' && !drawn(subject, Math.floor(eventMs / HOUR))) return 'lottery';
  const at = mutation === 'window-by-event-time' ? Math.min(clock, eventMs) : clock;
  const sensitive =
    view.sensitive === null ? null : view.sensitive.attribute.climb.climb(new Map([['', value['result'] as never]]), clock, eventMs);
  return {
    record,
    view,
    window: Math.floor(at / view.windowMs) * view.windowMs,
    subject: mutation === 'devices-as-households' ? device : subject,
    household,
    gateway: canonicalise('gateway-id', String(value['gatewayId'])),
    token: prf('counting', 'event', device, String(value['eventId'])),
    start,
    tuples,
    sensitive: sensitive === null || sensitive === 'future' ? null : sensitive[0],
    verdict: null,
    output: null,
    starred: false,
  };
};

/** Folds repetitions: duplicates and what is over the contribution of a subject and tuple. */
const fold = (candidates: readonly Candidate[], mutation: Mutation | null): void => {
  for (const group of groupBy(candidates, (one) =>
    JSON.stringify([one.view.name, one.window, one.subject, one.start, one.tuples[one.start]]),
  ).values()) {
    const seen = new Set<string>();
    let kept = 0;
    for (const one of [...group].sort((a, b) => (a.token < b.token ? -1 : a.token > b.token ? 1 : a.record.offset - b.record.offset))) {
      if (seen.has(one.token) && mutation !== 'duplicate-counted') one.verdict = kept > one.view.contribution ? 'folded' : 'duplicate';
      else if (++kept > one.view.contribution && mutation !== 'contribution-ignored') one.verdict = 'folded';
      seen.add(one.token);
    }
  }
};

const cappedCount = (group: readonly Candidate[], k: number): number => {
  const bySubject = new Map([...group].sort((a, b) => (a.token < b.token ? 1 : -1)).map((one) => [one.subject, one.gateway]));
  const counts = new Map<string, number>();
  for (const gateway of bySubject.values()) counts.set(gateway, (counts.get(gateway) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.min(count, Math.ceil(k / 4)), 0);
};

/** The first rule that a class fails, or null. */
const failure = (group: readonly Candidate[], counted: readonly Candidate[], mutation: Mutation | null): string | null => {
  const { view } = group[0];
  const size = mutation === 'count-records' ? counted.length : distinct(counted);
  if (size < view.k - (mutation === 'hll-counter' ? 3 : 0)) return 'k';
  if (view.gateways === null || mutation === 'count-records' || mutation === 'gateways-ignored') return null;
  const gateways = new Set(group.map((one) => one.gateway));
  if (gateways.size < view.gateways.min || cappedCount(group, view.k) < view.k) return 'gateways';
  const alone = view.gateways.publishers.some((publisher) => {
    const own = new Set(group.filter((one) => one.gateway === publisher).map((one) => one.subject));
    const left = distinct(group.filter((one) => !own.has(one.subject)));
    return left > 0 && left < view.k;
  });
  return alone && mutation !== 'publishers-ignored' ? 'publishers' : null;
};

/** At most `contribution` records a subject, and with pseudonyms each count shared by k, lowered until it is. */
const contribute = (group: readonly Candidate[], level: number, mutation: Mutation | null): Candidate[] => {
  const { view } = group[0];
  const bySubject = [
    ...groupBy(
      [...group].sort((a, b) => (a.token < b.token ? -1 : 1)),
      (one) => one.subject,
    ).values(),
  ];
  const counts = bySubject.map((records) =>
    Math.min(records.length, mutation === 'contribution-ignored' ? records.length : view.contribution),
  );
  if (view.pseudonym && mutation !== 'counts-not-shared' && mutation !== 'contribution-ignored') {
    for (let count = view.contribution; count > 1; count--) {
      if (counts.filter((one) => one === count).length < view.k) for (const i of counts.keys()) counts[i] = Math.min(counts[i], count - 1);
    }
    if (counts.filter((one) => one === 1).length < view.k && counts.includes(1)) counts.fill(1);
  }
  return bySubject.flatMap((records, i) =>
    records.filter((one, at) => {
      one.verdict = at < counts[i] ? level : 'contribution';
      return at < counts[i];
    }),
  );
};

/** Decides one batch, level by level, leftovers counted alone. */
const close = (batch: readonly Candidate[], history: Map<string, Set<string>>, mutation: Mutation | null): Candidate[] => {
  const { view } = batch[0];
  const leaving: Candidate[] = [];
  for (let level = 0; level < view.path.length; level++) {
    const live = batch.filter((one) => one.verdict === null && one.start <= level);
    const last = level === view.path.length - 1;
    for (const [key, group] of groupBy(live, (one) => JSON.stringify(one.tuples[level]))) {
      const gone = new Set(leaving.filter((one) => JSON.stringify(one.tuples[level]) === key).map((one) => one.subject));
      let counted: readonly Candidate[] = mutation === 'known-leftovers-counted' ? group : group.filter((one) => !gone.has(one.subject));
      if (mutation === 'count-supersets')
        counted = batch.filter(
          (one) =>
            one.start <= level && JSON.stringify(one.tuples[level]) === key && one.verdict !== 'folded' && one.verdict !== 'duplicate',
        );
      let failed = failure(group, counted, mutation);
      if (mutation === 'cumulative-counts') {
        const known = history.get(`${view.name} ${level} ${key}`) ?? new Set();
        for (const one of group) known.add(one.subject);
        history.set(`${view.name} ${level} ${key}`, known);
        if (known.size >= view.k) failed = null;
      }
      if (failed === null && mutation === 'released-coarser' && !last) {
        const held = group.filter((one) => one.subject === group[0].subject);
        leaving.push(
          ...contribute(
            group.filter((one) => !held.includes(one)),
            level,
            mutation,
          ),
        );
      } else if (failed === null && mutation === 'partial-batch') {
        const subjects = [...new Set(group.map((one) => one.subject))];
        const kept = new Set(subjects.slice(0, Math.max(view.k, subjects.length - 1)));
        leaving.push(
          ...contribute(
            group.filter((one) => kept.has(one.subject)),
            level,
            mutation,
          ),
        );
        for (const one of group) one.verdict ??= 'k';
      } else if (failed === null) leaving.push(...contribute(group, level, mutation));
      else if (last && mutation === 'star-release') {
        for (const one of group) Object.assign(one, { verdict: level, starred: true });
        leaving.push(...group);
      } else if (last) for (const one of group) one.verdict = failed;
    }
  }
  return leaving;
};

const shuffled = (leaving: readonly Candidate[], mutation: Mutation | null): Candidate[] => {
  const key = (one: Candidate): string => prf('view', 'shuffle', one.window, one.token);
  const inOrder = (a: Candidate, b: Candidate): number => a.record.timestamp - b.record.timestamp;
  return [...leaving].sort(mutation === 'source-order' ? inOrder : (a, b) => (key(a) < key(b) ? -1 : 1));
};

/** The toy gate: the whole of specification sections 4 and 5 on plain objects, with one mistake on demand. */
export const decideAll = (
  rules: Rules,
  records: readonly ToyRecord[],
  mutation: Mutation | null,
): Decided & { readonly outputs: ReadonlyMap<string, readonly Candidate[]> } => {
  const clocks = new Map<string, number>();
  const candidates: Candidate[] = [];
  const settled: { record: ToyRecord; view: ViewRule; window: number; verdict: string }[] = [];
  for (const record of records) {
    if (record.value === null) continue;
    const event = rules.events.find(({ name }) => name === record.event) as EventRule;
    const place = `${record.topic} ${record.partition}`;
    const clock = Math.max(clocks.get(place) ?? 0, record.timestamp);
    clocks.set(place, clock);
    for (const view of event.views) {
      const result = scrub(event, view, record, clock, mutation);
      if (typeof result === 'string')
        settled.push({ record, view, window: Math.floor(clock / view.windowMs) * view.windowMs, verdict: result });
      else candidates.push(result);
    }
  }
  fold(candidates, mutation);
  const history = new Map<string, Set<string>>();
  const outputs = new Map<string, Candidate[]>(rules.views.map(({ name }) => [name, []]));
  const batches = [...groupBy(candidates, (one) => `${one.view.name} ${one.window}`).values()].sort((a, b) => a[0].window - b[0].window);
  for (const batch of batches) {
    const leaving = close(
      batch.filter((one) => one.verdict === null),
      history,
      mutation,
    );
    const sensitive = sensitiveTexts(leaving, mutation);
    for (const one of shuffled(leaving, mutation)) {
      one.output = outputOf(one, sensitive.get(one), mutation);
      outputs.get(one.view.name)?.push(one);
    }
  }
  return { candidates, settled, outputs };
};
