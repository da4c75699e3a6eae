import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import { type Fault, type Strike, settled, until } from '../chaos/world.ts';

/** Every third kill is followed by another one before the tasks are back: a restore that is killed is a restore like any. */
const SOON = 3;
const CALM_MS = 4000;

export const kill: Fault = {
  says: 'SIGKILL of a gate process at random moments, also while its tasks are restored',
  count: 10,
  async harm(world) {
    const { gates, count, random } = world;
    let open: Strike[] = [];
    for (let i = 0; i < count && world.goesOn(); i++) {
      // A run that is to publish so many records spreads the kills over them.
      await until(() => world.fleet.count() >= (world.events * i) / count, Number.POSITIVE_INFINITY);
      await pause(below(random, CALM_MS));
      const victim = below(random, gates.count);
      gates.signal(victim, 'SIGKILL');
      open.push(world.strike(`kill ${i + 1} of process ${victim}`));
      await gates.ended(victim);
      gates.start(victim);
      if (i % SOON === 0) continue;
      for (const strike of open) await settled(world, strike);
      open = [];
    }
    for (const strike of open) await settled(world, strike);
    return { figures: {}, broken: [] };
  },
};
