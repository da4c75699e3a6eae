import type { ControlLine } from '../../../src/control/fold.ts';
import type { ControlRecord, RecordOf } from '../../../src/control/shape.ts';
import { controlLog, OFFICER, SECOND, subject } from '../../control/world.ts';
import { createRandom, type Random } from '../toy/random.ts';
import { BEFORE_MS, HOUR_MS, HOURS, type Person, START_MS, type World } from './world.ts';

export interface Said {
  readonly atMs: number;
  readonly record: ControlRecord;
}

const AT = (hours: number): number => START_MS + Math.round(hours * HOUR_MS);

const period = (id: string, view: string, start: number, end: number | null, basis: RecordOf<'period'>['basis'], k = 12): Said => ({
  atMs: BEFORE_MS,
  record: {
    kind: 'period',
    id,
    with: { datasets: [], views: [], unindexed: false },
    views: [view],
    consumers: ['device-quality'],
    start,
    end,
    basis,
    ...(basis === 'law' ? { cites: 'order 7' } : {}),
    k,
  },
});

const activation = (id: string, atMs = BEFORE_MS + 1): Said => ({
  atMs,
  record: { kind: 'activation', period: id, evidence: 'e'.repeat(64) },
});

/**
 * By the hours since the start: `device-health` (households) has `spring` until 2 and `summer` from then on; `habits` (devices) has
 * `court`, whom a law covers, from 1 on, and from 3 on `more` beside it; `feature-usage` has `late`, which is active from 2:30 on, and
 * nobody can authorise `none` before it.
 */
const periods = (): Said[] => [
  period('spring', 'device-health', AT(-6), AT(2), 'consent'),
  period('summer', 'device-health', AT(2), null, 'consent', 13),
  period('court', 'habits', AT(1), null, 'law'),
  period('more', 'habits', AT(3), null, 'consent'),
  period('none', 'feature-usage', AT(-6), AT(1), 'none'),
  period('late', 'feature-usage', AT(1), null, 'consent'),
  ...['spring', 'summer', 'court', 'more', 'none'].map((id) => activation(id)),
  activation('late', AT(2.5)),
];

const ALL = ['spring', 'summer', 'late'];

/** What one person says: most authorise before the start, and then some change their mind, in one way or another. */
const wordsOf = (world: World, { deviceId, accountId, householdId }: Person, random: Random): Said[] => {
  const home = subject(world.plan, 'household', householdId);
  const device = subject(world.plan, 'device', deviceId);
  const anyone = random.pick([home, device, ...(accountId === undefined ? [] : [subject(world.plan, 'account', accountId)])]);
  const consent = (of: typeof home, purposes: string[], state: RecordOf<'consent'>['state'], from: number | null = null, to: number | null = null): ControlRecord => ({ kind: 'consent', subject: of, purposes, state, from, to }); // biome-ignore format: a type
  const atMs = AT(-1) + random.int((HOURS + 1) * HOUR_MS);
  const later = atMs + random.int(HOUR_MS);
  const granted = consent(home, ALL.map((id) => `period:${id}`), 'granted'); // biome-ignore format: a call
  const before = { atMs: BEFORE_MS + 2, record: granted };
  const covered = [{ atMs: BEFORE_MS + 2, record: consent(device, ['period:court'], 'granted') }];
  const more = [{ atMs: BEFORE_MS + 2, record: consent(device, ['period:more'], 'granted') }];
  const health = world.plan.views.find(({ name }) => name === 'device-health')?.purpose as string;
  switch (random.int(16)) {
    case 0:
      return [{ atMs, record: granted }];
    case 1:
      return [before, { atMs, record: consent(anyone, ['period:spring', 'period:late'], 'withdrawn') }];
    case 2:
      return [before, { atMs, record: consent(anyone, ['*'], 'denied') }, { atMs: later, record: consent(anyone, ['*'], 'granted') }];
    case 3:
      return [before, { atMs, record: { kind: 'erasure', subject: anyone } }];
    case 4:
      return [before, { atMs, record: { kind: 'profile', subject: anyone, age: 'minor' } }];
    case 5:
      return [{ atMs, record: consent(home, ['period:summer', 'period:spring'], 'granted', atMs, later) }];
    case 6:
      return [{ atMs: BEFORE_MS + 2, record: consent(anyone, ['*', health], 'granted') }];
    case 7:
      return [before, { atMs, record: consent(anyone, [health], 'withdrawn', null, later) }];
    case 8:
      return [...covered, ...more];
    case 9:
      return [...covered, { atMs, record: consent(device, ['period:court'], 'denied') }];
    case 10:
      return covered;
    default:
      return [before, ...(random.chance(0.5) ? covered : [])];
  }
};

const bindings = (world: World, random: Random): Said[] =>
  world.people.flatMap(({ deviceId, accountId, householdId }): Said[] => {
    const home = subject(world.plan, 'household', householdId);
    const bind = (kind: 'device' | 'account', id: string): Said => ({
      atMs: BEFORE_MS + 3,
      record: { kind: 'binding', subject: subject(world.plan, kind, id), household: home },
    });
    const account = accountId === undefined || random.chance(0.5) ? [] : [bind('account', accountId)];
    return random.chance(0.9) ? [bind('device', deviceId), ...account] : account;
  });

/** What needs two signers: whatever a law is the basis of. */
export const isLaw = (record: ControlRecord): boolean =>
  (record.kind === 'period' && record.basis === 'law') || (record.kind === 'consent' && record.purposes.includes('period:court'));

/** People who authorise combined-use periods, or do not, in order. */
export const authorisedSaid = (world: World, seed: number, hasBindings: boolean): readonly Said[] => {
  const random = createRandom(`authorised ${seed}`);
  const homes = new Set<string>();
  const people = world.people.flatMap((person): Said[] => {
    if (homes.has(person.householdId) || random.chance(0.55)) return [];
    homes.add(person.householdId);
    return wordsOf(world, person, random);
  });
  const said = [...periods(), ...people, ...(hasBindings ? bindings(world, random) : [])];
  return said.sort((a, b) => a.atMs - b.atMs);
};

/** A control log of them. */
export const authorisedLog = (world: World, seed: number, hasBindings: boolean): readonly ControlLine[] => {
  const log = controlLog(world.plan);
  for (const { atMs, record } of authorisedSaid(world, seed, hasBindings))
    log.say(record, atMs, OFFICER, ...(isLaw(record) ? [SECOND] : []));
  return log.lines;
};
