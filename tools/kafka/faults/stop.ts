import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import type { Gates } from '../chaos/gates.ts';
import { type Fault, settled, until } from '../chaos/world.ts';

const SESSION_MS = 6000;
/** What a broker needs on top, and the time in which the others open the tasks again. */
const MORE_MS = 6000;

/** What became of the tasks of a process that slept while others took them. */
interface Zombie {
  /** Steps that were refused as those of an older owner. */
  readonly refused: number;
  /** Tasks of which it committed more than the step whose commit was under way when it was stopped, before it was given them again. */
  readonly slipped: number;
}

const zombieOf = (gates: Gates, run: number, awakeMs: number): Zombie => {
  const steps = new Map<number, number>();
  const isBack = new Set<number>();
  let refused = 0;
  for (const { code, task, error, time, run: of } of gates.logged()) {
    if (of !== run || time < awakeMs || task === undefined) continue;
    if (code === 'restored') isBack.add(task);
    if (isBack.has(task)) continue;
    if (code === 'step-failed' && error === 'fenced') refused++;
    if (code === 'step-done') steps.set(task, (steps.get(task) ?? 0) + 1);
  }
  return { refused, slipped: [...steps.values()].filter((count) => count > 1).length };
};

export const stop: Fault = {
  says: 'SIGSTOP of a gate process past its session time-out: others take its tasks, and it is refused when it wakes',
  count: 6,
  kafka: { sessionTimeoutMs: SESSION_MS },
  async harm(world) {
    const { gates, count, random } = world;
    const zombies: Zombie[] = [];
    for (let i = 0; i < count && world.goesOn(); i++) {
      await pause(below(random, 3000));
      const victim = below(random, gates.count);
      gates.signal(victim, 'SIGSTOP');
      const strike = world.strike(`stop ${i + 1} of process ${victim}`);
      await settled(world, strike);
      await pause(Math.max(0, strike.atMs + SESSION_MS + MORE_MS - Date.now()));
      const awakeMs = Date.now();
      gates.signal(victim, 'SIGCONT');
      const run = gates.runOf(victim);
      const isBack = (): boolean => gates.logged().some((line) => line.run === run && line.code === 'restored' && line.time > awakeMs);
      await until(isBack);
      zombies.push(zombieOf(gates, run, awakeMs));
      world.say(`  awake: ${zombies[i].refused} steps refused, ${zombies[i].slipped} slipped`);
    }
    const sum = (of: (zombie: Zombie) => number): number => zombies.reduce((total, zombie) => total + of(zombie), 0);
    const [refused, slipped] = [sum((zombie) => zombie.refused), sum((zombie) => zombie.slipped)];
    return {
      figures: { zombies: zombies.length, refused },
      broken: [
        ...(slipped === 0 ? [] : [`${slipped} tasks went on in a process that had lost them`]),
        ...(refused > 0 ? [] : ['no step of a zombie was refused: none was tried']),
      ],
    };
  },
};
