import type { Plan } from '../../src/model/plan.ts';
import { decodeLedger } from '../../src/record/ledger.ts';
import { backgroundOf, compactAll, createBroker, type ModelBroker, moveAnyLeader, nameOf } from './broker/broker.ts';
import { addPartitions, expire, initProducerId } from './broker/coordinator.ts';
import { append, type Partition, visible } from './broker/partition.ts';
import { createEngine, type Mishap, type RunningEngine, type SimProcess, settle } from './engine.ts';
import { drawFaults, type Faults, NO_FAULTS } from './faults.ts';
import { createGroup, expireMembers, isAssigned, type ModelGroup } from './group.ts';
import { judge } from './oracle.ts';
import { simulationPlan } from './policy.ts';
import { type GateProcess, HEALTHY, SOURCE, startGate, TOPICS, VIEW_PARTITIONS, type Wiring } from './process.ts';
import { createRandom } from './random.ts';
import { type Planned, planSources } from './sources.ts';
import { stateOf } from './states.ts';

const TASKS = 2;
const PARTITIONS = 4;
/** Start of a window, and of an epoch. */
const START_MS = 604_800_000 * 2800;
const PUBLISH_MS = 45_000;
const FAULTS_MS = 60_000;
const MAX_MS = 400_000;
const MAX_EVENTS = 60_000;
const MAX_SKEW_MS = 1500;
const PLAN: Plan = simulationPlan();

export interface RunOptions {
  readonly seed: number;
  readonly wiring?: Wiring;
  readonly isCalm?: boolean;
  /** Adds the states that were reached. */
  readonly states?: Set<number>;
  /** Told of every event. */
  readonly trace?: (line: string) => void;
}

export interface RunResult {
  readonly seed: number;
  /** What was wrong; empty when nothing was. */
  readonly findings: readonly string[];
  readonly events: number;
  readonly virtualMs: number;
}

/** Everything of one schedule. */
interface World {
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

const createWorld = ({ seed, wiring = HEALTHY, isCalm = false }: RunOptions): World => {
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
    faults: isCalm ? NO_FAULTS : drawFaults(random),
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

const kill = (world: World, gate: GateProcess): void => {
  const { process } = gate;
  if (process.state === 'dead') return;
  process.state = 'dead';
  world.engine.bury(process);
  world.gates.splice(world.gates.indexOf(gate), 1);
  world.respawns.push(world.engine.nowMs() + world.engine.random.below(8000));
};

const spawn = (world: World): void => {
  const { engine, broker, group, wiring, heldEveryMs, claims } = world;
  const process: SimProcess = { name: `p${world.spawned++}`, state: 'running', isCut: false };
  const witness = {
    opened(of: SimProcess, transactionalId: string) {
      const name = `${of.name}/${transactionalId}`;
      engine.trace(`opened ${name} ${isAssigned(group, of, Number(transactionalId.at(-1)))}`);
      const isOurs = isAssigned(group, of, Number(transactionalId.at(-1)));
      claims.set(name, isOurs ? 0 : (claims.get(name) ?? 0) + 1);
      if ((claims.get(name) ?? 0) > 2) world.findings.push('a zombie claims again and again what others own');
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

/** Somebody else leaves a transaction open on a ledger: who reads to the last stable offset stops there. */
const stray = ({ broker, engine }: World): void => {
  const partition = broker.partitions.get(nameOf(TOPICS.ledger, engine.random.below(TASKS))) as Partition;
  const id = `stray-${partition.partition}`;
  const told = initProducerId(broker.coordinator, id, 8000);
  if (!('value' in told)) return;
  const { producerId, epoch } = told.value;
  addPartitions(broker.coordinator, { id, producerId, epoch }, [nameOf(partition.topic, partition.partition)], engine.nowMs());
  append(partition, { producerId, epoch, firstSequence: 0, isTransactional: true, messages: [{ key: Buffer.from('stray'), value: Buffer.from('stray'), timestampMs: 0 }] }, engine.nowMs(), () => true); // biome-ignore format: a line
};

const happen = (world: World, fault: keyof Faults): void => {
  const { engine, broker, gates, wakes } = world;
  const { random } = engine;
  const gate = gates.length === 0 ? undefined : random.pick(gates);
  const later = (ms: number, act: () => void) => wakes.push({ atMs: engine.nowMs() + 500 + random.below(ms), act });
  switch (fault) {
    case 'kill':
      return gate === undefined ? undefined : kill(world, gate);
    case 'pause':
      if (gate?.process.state !== 'running') return;
      gate.process.state = 'paused';
      return void later(15_000, () => {
        if (gate.process.state === 'paused') gate.process.state = 'running';
      });
    case 'cut':
      if (gate === undefined) return;
      gate.process.isCut = true;
      // Some never hear of the group again: zombies until the end. Somebody has to be left.
      return void (
        (random.chance(0.7) || gates.every(({ process }) => process.isCut)) &&
        later(15_000, () => void (gate.process.isCut = false))
      );
    case 'stop':
      if (gate?.process.state !== 'running') return;
      engine.as(gate.process, () => void gate.stop());
      gates.splice(gates.indexOf(gate), 1);
      return void world.respawns.push(engine.nowMs() + random.below(4000));
    case 'move':
      // One after another, as when brokers restart.
      for (let i = 1 + random.below(3); i > 0; i--) moveAnyLeader(broker, random.pick([...broker.partitions.values()]), random);
      return;
    case 'compact':
      return compactAll(broker, TOPICS.ledger);
    case 'stray':
      return stray(world);
    case 'lag':
      random.pick([...broker.partitions.values()].filter(({ topic }) => topic === SOURCE || random.chance(0.3))).stalledUntilMs =
        engine.nowMs() + random.below(15_000);
      return;
    default:
      return;
  }
};

const EVENTS = ['kill', 'pause', 'cut', 'stop', 'move', 'compact', 'stray', 'lag'] as const;

/** Perhaps a fault, in the time of faults. */
const perhaps = (world: World): boolean => {
  const { engine, faults } = world;
  if (engine.nowMs() > START_MS + FAULTS_MS) return false;
  let dice = engine.random.next();
  for (const fault of EVENTS) {
    dice -= faults[fault];
    if (dice < 0) {
      engine.trace(`-- ${fault}`);
      happen(world, fault);
      return true;
    }
  }
  return false;
};

const mishapOf =
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

/** What time does of itself: what is planned, what expires, who comes back. */
const tick = (world: World, planned: Planned[]): void => {
  const { engine, broker, group, respawns, wakes } = world;
  const nowMs = engine.nowMs();
  while (planned.length > 0 && planned[0].atMs <= nowMs) planned.shift()?.act(broker);
  for (const wake of wakes.filter(({ atMs }) => atMs <= nowMs)) {
    wakes.splice(wakes.indexOf(wake), 1);
    wake.act();
  }
  for (const atMs of respawns.filter((at) => at <= nowMs)) {
    respawns.splice(respawns.indexOf(atMs), 1);
    spawn(world);
  }
  expire(broker.coordinator, nowMs);
  expireMembers(group, nowMs);
};

/** Every source record is read and every window is closed. */
const isDone = ({ broker }: World): boolean => {
  if (backgroundOf(broker, Number.POSITIVE_INFINITY).length > 0) return false;
  for (let task = 0; task < TASKS; task++) {
    const entries = visible(broker.partitions.get(nameOf(TOPICS.ledger, task)) as Partition, 1);
    const read = entries.length === 0 ? null : decodeLedger(entries[entries.length - 1].value as Buffer);
    if (read === null || !read.ok || read.value.windows.length > 0 || read.value.decided.length > 0) return false;
    for (const { partition, next } of read.value.positions) {
      const last = visible(broker.partitions.get(nameOf(SOURCE, partition)) as Partition, 1).at(-1);
      if (last !== undefined && next <= last.offset) return false;
    }
  }
  return true;
};

const stallsOf = ({ partitions }: ModelBroker, nowMs: number): number[] =>
  [...partitions.values()].map(({ stalledUntilMs }) => stalledUntilMs).filter((untilMs) => untilMs > nowMs);

const run = async (world: World, states: Set<number> | undefined): Promise<number> => {
  const { engine, broker, group, gates, findings } = world;
  const random = createRandom(engine.random.below(2 ** 31));
  const planned = planSources(random, PARTITIONS, START_MS, START_MS + PUBLISH_MS, 24);
  for (let i = 2 + random.below(2); i > 0; i--) spawn(world);
  const mishap = mishapOf(world);
  for (let events = 0; events < MAX_EVENTS; events++) {
    await settle();
    if (findings.length > 0) return events;
    tick(world, planned);
    states?.add(stateOf(broker, group, gates, engine));
    const sinceMs = engine.nowMs() - START_MS;
    if (sinceMs > FAULTS_MS && events % 64 === 0 && isDone(world)) return events;
    if (sinceMs > MAX_MS) break;
    if (perhaps(world)) continue;
    const alsoAtMs = Math.min(
      planned[0]?.atMs ?? Infinity,
      ...world.wakes.map(({ atMs }) => atMs),
      ...world.respawns,
      ...stallsOf(broker, engine.nowMs()),
    );
    engine.next(backgroundOf(broker, engine.nowMs()), alsoAtMs, mishap);
  }
  findings.push(`no progress: ${gates.flatMap((gate) => gate.workers().map(({ task, state, error }) => `${gate.process.name} ${task} ${state} ${error}`)).join(', ')}`); // biome-ignore format: a line
  return MAX_EVENTS;
};

/** Runs one schedule to its end and judges it. The same seed gives the same run. */
export const simulate = async (options: RunOptions): Promise<RunResult> => {
  const world = createWorld(options);
  if (options.trace !== undefined) world.engine.trace = options.trace;
  try {
    const events = await run(world, options.states);
    for (let left = backgroundOf(world.broker, Infinity); left.length > 0; left = backgroundOf(world.broker, Infinity)) left[0]();
    const findings = [...world.findings, ...judge(world.broker, world.findings.length === 0)];
    return { seed: options.seed, findings, events, virtualMs: world.engine.nowMs() - START_MS };
  } finally {
    for (const { process } of world.gates) process.state = 'dead';
    world.engine.stop();
  }
};
