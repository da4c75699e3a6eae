import { decodeLedger } from '../../src/record/ledger.ts';
import { prepareCodecs } from '../../src/runtime/log/kafka/wire/inflate.ts';
import { backgroundOf, type ModelBroker, nameOf } from './broker/broker.ts';
import { expire } from './broker/coordinator.ts';
import { type Partition, visible } from './broker/partition.ts';
import { settle } from './engine.ts';
import type { Faults } from './faults.ts';
import { expireMembers } from './group.ts';
import { mishapOf, perhaps } from './happenings.ts';
import { judge } from './oracle.ts';
import { HEALTHY, SOURCE, TOPICS, type Wiring } from './process.ts';
import { createRandom } from './random.ts';
import { type Planned, planSources } from './sources.ts';
import { stateOf } from './states.ts';
import { createWorld, FAULTS_MS, PARTITIONS, START_MS, spawn, TASKS, type World } from './world.ts';

const PUBLISH_MS = 30_000;
/** Whoever has not come to an end by then makes no progress. */
const MAX_MS = 400_000;
const MAX_EVENTS = 60_000;

export interface RunOptions {
  readonly seed: number;
  readonly wiring?: Wiring;
  /** A mix of its own for each seed, unless told. */
  readonly faults?: Faults;
  /** Adds the states that were reached. */
  readonly states?: Set<number>;
  /** Told of every event. */
  readonly trace?: (line: string) => void;
}

export interface RunResult {
  readonly seed: number;
  /** What was wrong; empty when nothing was. */
  readonly findings: readonly string[];
  readonly verifies: boolean;
  readonly events: number;
  readonly virtualMs: number;
}

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
  const planned = planSources(random, PARTITIONS, START_MS, START_MS + PUBLISH_MS, 20);
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

/** Every batch of our own topics, for whoever looks into a seed. */
const describe = ({ partitions }: ModelBroker): string[] =>
  [...partitions.values()]
    .filter(({ topic }) => topic !== SOURCE)
    .flatMap(({ topic, partition, batches, aborted }) =>
      batches.map(({ baseOffset, lastOffset, producerId, control, records }) => {
        const isAborted = aborted.some(
          (one) => one.producerId === producerId && one.firstOffset <= baseOffset && baseOffset < one.markerOffset,
        );
        const text = topic === TOPICS.audit ? records.map(({ value }) => value?.toString('utf8')).join() : '';
        return `${topic}:${partition} ${baseOffset}-${lastOffset} of ${producerId} ${control ?? ''} ${isAborted ? 'aborted' : ''} ${text}`;
      }),
    );

/** Runs one schedule to its end and judges it. The same seed gives the same run. */
export const simulate = async (options: RunOptions): Promise<RunResult> => {
  // Loads for real, once: within a schedule nothing may wait for anything real.
  await prepareCodecs();
  const { seed, wiring = HEALTHY, faults } = options;
  const world = createWorld(seed, wiring, faults);
  if (options.trace !== undefined) world.engine.trace = options.trace;
  try {
    const events = await run(world, options.states);
    for (let left = backgroundOf(world.broker, Infinity); left.length > 0; left = backgroundOf(world.broker, Infinity)) left[0]();
    if (options.trace !== undefined) for (const line of describe(world.broker)) options.trace(line);
    const findings = [...world.findings, ...judge(world.broker, world.findings.length === 0)];
    return { seed: options.seed, findings, verifies: world.broker.verifies, events, virtualMs: world.engine.nowMs() - START_MS };
  } finally {
    for (const { process } of world.gates) process.state = 'dead';
    world.engine.stop();
  }
};
