import type { ControlLine } from '../../../src/control/fold.ts';
import type { ControlRecord } from '../../../src/control/shape.ts';
import { memoryPeriodKey } from '../../../src/runtime/keys/memory.ts';
import { controlLog, OFFICER, SECOND, subject } from '../../control/world.ts';
import { createRandom } from '../toy/random.ts';
import { forgeries } from './forgeries.ts';
import { BEFORE_MS, HOUR_MS, HOURS, MINUTE_MS, START_MS, type World } from './world.ts';

export interface Said {
  readonly atMs: number;
  readonly record: ControlRecord;
}

const AT = (hours: number): number => START_MS + Math.round(hours * HOUR_MS);

const period = (
  id: string,
  views: string[],
  start: number,
  end: number | null,
  k: number,
  unindexed = false,
): ControlRecord => ({
  kind: 'period',
  id,
  with: { datasets: [], views: [], unindexed },
  views,
  consumers: ['device-quality'],
  start,
  end,
  basis: 'none',
  k,
}); // biome-ignore format: a row

/** Lineage of these periods is sealed to keys of their own. */
export const SEALED = ['promo', 'pals'];

const activation = (id: string): ControlRecord => ({
  kind: 'activation',
  period: id,
  evidence: 'e'.repeat(64),
  ...(SEALED.includes(id) ? { lineage: memoryPeriodKey(id).lineage } : {}),
});

/**
 * Periods of the two views with windows of an hour, by the hours since the start:
 * `device-health`: k 14 from 1 to 3, and from 2 on `open`; `feature-usage`: k 15 until an end is named, then `open`.
 * Keys are rotated at the start of the run.
 * `habits`: k 12 from 1 to 3, so that only its pseudonyms stay away. `open` is unindexed, without an end, and nobody shows until 3:30 that it is guarded.
 */
const periods = (): Said[] => [
  { atMs: BEFORE_MS, record: { kind: 'epoch', epoch: AT(0), state: 'active' } },
  { atMs: BEFORE_MS, record: period('promo', ['device-health'], AT(1.2), AT(2.3), 14) },
  { atMs: BEFORE_MS, record: activation('promo') },
  { atMs: BEFORE_MS, record: period('open', ['device-health', 'feature-usage'], AT(2.1), null, 13, true) },
  { atMs: BEFORE_MS + 1, record: period('cut', ['feature-usage'], AT(-6), null, 15) },
  { atMs: BEFORE_MS + 2, record: activation('cut') },
  { atMs: AT(-0.5), record: { kind: 'end', period: 'cut', end: AT(0.6) } },
  { atMs: BEFORE_MS, record: period('pals', ['habits'], AT(1), AT(3), 12) },
  { atMs: AT(0), record: activation('pals') },
  { atMs: AT(3.5), record: activation('open') },
];

/** Consents that begin and end, erasures and minors, of devices, accounts and households, at any time of the run. */
const people = (world: World, seed: number): Said[] => {
  const random = createRandom(`people ${seed}`);
  const purposes = world.plan.views.map(({ purpose }) => purpose);
  return world.people.flatMap(({ deviceId, accountId, householdId }): Said[] => {
    if (!random.chance(0.12)) return [];
    const kind = random.pick(accountId === undefined ? (['device', 'household'] as const) : (['device', 'account', 'household'] as const));
    const of = subject(world.plan, kind, { device: deviceId, account: accountId ?? '', household: householdId }[kind]);
    const atMs = AT(-1) + random.int(((world.hours ?? HOURS) + 1) * HOUR_MS);
    const what = random.int(6);
    if (what === 0) return [{ atMs, record: { kind: 'erasure', subject: of } }];
    if (what === 1) return [{ atMs, record: { kind: 'profile', subject: of, age: random.pick(['minor', 'child'] as const) } }];
    const state = random.pick(['denied', 'withdrawn'] as const);
    const consent = { kind: 'consent', subject: of, purposes: random.chance(0.3) ? ['*'] : [random.pick(purposes)] } as const;
    const from = random.chance(0.5) ? null : atMs + random.int(HOUR_MS);
    const denied: Said = { atMs, record: { ...consent, state, from, to: random.chance(0.5) ? null : (from ?? atMs) + 50 * MINUTE_MS } };
    const granted: Said = { atMs: atMs + random.int(2 * HOUR_MS), record: { ...consent, state: 'granted', from: null, to: null } };
    const adult: Said = { atMs: atMs + HOUR_MS, record: { kind: 'profile', subject: of, age: 'adult' } };
    return what === 2
      ? [{ atMs, record: { kind: 'profile', subject: of, age: 'minor' } }, adult]
      : [denied, ...(what < 5 ? [granted] : [])];
  });
};

/** Accounts of households, so that somebody is behind records without one. */
const members = ({ plan, people: all }: World): Said[] =>
  all.flatMap(({ accountId, householdId }) =>
    accountId === undefined || createRandom(householdId).chance(0.5)
      ? []
      : [
          {
            atMs: BEFORE_MS + 3,
            record: {
              kind: 'binding',
              subject: subject(plan, 'account', accountId),
              household: subject(plan, 'household', householdId),
            },
          },
        ],
  ); // biome-ignore format: a record

/** Devices that are bound from before the start: some move house, some are given away, some never are bound but by their account. */
const bindings = ({ plan, people: all, hours = HOURS }: World, seed: number): Said[] => {
  const random = createRandom(`bindings ${seed}`);
  return all.flatMap(({ deviceId, householdId }): Said[] => {
    const bind = (atMs: number, home: string | null): Said => ({
      atMs,
      record: {
        kind: 'binding',
        subject: subject(plan, 'device', deviceId),
        household: home === null ? null : subject(plan, 'household', home),
      },
    });
    if (random.chance(0.05)) return [];
    const first = bind(BEFORE_MS + 4, householdId);
    const atMs = AT(0) + random.int(hours * HOUR_MS);
    if (random.chance(0.1)) return [first, bind(atMs, random.pick(all).householdId)];
    return random.chance(0.05) ? [first, bind(atMs, null)] : [first];
  });
};

/** All of it, in order. */
export const richSaid = (world: World, seed: number, hasBindings: boolean): readonly Said[] => {
  const said = [...periods(), ...people(world, seed), ...members(world), ...(hasBindings ? bindings(world, seed) : [])];
  return said.sort((a, b) => a.atMs - b.atMs);
};

/** A control log with everything in it, and between its records those that somebody forged. */
export const richLog = (world: World, seed: number, hasBindings: boolean): readonly ControlLine[] => {
  const log = controlLog(world.plan);
  const said = richSaid(world, seed, hasBindings);
  const forged = forgeries(world);
  const every = Math.floor(said.length / forged.length);
  let next = 0;
  for (const [i, { atMs, record }] of said.entries()) {
    if (i % every === 0 && next < forged.length) {
      const { name, make, refusal } = forged[next++];
      const found = log.put(make(log), atMs);
      if (found !== refusal) throw new Error(`${name}: ${found}`);
    }
    log.say(record, atMs, OFFICER, ...(record.kind === 'epoch' ? [SECOND] : []));
  }
  if (next < forged.length) throw new Error('too few records for the forgeries between them');
  return log.lines;
};
