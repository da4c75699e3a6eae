import fc from 'fast-check';
import t from 'tap';
import type { Summary } from '../../src/runtime/summary.ts';
import { fleetLines, framed, runInMemory, smartHome } from './world.ts';

const plan = smartHome();

/** A repetition of an event that is not kept any more looks like any other repetition, so the two reasons are one count. */
const counts = (summary: Summary): unknown => {
  const views = Object.entries(summary.views).map(([name, { blocked, ...view }]) => {
    const { duplicate = 0, folded = 0, ...rules } = blocked;
    return [name, { ...view, blocked: { ...rules, repeated: duplicate + folded } }];
  });
  return { ...summary, views: Object.fromEntries(views) };
};

t.test('the same log gives the same outputs and counts however it is cut into batches', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 }),
      async (seed, cuts) => {
        const lines = fleetLines({ devices: 900, count: 3000, seed });
        const whole = await runInMemory(plan, framed(plan, lines, [lines.length]));
        const cut = await runInMemory(plan, framed(plan, lines, cuts));
        t.ok(whole.outputs.length > 0, `something was released (seed ${seed})`);
        t.strictSame(cut.outputs, whole.outputs, `the same multiset (seed ${seed})`);
        t.strictSame(counts(cut.summary), counts(whole.summary), `the same counts (seed ${seed})`);
      },
    ),
    { numRuns: 6 },
  );
});

t.test('other keys give the same releases, only in another order', async (t) => {
  const lines = fleetLines({ devices: 900, count: 4000, seed: 11 });
  const one = await runInMemory(plan, framed(plan, lines, [500]), 'one');
  const two = await runInMemory(plan, framed(plan, lines, [500]), 'two');
  const released = ({ summary }: typeof one) => summary.views['device-health'].released;
  t.strictSame(released(one), released(two));
});
