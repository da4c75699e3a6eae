import { join } from 'node:path';
import { below } from '../../../src/simulate/random.ts';
import { TOP } from '../../generated.ts';
import { type Fault, type Strike, settled, until, type World } from '../chaos/world.ts';
import { POINTS } from '../points.ts';
import type { Loss } from '../proxy.ts';

/** Points within a transaction, by what goes over the wire just then. */
const WIRE = {
  'init-asked': { api: 'initProducerId', when: 'before' },
  'init-done-not-told': { api: 'initProducerId', when: 'after' },
  'partitions-added': { api: 'addPartitions', when: 'after' },
  'records-not-sent': { api: 'produce', when: 'before' },
  'records-sent': { api: 'produce', when: 'after' },
  'commit-not-sent': { api: 'endTxn', when: 'before' },
  'commit-done-not-told': { api: 'endTxn', when: 'after' },
} as const satisfies Record<string, Pick<Loss, 'api' | 'when'>>;

type WireName = keyof typeof WIRE;

const NAMES = [...Object.keys(POINTS), ...Object.keys(WIRE)];
/** These come once in a while; the others several times a second. */
const RARE = /decided|output|held|restore|fence|init/;
const VICTIM = 1;
/** So many times a point that was not reached is tried again, all points together. */
const AGAIN = 3;

const isWire = (name: string): name is WireName => Object.hasOwn(WIRE, name);

/** Starts the victim so that it dies at a point; settles when it has, false when it did not get there. */
const dieAt = async ({ gates, proxies, random }: World, name: string): Promise<boolean> => {
  const times = RARE.test(name) ? 1 : 1 + below(random, 8);
  if (isWire(name)) {
    gates.start(VICTIM);
    void proxies[VICTIM].lose({ ...WIRE[name], how: 'cut', skip: times - 1, at: () => gates.signal(VICTIM, 'SIGKILL') });
  } else {
    gates.start(VICTIM, [], ['--import', 'tsx', join(TOP, 'tools/kafka/pointed-gate.ts'), name, String(times)]);
  }
  const isDead = await until(() => gates.hasEnded(VICTIM), 90_000);
  proxies[VICTIM].disarm();
  if (!isDead) gates.signal(VICTIM, 'SIGKILL');
  await gates.ended(VICTIM);
  return isDead;
};

export const points: Fault = {
  says: 'SIGKILL at each named fail-point: around fetch, commit, decision, output, and within a transaction',
  count: NAMES.length,
  isProxied: true,
  async harm(world) {
    const { gates, count } = world;
    gates.signal(VICTIM, 'SIGKILL');
    await gates.ended(VICTIM);
    const reached = new Set<string>();
    let open: Strike[] = [];
    const queue = Array.from({ length: count }, (_, i) => NAMES[i % NAMES.length]);
    const wanted = new Set(queue);
    let again = AGAIN;
    for (let i = 0; i < queue.length && world.goesOn(); i++) {
      const name = queue[i];
      const isReached = await dieAt(world, name);
      if (isReached) reached.add(name);
      // A restart that found nothing held restores nothing: later there may be something.
      if (!isReached && again-- > 0) queue.push(name);
      open.push(world.strike(`${name}${isReached ? '' : ', not reached'}`));
      // Every other time the next victim begins at once, and restores while the group still waits for the dead one.
      if (i % 2 === 0) continue;
      for (const strike of open) await settled(world, strike);
      open = [];
    }
    gates.start(VICTIM);
    for (const strike of open) await settled(world, strike);
    const missed = [...wanted].filter((name) => !reached.has(name));
    return { figures: { points: reached.size }, broken: missed.map((name) => `this point was never reached: ${name}`) };
  },
};
