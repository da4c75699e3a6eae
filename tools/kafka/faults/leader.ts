import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import { type Fault, settled } from '../chaos/world.ts';
import { leading, whole } from './nodes.ts';

const NODES = 3;
/** Past `broker.session.timeout.ms` (3 s), so that its partitions get other leaders while it still takes itself for one. */
const PAUSED_MS = 8000;

export const leader: Fault = {
  says: 'leaders move among three brokers: a broker ends in good order, or sleeps past its session and wakes as a stale leader',
  count: 6,
  nodes: 3,
  async harm(world) {
    const { cluster, count, random } = world;
    const broken: string[] = [];
    for (let i = 0; i < count && world.goesOn(); i++) {
      await pause(below(random, 2000));
      const node = 1 + below(random, NODES);
      if (i % 2 === 0) {
        const strike = world.strike(`broker ${node} ends in good order`);
        await cluster.kill(node, 'SIGTERM');
        await settled(world, strike);
        await cluster.restart(node);
      } else {
        await cluster.pause(node);
        const strike = world.strike(`broker ${node} sleeps`);
        await pause(PAUSED_MS);
        // Others lead what it led, and it does not know.
        if (((await leading(world, node)).get(node) ?? 0) > 0) broken.push(`broker ${node} leads on in its sleep`);
        await cluster.resume(node);
        await settled(world, strike);
      }
      if (!(await whole(world))) broken.push(`copies were not whole again after fault ${i + 1}`);
    }
    return { figures: {}, broken };
  },
};
