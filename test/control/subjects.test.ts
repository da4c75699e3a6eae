import t from 'tap';
import type { ControlRecord } from '../../src/control/shape.ts';
import type { Plan } from '../../src/model/plan.ts';
import { STAGES } from '../../src/pipeline.ts';
import { foldedControls } from '../../src/runtime/control/source.ts';
import { fleetLines, framed, type MemoryRun, runInMemory } from '../properties/world.ts';
import { ACCOUNTS, controlLog, controlledPlan, subject } from './world.ts';

/** One event of the fleet, as gateways send it. */
interface Event {
  readonly deviceId: string;
  readonly accountId?: string;
  readonly householdId?: string;
}

const lines = fleetLines({ devices: 900, count: 3000, seed: 31, malformedShare: 0, format: 'json' });
const events = lines.map((line) => JSON.parse(line.toString()) as { readonly timestamp: number; readonly value: Event });
const EPOCH_START = Math.min(...events.map(({ timestamp }) => timestamp)) - 1;

const HOUSEHOLD = '    household: { trusted: householdId }\n';
const BOUND = [0, 1, 2].map(() => [HOUSEHOLD, '    household: bindings\n'] as const);

const run = (plan: Plan, log: ReturnType<typeof controlLog> | null): Promise<MemoryRun> => {
  const read = async () => ({ lines: log?.lines ?? [], untilMs: Number.POSITIVE_INFINITY });
  // The keys of test/control/world.ts.
  return runInMemory(plan, framed(plan, lines, [500]), 'unjoin', STAGES, foldedControls(plan, read));
};

const reasons = ({ summary }: MemoryRun, view: string): Readonly<Record<string, number | undefined>> => summary.views[view].blocked;

const ofEvents = <T>(of: (event: Event) => T | undefined): T[] => [...new Set(events.flatMap(({ value }) => of(value) ?? []))];

t.test('who denied the purpose of a view, was erased or is a minor leaves nothing there, and nobody else is touched', async (t) => {
  const plan = controlledPlan();
  const households = ofEvents(({ householdId }) => householdId);
  const purpose = plan.views.find(({ name }) => name === 'device-health')?.purpose as string;
  const log = controlLog(plan);
  const say = (record: ControlRecord): void => log.say(record, EPOCH_START);
  for (const id of households.slice(0, 40))
    say({ kind: 'consent', subject: subject(plan, 'household', id), purposes: [purpose], state: 'denied', from: null, to: null });
  for (const id of households.slice(40, 80)) say({ kind: 'erasure', subject: subject(plan, 'household', id) });
  for (const id of households.slice(80, 120)) say({ kind: 'profile', subject: subject(plan, 'household', id), age: 'minor' });
  const plain = await run(plan, null);
  const ruled = await run(plan, log);
  t.ok((reasons(ruled, 'device-health')['consent'] ?? 0) > 0);
  t.equal(reasons(ruled, 'feature-usage')['consent'], undefined, 'another purpose was not denied');
  for (const view of ['device-health', 'feature-usage']) {
    t.ok((reasons(ruled, view)['erased'] ?? 0) > 0, view);
    t.ok((reasons(ruled, view)['minor'] ?? 0) > 0, view);
    for (const reason of ['consent', 'erased', 'minor']) t.equal(reasons(plain, view)[reason], undefined, 'nobody said anything');
  }
  const everybody = controlLog(plan);
  for (const id of ofEvents(({ deviceId }) => deviceId))
    everybody.say({ kind: 'erasure', subject: subject(plan, 'device', id) }, EPOCH_START);
  const nobody = await run(plan, everybody);
  t.equal(nobody.outputs.length, 0, 'when everybody is erased nothing leaves');
});

t.test('with bindings the same leaves as with households that are told, and of who is not bound nothing', async (t) => {
  const plan = controlledPlan(...BOUND, [
    'accountId: { role: identifier, kind: account-id }\n',
    'accountId: { role: identifier, kind: account-id }\n',
  ]);
  const told = await run(controlledPlan(), null);
  const log = controlLog(plan);
  const homes = new Map(events.map(({ value: { deviceId, householdId } }) => [deviceId, householdId ?? null]));
  for (const [device, home] of homes) {
    if (home === null) continue;
    const record = { kind: 'binding', subject: subject(plan, 'device', device), household: subject(plan, 'household', home) } as const;
    log.say(record, EPOCH_START, ACCOUNTS);
  }
  const bound = await run(plan, log);
  t.ok(told.outputs.length > 100);
  const released = ({ summary }: MemoryRun, view: string) => summary.views[view].released;
  for (const view of ['device-health', 'feature-usage']) t.same(released(bound, view), released(told, view), view);
  const unbound = await run(plan, null);
  t.equal(unbound.outputs.length, 0);
  const { summary } = unbound;
  t.equal(summary.views['device-health'].blocked['no-subject'], Object.values(summary.views['device-health'].blocked).reduce((sum, n) => sum + (n ?? 0), 0) - (summary.views['device-health'].blocked.duplicate ?? 0) - (summary.views['device-health'].blocked.folded ?? 0) - (summary.views['device-health'].blocked['no-level'] ?? 0)); // biome-ignore format: a sum
});

t.test('an erasure counts for the window that it falls into, and not for those before', async (t) => {
  const plan = controlledPlan();
  const ends = events.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
  const late = ends[Math.floor(ends.length / 2)];
  const log = controlLog(plan);
  for (const id of ofEvents(({ deviceId }) => deviceId)) log.say({ kind: 'erasure', subject: subject(plan, 'device', id) }, late);
  const { outputs } = await run(plan, log);
  t.ok(outputs.length > 0, 'windows that had ended left');
  const windowMs = plan.views[0].windowMs;
  const open = Math.floor(late / windowMs) * windowMs;
  const isAfter = (text: string): boolean => Number(/"windowEnd":(\d+)/.exec(text)?.[1]) > open + windowMs;
  t.notOk(outputs.some(isAfter), 'nothing of a later window');
  t.notOk(
    outputs.some((text) => Number(/"windowEnd":(\d+)/.exec(text)?.[1]) === open + windowMs),
    'nor of the one that was open',
  );
});
