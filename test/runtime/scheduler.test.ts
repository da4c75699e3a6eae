import fc from 'fast-check';
import t from 'tap';
import { createSimulatedScheduler, systemScheduler } from '../../src/runtime/scheduler.ts';

/** Order in which ten tasks that are all due at the same time run. */
const orderOf = (seed: number, lateMs = 0): string => {
  const scheduler = createSimulatedScheduler({ seed, lateMs });
  const ran: number[] = [];
  for (let i = 0; i < 10; i++) scheduler.schedule(() => ran.push(i), 5);
  while (scheduler.step());
  return ran.join();
};

t.test('the same seed gives the same order; other seeds give others', async (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(20), (seed, lateMs) => {
      const [first, again] = [orderOf(seed, lateMs), orderOf(seed, lateMs)];
      return first === again;
    }),
  );
  t.ok(new Set(Array.from({ length: 100 }, (_, seed) => orderOf(seed))).size > 95);
});

t.test('every task runs once, in order of time, never early, and late only within the bound', async (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(50), fc.array(fc.nat(100)), (seed, lateMs, delays) => {
      const scheduler = createSimulatedScheduler({ seed, lateMs });
      const ran = new Map<number, number>();
      for (const [i, delay] of delays.entries()) scheduler.schedule(() => ran.set(i, scheduler.clock.nowMs()), delay);
      while (scheduler.step());
      const times = [...ran.values()];
      t.same(
        times,
        [...times].sort((a, b) => a - b),
      );
      return (
        ran.size === delays.length &&
        delays.every((delay, i) => (ran.get(i) as number) >= delay && (ran.get(i) as number) <= delay + lateMs)
      );
    }),
    { numRuns: 50 },
  );
});

t.test('what is called off does not run', async (t) => {
  const scheduler = createSimulatedScheduler({ seed: 1 });
  const cancel = scheduler.schedule(() => t.fail('ran'), 1);
  t.equal(scheduler.pending(), 1);
  cancel();
  t.equal(scheduler.pending(), 0);
  t.notOk(scheduler.step());
  t.throws(() => scheduler.schedule(() => {}, -1), { name: 'InvariantError' });
});

t.test('runUntil runs what tasks and their promises schedule, and stops at its time', async (t) => {
  const scheduler = createSimulatedScheduler({ seed: 1 });
  const ran: string[] = [];
  const note = (name: string) => ran.push(`${name}@${scheduler.clock.nowMs()}`);
  scheduler.schedule(async () => {
    note('first');
    await Promise.resolve();
    await Promise.resolve();
    scheduler.schedule(() => note('after promises'), 10);
  }, 5);
  scheduler.schedule(() => note('too late'), 21);
  await scheduler.runUntil(20);
  t.same(ran, ['first@5', 'after promises@15']);
  t.equal(scheduler.clock.nowMs(), 20);
  t.equal(scheduler.pending(), 1);
  scheduler.clock.set(100);
  await scheduler.runUntil(100);
  t.same(ran.at(-1), 'too late@100', 'time does not go back');
});

t.test('the system scheduler runs tasks, unless they are called off', async (t) => {
  const cancel = systemScheduler.schedule(() => t.fail('ran'), 0);
  cancel();
  await new Promise<void>((resolve) => {
    systemScheduler.schedule(resolve, 0);
  });
  t.pass('ran');
});
