import fc from 'fast-check';
import t from 'tap';
import { apply } from '../../src/control/apply.ts';
import { controlKeyAt, lastControlKey } from '../../src/control/control-keys.ts';
import { namedRoots } from '../../src/control/naming.ts';
import type { ControlRecord, ControlSubject } from '../../src/control/shape.ts';
import { type ControlState, createControlState } from '../../src/control/state.ts';
import { type SubjectKind, tokensOf } from '../../src/control/subject.ts';
import { subjectControls } from '../../src/control/subjects.ts';
import type { Actor } from '../../src/model/controls.ts';
import { invariant } from '../../src/model/invariant.ts';
import { once } from '../../src/model/once.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { COMMITMENT } from '../control/rekey-world.ts';
import { controlKey, controlledPlan } from '../control/world.ts';

/**
 * Whatever was said in whatever order: with control keys that follow each other somewhere in it, each window is decided as it is without
 * them. Records are applied as they are, without envelopes, so that thousands of histories can be gone through.
 */
const plan = controlledPlan();
const SIX = 6 * HOUR_MS;
const view = plan.views.find(({ windowMs }) => windowMs === HOUR_MS) as ViewPlan;
const HOURS = 48;
const IDS = ['a', 'b', 'c'];
const KINDS: readonly SubjectKind[] = ['device', 'account', 'household'];
const PERIOD = 'period:trial';

type Id = readonly [SubjectKind, string];

const tokens = new Map<string, string>();
/** The token of somebody under a key. */
const tokenOf = ([kind, id]: Id, key: number): string => {
  const name = `${kind} ${id} ${key}`;
  const token = tokens.get(name) ?? tokensOf(plan, kind, id, controlKey(key))[0];
  tokens.set(name, token);
  return token;
};

interface Event {
  readonly atMs: number;
  make(subject: (id: Id) => ControlSubject): ControlRecord;
}

const sayingAt = (atMs: number, make: Event['make']): Event => ({ atMs, make });

const isGrantOfNobody = ({ purposes, state, id: [kind] }: { purposes: string; state: string; id: Id }): boolean =>
  purposes === PERIOD && state === 'granted' && kind !== 'household';

const idOf = (...kinds: SubjectKind[]): fc.Arbitrary<Id> => fc.tuple(fc.constantFrom(...kinds), fc.constantFrom(...IDS));

const time = fc.integer({ min: 0, max: HOURS * 4 }).map((at) => (at * HOUR_MS) / 4);

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ atMs: time, id: idOf('device', 'account'), home: fc.option(idOf('household')) }).map(({ atMs, id, home }) => sayingAt(atMs, (subject) => ({ kind: 'binding', subject: subject(id), household: home === null ? null : subject(home) }))),
  fc
    .record({
      atMs: time,
      id: idOf(...KINDS),
      purposes: fc.constantFrom(view.purpose, '*', PERIOD),
      state: fc.constantFrom('granted' as const, 'granted' as const, 'denied' as const, 'withdrawn' as const),
      from: fc.option(time),
    })
    // No view of the period counts them: it is refused with and without another key.
    .filter((one) => !isGrantOfNobody(one))
    .map(({ atMs, id, purposes, state, from }) => sayingAt(atMs, (subject) => ({ kind: 'consent', subject: subject(id), purposes: [purposes], state, from, to: null }))),
  fc.record({ atMs: time, id: idOf(...KINDS), age: fc.constantFrom('minor' as const, 'adult' as const, 'adult' as const) }).map(({ atMs, id, age }) => sayingAt(atMs, (subject) => ({ kind: 'profile', subject: subject(id), age }))),
  fc.record({ atMs: time, id: idOf('device', 'account') }).map(({ atMs, id }) => sayingAt(atMs, (subject) => ({ kind: 'erasure', subject: subject(id) }))),
); // biome-ignore format: a table

const announced: ControlRecord = {
  kind: 'period',
  id: 'trial',
  with: { datasets: [], views: [], unindexed: false },
  views: plan.views.map(({ name }) => name),
  consumers: ['quality'],
  start: SIX,
  end: null,
  basis: 'consent',
  k: 50,
};

const must = (state: ControlState, record: ControlRecord, atMs: number): void => {
  const refusal = apply(state, record, atMs, plan, 2);
  if (refusal !== null) throw new Error(`refused ${refusal}: ${JSON.stringify(record)}`);
};

/** Gives everybody another name, and says when the key begins. */
const rekey = (state: ControlState, atMs: number, fromMs: number): void => {
  const { number } = lastControlKey(state);
  const everybody = KINDS.flatMap((kind) => IDS.map((id): Id => [kind, id]));
  const aliases = everybody.map((id): [string, string] => [tokenOf(id, number), tokenOf(id, number + 1)]);
  const named = new Set([...namedRoots(state)].map((root) => state.names.under(root, number)));
  const own = aliases.filter(([token]) => named.has(token));
  const key = { kind: 'rekey', key: number + 1, commitment: COMMITMENT(number + 1) } as const;
  if (own.length > 0) must(state, { ...key, state: 'staged', aliases: own }, atMs);
  must(state, { ...key, state: 'active', from: fromMs }, atMs);
};

/** A subject as whoever has the keys of now would name it, the key before the last one only as long as `isBoth`. */
const namer =
  (state: ControlState, isBoth: boolean) =>
  (id: Id): ControlSubject => {
    const last = lastControlKey(state).number;
    const own = isBoth && last > 1 ? { key: last - 1, renewed: [tokenOf(id, last)] } : { key: last };
    return { kind: id[0], tokens: [tokenOf(id, own.key)], sealed: 'AA==', ...own };
  };

/** The state after all of it; keys begin where `cuts` say, in multiples of six hours, and were said some hours before. */
const fold = (events: readonly Event[], cuts: readonly number[], aheadMs: number): ControlState => {
  const state = createControlState();
  must(state, announced, 0);
  const pending = cuts.map((cut) => ({ fromMs: cut * SIX, atMs: cut * SIX - aheadMs }));
  for (const { atMs, make } of [...events].sort((a, b) => a.atMs - b.atMs)) {
    while (pending.length > 0 && pending[0].atMs <= atMs) {
      const { fromMs, atMs: saidMs } = pending.shift() as (typeof pending)[number];
      rekey(state, saidMs, fromMs);
    }
    const isOpen = (state.rekeyed.at(-1)?.fromMs ?? 0) + SIX > atMs;
    must(state, make(namer(state, isOpen)), atMs);
  }
  return state;
};

const actors = once(() => {
  const part = (kind: SubjectKind): (Id | null)[] => [null, ...IDS.map((id): Id => [kind, id])];
  return part('device').flatMap((device) =>
    part('account').flatMap((account) => part('household').map((household) => ({ device, account, household }))),
  );
});

/** What a state says of everybody in every window, with names in place of tokens. */
const said = (state: ControlState): string[] => {
  const answers: string[] = [];
  for (let startMs = SIX; startMs < HOURS * HOUR_MS; startMs += HOUR_MS) {
    const key = controlKeyAt(state, startMs).number;
    const people = subjectControls(state, plan, view, { startMs, endMs: startMs + view.windowMs });
    const idOfToken = new Map(IDS.map((id) => [tokenOf(['household', id], key), id]));
    for (const { device, account, household } of actors()) {
      const of = (id: Id | null): string | null => (id === null ? null : tokenOf(id, key));
      const actor: Actor = { device: of(device), account: of(account), household: of(household) };
      const home = people.household(actor);
      invariant(home === null || idOfToken.has(home), 'a household is named as the events of the window would');
      const authorised = people.authorised?.(actor, 'trial') ?? null;
      answers.push([startMs, device, account, household, home === null ? null : idOfToken.get(home), people.refusal(actor), authorised === null].join(' '));
    }
  }
  return answers;
}; // biome-ignore format: a row

t.test('with control keys that follow each other every window is decided as without', async (t) => {
  let met = 0;
  const cuts = fc.uniqueArray(fc.integer({ min: 2, max: 7 }), { minLength: 1, maxLength: 2 }).map((some) => {
    const [first, second] = some.sort((a, b) => a - b);
    // The next one is said when the one before it has begun.
    return second === undefined || second - first < 2 ? [first] : [first, second];
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 14 }), cuts, fc.integer({ min: 6, max: 11 }), (events, at, ahead) => {
      const plain = said(fold(events, [], 0));
      const keyed = said(fold(events, at, ahead * HOUR_MS));
      if (plain.some((line) => !/(null|) true$/.test(line) || /consent|erased|minor/.test(line))) met++;
      const differs = plain.findIndex((line, i) => line !== keyed[i]);
      if (differs >= 0) throw new Error(`${plain[differs]}, with keys ${keyed[differs]}`);
    }),
    { numRuns: 250 },
  );
  t.ok(met > 150, `histories in which anything held: ${met}`);
});

t.test('an authorising subject has one name through all keys', async (t) => {
  const grant: Event = {
    atMs: HOUR_MS,
    make: (subject) => ({
      kind: 'consent',
      subject: subject(['household', 'a']),
      purposes: [PERIOD],
      state: 'granted',
      from: null,
      to: null,
    }),
  };
  const state = fold([grant, { ...grant, atMs: 13 * HOUR_MS }, { ...grant, atMs: 40 * HOUR_MS }], [2, 5], SIX);
  const names = [SIX, 12 * HOUR_MS, 31 * HOUR_MS, 47 * HOUR_MS].map((startMs) => {
    const key = controlKeyAt(state, startMs).number;
    const people = subjectControls(state, plan, view, { startMs, endMs: startMs + HOUR_MS });
    return people.authorised?.({ device: null, account: null, household: tokenOf(['household', 'a'], key) }, 'trial');
  });
  t.same(new Set(names), new Set([tokenOf(['household', 'a'], 1)]));
});
