import { parseArgs } from 'node:util';
import { BROKEN } from './broken.ts';
import { type Faults, onlyFaults } from './faults.ts';
import { HEALTHY, type Wiring } from './process.ts';
import { simulate } from './simulate.ts';

/**
 * Runs schedules: `npm run simulate-faults -- --seeds 1000`. Every seed that fails is printed and comes again by
 * `--from N --seeds 1 --trace`. `--broken all` or `--broken N` looks for the seed that catches a broken runtime;
 * `--focus` with the faults that show it soonest.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    broken: { type: 'string' },
    focus: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

interface Searched {
  readonly states: number;
  readonly events: number;
  readonly failed: readonly number[];
}

const search = async (wiring: Wiring, from: number, seeds: number, mostFailures: number, faults?: Faults): Promise<Searched> => {
  const states = new Set<number>();
  const failed: number[] = [];
  let events = 0;
  for (let seed = from; seed < from + seeds && failed.length < mostFailures; seed++) {
    const result = await simulate({
      seed,
      wiring,
      states,
      ...(faults && { faults }),
      ...(values.trace ? { trace: (line) => console.log(line) } : {}),
    });
    events += result.events;
    if (result.findings.length === 0) continue;
    failed.push(seed);
    console.log(`${wiring.name}: seed ${seed} fails: ${[...new Set(result.findings)].slice(0, 3).join('; ')}`);
  }
  return { states: states.size, events, failed };
};

const main = async (): Promise<void> => {
  const from = Number(values.from);
  const seeds = Number(values.seeds);
  const { broken } = values;
  if (broken === undefined) {
    const { states, events, failed } = await search(HEALTHY, from, seeds, 10);
    console.log(`${seeds} seeds, ${events} events, ${states} distinct states, ${failed.length} failed`);
    process.exitCode = failed.length > 0 ? 1 : 0;
    return;
  }
  for (const { wiring, faults } of broken === 'all' ? BROKEN : [BROKEN[Number(broken)]]) {
    const { failed } = await search(wiring, from, seeds, 1, values.focus ? onlyFaults(faults) : undefined);
    console.log(`${wiring.name}: ${failed.length > 0 ? `caught by seed ${failed[0]}` : `not caught within ${seeds} seeds`}`);
    if (failed.length === 0) process.exitCode = 1;
  }
};

await main();
