import { compactAll, moveAnyLeader, nameOf } from './broker/broker.ts';
import { addPartitions, initProducerId } from './broker/coordinator.ts';
import { append, type Partition } from './broker/partition.ts';
import type { Mishap, SimProcess } from './engine.ts';
import type { Faults } from './faults.ts';
import { type GateProcess, SOURCE, TOPICS } from './process.ts';
import { FAULTS_MS, kill, START_MS, TASKS, type World } from './world.ts';

/** Somebody else leaves a transaction open on a ledger: who reads to the last stable offset stops there. */
const stray = ({ broker, engine }: World): void => {
  const partition = broker.partitions.get(nameOf(TOPICS.ledger, engine.random.below(TASKS))) as Partition;
  const id = `stray-${partition.partition}`;
  const told = initProducerId(broker.coordinator, id, 8000);
  if (!('value' in told)) return;
  const { producerId, epoch } = told.value;
  addPartitions(broker.coordinator, { id, producerId, epoch }, [nameOf(partition.topic, partition.partition)], engine.nowMs());
  append(partition, { producerId, epoch, firstSequence: 0, isTransactional: true, messages: [{ key: Buffer.from('stray'), value: Buffer.from('stray'), timestampMs: 0 }] }, engine.nowMs(), () => 0); // biome-ignore format: a line
};

/** Acts some time from now. */
const later = ({ engine, wakes }: World, withinMs: number, act: () => void): void =>
  void wakes.push({ atMs: engine.nowMs() + 500 + engine.random.below(withinMs), act });

const pause = (world: World, { process }: GateProcess): void => {
  if (process.state !== 'running') return;
  process.state = 'paused';
  later(world, 15_000, () => {
    if (process.state === 'paused') process.state = 'running';
  });
};

/** Beats are lost. Some never hear of the group again: zombies until the end. Somebody has to be left. */
const cut = (world: World, { process }: GateProcess): void => {
  process.isCut = true;
  const isLast = world.gates.every((gate) => gate.process.isCut);
  if (!isLast && world.engine.random.chance(0.3)) return;
  later(world, 15_000, () => {
    process.isCut = false;
  });
};

/** Ends in order, as on SIGTERM. */
const stop = ({ engine, gates, respawns }: World, gate: GateProcess): void => {
  if (gate.process.state !== 'running') return;
  engine.as(gate.process, () => void gate.stop());
  gates.splice(gates.indexOf(gate), 1);
  respawns.push(engine.nowMs() + engine.random.below(4000));
};

const anyPartition = ({ engine, broker }: World, ofOthers: number): Partition => {
  const some = [...broker.partitions.values()].filter(({ topic }) => topic === SOURCE || engine.random.chance(ofOthers));
  return engine.random.pick(some);
};

/** What may happen at any time: to a process, or to the cluster. */
const HAPPENINGS: Readonly<Record<string, (world: World) => void>> = {
  kill: (world) => ofAny(world, kill),
  pause: (world) => ofAny(world, pause),
  cut: (world) => ofAny(world, cut),
  stop: (world) => ofAny(world, stop),
  // One after another, as when brokers restart.
  move(world) {
    for (let i = 1 + world.engine.random.below(3); i > 0; i--) moveAnyLeader(world.broker, anyPartition(world, 1), world.engine.random);
  },
  compact: ({ broker }) => compactAll(broker, TOPICS.ledger),
  stray,
  lag(world) {
    anyPartition(world, 0.3).stalledUntilMs = world.engine.nowMs() + world.engine.random.below(15_000);
  },
};

const ofAny = (world: World, act: (world: World, gate: GateProcess) => void): void => {
  if (world.gates.length > 0) act(world, world.engine.random.pick(world.gates));
};

/** Perhaps lets something happen; tells whether it did. */
export const perhaps = (world: World): boolean => {
  const { engine, faults } = world;
  if (engine.nowMs() > START_MS + FAULTS_MS) return false;
  let dice = engine.random.next();
  for (const [name, happen] of Object.entries(HAPPENINGS)) {
    dice -= faults[name as keyof Faults];
    if (dice >= 0) continue;
    engine.trace(`-- ${name}`);
    happen(world);
    return true;
  }
  return false;
};

/** What becomes of a request. */
export const mishapOf =
  ({ engine, faults }: World) =>
  (kind: string, process: SimProcess): Mishap => {
    if ((kind === 'beat' || kind === 'join') && process.isCut) return 'lost';
    if (engine.nowMs() > START_MS + FAULTS_MS) return 'none';
    let dice = engine.random.next();
    for (const mishap of ['lost', 'late', 'deaf', 'refused'] as const) {
      dice -= faults[mishap];
      if (dice < 0) return mishap;
    }
    return 'none';
  };
