import t from 'tap';
import { BROKEN } from './broken.ts';
import { onlyFaults } from './faults.ts';
import { simulate } from './simulate.ts';

/** As many schedules as a commit can wait for; `npm run simulate-faults -- --seeds N` runs more. */
const SEEDS = 30;

t.test('what a schedule does is decided by its seed', async (t) => {
  const run = async () => {
    const lines: string[] = [];
    const result = await simulate({ seed: 11, trace: (line) => lines.push(line) });
    return { result, lines };
  };
  const first = await run();
  t.ok(first.lines.length > 500);
  t.strictSame(await run(), first);
});

t.test('whatever happens: every record has one fate, every class k subjects, and nothing is seen that is not released', async (t) => {
  const states = new Set<number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { findings } = await simulate({ seed, states });
    t.strictSame(findings, [], `seed ${seed}: npm run simulate-faults -- --from ${seed} --seeds 1 --trace`);
  }
  // Far fewer would mean that most seeds do the same.
  t.ok(states.size > 400 * SEEDS, `${states.size} distinct states`);
});

/** A search from the first seed on, as a schedule is another one after every change of the product. */
const SEARCHED = 1000;

t.test('power: each runtime that breaks a rule is caught, where the product is not', async (t) => {
  for (const { wiring, faults: told } of BROKEN) {
    const faults = onlyFaults(told);
    let caught = 0;
    for (let seed = 1; seed <= SEARCHED && caught === 0; seed++)
      if ((await simulate({ seed, wiring, faults })).findings.length > 0) caught = seed;
    t.not(caught, 0, wiring.name);
    t.strictSame((await simulate({ seed: caught, faults })).findings, [], `the product, seed ${caught}`);
  }
});
