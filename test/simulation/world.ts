import type { Plan } from '../../src/model/plan.ts';
import { createBroker, type ModelBroker } from './broker/broker.ts';
import { createEngine, type RunningEngine, type SimProcess } from './engine.ts';
import { drawFaults, type Faults } from './faults.ts';
import { createGroup, isAssigned, type ModelGroup } from './group.ts';
import { simulationPlan } from './policy.ts';
import { type GateProcess, SOURCE, startGate, TOPICS, VIEW_PARTITIONS, type Wiring } from './process.ts';

export const TASKS = 2;
export const PARTITIONS = 4;
/** Start of a window, and of an epoch. */
export const START_MS = 604_800_000 * 2800;
/** Nothing goes wrong any more after this time; who is a zombie then stays one. */
export const FAULTS_MS = 40_000;
const MAX_SKEW_MS = 1500;
/** Openings that were under way when the task went to others may still come through, one by one; a zombie that does not stop goes on. */
const MOST_CLAIMS = 5;
const PLAN: Plan = simulationPlan();

/** Everything of one schedule. */
export interface World {
  readonly engine: RunningEngine;
  readonly broker: ModelBroker;
  readonly group: ModelGroup;
  readonly faults: Faults;
  readonly wiring: Wiring;
  readonly heldEveryMs: number;
  readonly findings: string[];
  readonly gates: GateProcess[];
  /** Processes that come back, and when. */
  readonly respawns: number[];
  readonly wakes: { readonly atMs: number; readonly act: () => void }[];
  spawned: number;
  /** Inits of a process that does not own the task, since it last owned it. */
  readonly claims: Map<string, number>;
}

export const createWorld = (seed: number, wiring: Wiring, faults: Faults | undefined): World => {
  const engine = createEngine(seed, START_MS);
  const { random } = engine;
  const specs = [
    { topic: SOURCE, partitions: PARTITIONS, isAppendTime: true },
    { topic: TOPICS.view(PLAN.views[0].name), partitions: VIEW_PARTITIONS },
    ...[TOPICS.held, TOPICS.quarantine, TOPICS.lineage, TOPICS.audit, TOPICS.ledger].map((topic) => ({ topic, partitions: TASKS })),
  ];
  const broker = createBroker(specs, random, random.chance(0.5), MAX_SKEW_MS);
  wiring.cluster?.(broker);
  return {
    engine,
    broker,
    group: createGroup(TASKS),
    faults: faults ?? drawFaults(random),
    wiring,
    heldEveryMs: random.pick([0, 3000, 10_000, 1e9]),
    findings: [],
    gates: [],
    respawns: [],
    wakes: [],
    spawned: 0,
    claims: new Map(),
  };
};

/** The process is gone; another one comes in its place. */
export const kill = (world: World, gate: GateProcess): void => {
  const { process } = gate;
  if (process.state === 'dead') return;
  process.state = 'dead';
  world.engine.bury(process);
  world.gates.splice(world.gates.indexOf(gate), 1);
  world.respawns.push(world.engine.nowMs() + world.engine.random.below(8000));
};

/** Starts a process. */
export const spawn = (world: World): void => {
  const { engine, broker, group, wiring, heldEveryMs, claims } = world;
  const process: SimProcess = { name: `p${world.spawned++}`, state: 'running', isCut: false };
  const witness = {
    opened(of: SimProcess, transactionalId: string) {
      const name = `${of.name}/${transactionalId}`;
      engine.trace(`opened ${name} ${isAssigned(group, of, Number(transactionalId.at(-1)))}`);
      const isOurs = isAssigned(group, of, Number(transactionalId.at(-1)));
      claims.set(name, isOurs ? 0 : (claims.get(name) ?? 0) + 1);
      if ((claims.get(name) ?? 0) > MOST_CLAIMS) world.findings.push('a zombie claims again and again what others own');
    },
  };
  engine.as(process, () => {
    const gate: GateProcess = startGate({
      engine,
      broker,
      process,
      witness,
      plan: PLAN,
      group,
      wiring,
      sourcePartitions: PARTITIONS,
      heldEveryMs,
      idleMs: 2 * MAX_SKEW_MS,
      transactionTimeoutMs: 5000,
      onFatal(error) {
        world.findings.push(`fatal: ${error instanceof Error ? error.message : String(error)}`);
        kill(world, gate);
      },
    });
    world.gates.push(gate);
  });
};
