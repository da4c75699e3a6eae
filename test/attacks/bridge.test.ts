import t from 'tap';
import type { ViewPlan } from '../../src/model/plan.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { readRules } from '../../src/verify/rules.ts';
import { controlLog } from '../control/world.ts';
import { fleetLines } from '../properties/world.ts';
import { FILE } from '../transform/world.ts';
import { withPeriods } from '../verify/control/changes.ts';
import { BEFORE_MS, type Change, createWorld, HOUR_MS, runControlled, START_MS } from '../verify/control/world.ts';
import { groupBy, knowledge, type Leaked, leakedOf, subjectsOf } from './world.ts';

/**
 * The game: for an hour consumers combine two views with information that nobody indexed. The adversary knows everything of that hour, of
 * every household: whatever left of it, by the clock of the log or by that of the device, it bridges to the households that it may be of.
 * It wins a record when these are fewer than the k of the period, or when it left finer than the coarsest level.
 */
const VIEWS = ['device-health', 'feature-usage'];
const K = 16;
const [FROM, TO] = [START_MS + HOUR_MS, START_MS + 2 * HOUR_MS];

const { plan, text } = createWorld(1);

const isOfTheHour = (ms: number | null): boolean => ms !== null && ms >= FROM && ms < TO;

interface Bridged {
  /** Records of the hour that left, by either clock. */
  readonly left: number;
  readonly won: number;
  /** Records that left and are of no hour that anybody combines. */
  readonly others: number;
}

const bridge = async (seed: number, change: Change = {}): Promise<Bridged> => {
  const lines = fleetLines({ devices: 900, count: 4500, spanMs: 4 * HOUR_MS, seed, malformedShare: 0, lateShare: 0.15 });
  const world = { plan, text, lines, people: [] };
  const log = controlLog(plan);
  const scope = { with: { datasets: [], views: [], unindexed: true }, views: VIEWS, consumers: ['device-quality'] };
  log.say({ kind: 'period', id: 'trial', ...scope, start: FROM, end: TO, basis: 'none', k: K }, BEFORE_MS);
  log.say({ kind: 'activation', period: 'trial', evidence: 'e'.repeat(64) }, BEFORE_MS + 1);
  const run = await runControlled(world, log.lines, change);
  const rules = readRules(text, FILE, policyFiles(FILE));
  const all = leakedOf(run, knowledge(lines, rules), memoryRecipients().lineageKey).filter(({ view }) => VIEWS.includes(view));
  const left = all.filter(({ windowStartMs, eventMs }) => isOfTheHour(windowStartMs) || isOfTheHour(eventMs));
  const coarsest = (name: string): number => (plan.views.find((view) => view.name === name) as ViewPlan).path.length - 1;
  const classOf = ({ view, windowStartMs, level, tuple }: Leaked): string => JSON.stringify([view, windowStartMs, level, tuple]);
  const won = [...groupBy(left, classOf).values()].filter(
    (records) => records[0].level !== coarsest(records[0].view) || subjectsOf(records) < K,
  );
  return { left: left.length, won: won.reduce((sum, records) => sum + records.length, 0), others: all.length - left.length };
};

t.test('nothing of the hour is bridged to fewer than the k of the period', async (t) => {
  let left = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const bridged = await bridge(seed);
    t.equal(bridged.won, 0, `seed ${seed}: ${bridged.left} records of the hour left, ${bridged.others} others`);
    t.ok(bridged.others > 100);
    left += bridged.left;
  }
  t.ok(left > 100, `${left} records of the hour left, so that there was something to bridge`);
});

const BROKEN: Readonly<Record<string, Change>> = {
  'a gate that knows of no period': withPeriods(() => []),
  'a gate that goes by the clock of the log alone': withPeriods((rules, startMs, { windowMs }) =>
    rules.filter((rule) => startMs < rule.endMs && startMs + windowMs > rule.startMs),
  ),
  'a gate that goes by the clock of devices alone': withPeriods((rules, startMs, { windowMs }) =>
    rules.filter((rule) => !(startMs < rule.endMs && startMs + windowMs > rule.startMs)),
  ),
  'a gate that keeps the k of the view': withPeriods((rules, _, { k }) => rules.map((rule) => ({ ...rule, k }))),
  'a gate that releases finer levels in a period': withPeriods((rules) => rules.map((rule) => ({ ...rule, coarsestOnly: false }))),
};

for (const [what, change] of Object.entries(BROKEN)) {
  t.test(`${what} loses`, async (t) => {
    let won = 0;
    for (let seed = 1; seed <= 6 && won === 0; seed++) won = (await bridge(seed, change)).won;
    t.ok(won > 0, `${won} records are bridged`);
  });
}
