import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import { type Fault, settled } from '../chaos/world.ts';

/** How long the only broker stays away, at most. */
const AWAY_MS = 4000;

export const restart: Fault = {
  says: 'the only broker ends, by SIGKILL and in good order in turn, and comes back: everything waits, and goes on',
  count: 4,
  async harm(world) {
    const { cluster, count, random } = world;
    for (let i = 0; i < count && world.goesOn(); i++) {
      await pause(below(random, 2000));
      await cluster.kill(1, i % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      await pause(below(random, AWAY_MS));
      await cluster.restart(1);
      // Measured from the moment from which it serves again.
      await settled(world, world.strike(`restart ${i + 1} of the only broker`));
    }
    return { figures: {}, broken: [] };
  },
};
