import t from 'tap';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { createPressure, createSweep, fetchBytesOf } from '../../../src/runtime/service/pressure.ts';

const MIB = 1 << 20;

/** A process whose memory is told; a sweep frees what is garbage. */
const processOf = (capMiB: number) => {
  const clock = createManualClock(0);
  const memory = { liveMiB: 0, garbageMiB: 0 };
  const told: string[] = [];
  let sweeps = 0;
  const pressure = createPressure({
    capBytes: capMiB * MIB,
    rssBytes: () => (memory.liveMiB + memory.garbageMiB) * MIB,
    sweep() {
      sweeps++;
      memory.garbageMiB = 0;
    },
    nowMs: clock.nowMs,
    onPaused: (rss) => void told.push(`paused at ${rss / MIB}`),
    onResumed: (ms) => void told.push(`resumed after ${ms}`),
  });
  return { pressure, memory, clock, told, sweeps: () => sweeps };
};

t.test('garbage is swept before anything pauses, once a second', async (t) => {
  const { pressure, memory, clock, told, sweeps } = processOf(100);
  memory.liveMiB = 40;
  memory.garbageMiB = 29;
  t.equal(pressure.mayFetch(), true);
  t.equal(sweeps(), 0, 'far from the cap');
  memory.garbageMiB = 55;
  t.equal(pressure.mayFetch(), true);
  t.equal(sweeps(), 1);
  memory.garbageMiB = 31;
  t.equal(pressure.mayFetch(), true);
  t.equal(sweeps(), 1, 'not again at once');
  clock.advance(1000);
  t.equal(pressure.mayFetch(), true);
  t.equal(sweeps(), 2);
  t.strictSame(told, []);
});

t.test('near the cap nothing is fetched until memory is well below it', async (t) => {
  const { pressure, memory, clock, told } = processOf(100);
  memory.liveMiB = 85;
  t.equal(pressure.mayFetch(), false);
  t.equal(pressure.isPaused(), true);
  clock.advance(500);
  memory.liveMiB = 76;
  t.equal(pressure.mayFetch(), false, 'no flutter');
  clock.advance(700);
  memory.liveMiB = 74;
  t.equal(pressure.mayFetch(), true);
  t.equal(pressure.isPaused(), false);
  t.strictSame(told, ['paused at 85', 'resumed after 1200'], 'each told once');
});

t.test('between two sweeps garbage counts: it is in memory', async (t) => {
  const { pressure, memory, clock } = processOf(100);
  memory.liveMiB = 72;
  t.equal(pressure.mayFetch(), true);
  memory.garbageMiB = 14;
  t.equal(pressure.mayFetch(), false);
  clock.advance(1000);
  t.equal(pressure.mayFetch(), true, 'swept');
});

t.test('fetches of all tasks together are a small part of the cap', async (t) => {
  t.equal(fetchBytesOf(4 * MIB, 1024 * MIB, 16), 4 * MIB, 'what is configured, where it fits');
  t.equal(fetchBytesOf(4 * MIB, 256 * MIB, 16), 2 * MIB);
  t.equal(fetchBytesOf(4 * MIB, 128 * MIB, 1024), 65_536, 'and no less than a broker can answer with');
});

t.test('the sweep of the engine frees what nobody holds', async (t) => {
  const sweep = createSweep();
  let freed = 0;
  const registry = new FinalizationRegistry(() => {
    freed++;
  });
  (() => registry.register({ a: new Array(1000).fill(1) }, 'x'))();
  for (let turn = 0; turn < 20 && freed === 0; turn++) {
    sweep();
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(freed, 1);
});
