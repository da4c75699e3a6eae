import t from 'tap';
import { createManualClock, systemClock } from '../../src/runtime/clock.ts';

t.test('the system clock is that of the process', async (t) => {
  const before = Date.now();
  const now = systemClock.nowMs();
  t.ok(before <= now && now <= Date.now());
});

t.test('a manual clock stands still until it is set, and may jump either way', async (t) => {
  const clock = createManualClock(5);
  t.equal(clock.nowMs(), 5);
  clock.advance(10);
  t.equal(clock.nowMs(), 15);
  clock.set(3);
  t.equal(clock.nowMs(), 3);
  t.throws(() => clock.set(Number.NaN), { name: 'InvariantError' });
});
