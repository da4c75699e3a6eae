import t from 'tap';
import type { ControlRecord } from '../../src/control/shape.ts';
import type { SubjectControls } from '../../src/model/controls.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { readRules } from '../../src/verify/rules.ts';
import { controlLog, subject } from '../control/world.ts';
import { fleetLines } from '../properties/world.ts';
import { FILE } from '../transform/world.ts';
import { withSubjects } from '../verify/control/changes.ts';
import { type Change, createWorld, HOUR_MS, runControlled, START_MS } from '../verify/control/world.ts';
import { createRandom } from '../verify/toy/random.ts';
import { knowledge, leakedOf } from './world.ts';

/**
 * The game: people withdraw for good, are erased or turn out to be minors at random moments. The adversary knows who and when, and looks
 * through everything that left in a window that ended later for anything of them: by household, by device, by account.
 */
const HOURS = 4;
const { plan, text } = createWorld(1);
const rules = readRules(text, FILE, policyFiles(FILE));

interface Gone {
  readonly kind: 'household' | 'device' | 'account';
  readonly id: string;
  readonly atMs: number;
  readonly what: 'withdrawn' | 'erased' | 'minor';
}

const recordOf = ({ kind, id, what }: Gone): ControlRecord => {
  const of = subject(plan, kind, id);
  if (what === 'erased') return { kind: 'erasure', subject: of };
  if (what === 'minor') return { kind: 'profile', subject: of, age: 'minor' };
  return { kind: 'consent', subject: of, purposes: ['*'], state: 'withdrawn', from: null, to: null };
};

interface Played {
  readonly gone: number;
  readonly left: number;
  /** Records of people who had gone when their window ended. */
  readonly won: number;
}

const play = async (seed: number, change: Change = {}): Promise<Played> => {
  const lines = fleetLines({ devices: 900, count: 4500, spanMs: HOURS * HOUR_MS, seed, malformedShare: 0, lateShare: 0.15 });
  const known = knowledge(lines, rules);
  const random = createRandom(`gone ${seed}`);
  const people = new Map([...known.values()].map((record) => [record.household, record]));
  const gone = [...people.values()]
    .filter(() => random.chance(0.4))
    .flatMap((record): Gone[] => {
      const kind = random.pick(['household', 'device', 'account'] as const);
      const id = record[kind];
      const what = random.pick(['withdrawn', 'erased', 'minor'] as const);
      return id === null ? [] : [{ kind, id, what, atMs: START_MS + random.int(HOURS * HOUR_MS) }];
    })
    .sort((a, b) => a.atMs - b.atMs);
  const log = controlLog(plan);
  for (const one of gone) log.say(recordOf(one), one.atMs);
  const run = await runControlled({ plan, text, lines, people: [] }, log.lines, change);
  const since = new Map<string, number>();
  for (const { kind, id, atMs } of gone) since.set(`${kind} ${id}`, Math.min(atMs, since.get(`${kind} ${id}`) ?? atMs));
  const left = leakedOf(run, known, memoryRecipients().lineageKey);
  const won = left.filter((record) => {
    const { windowMs } = plan.views.find(({ name }) => name === record.view) as { readonly windowMs: number };
    const names = [`device ${record.device}`, `account ${record.account}`, `household ${record.household}`];
    return names.some((name) => (since.get(name) ?? Number.POSITIVE_INFINITY) < record.windowStartMs + windowMs);
  });
  return { gone: gone.length, left: left.length, won: won.length };
};

const withRefusal = (of: (given: SubjectControls, early: SubjectControls) => SubjectControls['refusal']): Change =>
  withSubjects((given, source, view, startMs) => ({
    ...given,
    refusal: of(given, source.at(view, startMs - view.windowMs).subjects as SubjectControls),
  }));

t.test('nothing of who withdrew, was erased or is a minor leaves afterwards', async (t) => {
  let gone = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const played = await play(seed);
    t.equal(played.won, 0, `seed ${seed}: ${played.gone} went, ${played.left} records left`);
    t.ok(played.left > 500);
    gone += played.gone;
  }
  t.ok(gone > 500, `${gone} people went`);
});

const BROKEN: Readonly<Record<string, Change>> = {
  'a gate that asks nobody': withRefusal(() => () => null),
  'a gate that goes by what was said when the window began': withRefusal((_, early) => (actor) => early.refusal(actor)),
  'a gate that looks at households alone': withRefusal((given) => (actor) => given.refusal({ ...actor, device: null, account: null })),
  'a gate that looks at devices alone': withRefusal((given) => (actor) => given.refusal({ ...actor, household: null, account: null })),
};

for (const [what, change] of Object.entries(BROKEN)) {
  t.test(`${what} loses`, async (t) => {
    const { won } = await play(1, change);
    t.ok(won > 0, `${won} records of people who had gone left`);
  });
}
