import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import { type Fault, settled } from '../chaos/world.ts';
import { whole } from './nodes.ts';

const NODES = 3;

export const broker: Fault = {
  says: 'SIGKILL of one of three brokers (RF 3, min ISR 2) while gateways publish: nothing acknowledged is lost',
  count: 6,
  nodes: 3,
  async harm(world) {
    const { cluster, count, random } = world;
    const broken: string[] = [];
    for (let i = 0; i < count && world.goesOn(); i++) {
      await pause(below(random, 2000));
      const node = 1 + below(random, NODES);
      await cluster.kill(node);
      const strike = world.strike(`kill ${i + 1} of broker ${node}`);
      await settled(world, strike);
      await cluster.restart(node);
      // The next kill would otherwise leave one copy, and nothing could be written: that is another fault.
      if (!(await whole(world))) broken.push(`copies were not whole again after: ${strike.what}`);
    }
    return { figures: { brokerKills: world.strikes.length }, broken };
  },
};
