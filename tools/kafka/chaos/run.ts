import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isReleased } from '../../../src/model/verdict.ts';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import { sfc32 } from '../../../src/simulate/random.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { KAFKA_VERSION } from '../jars.ts';
import { type BrokerProxy, startProxy } from '../proxy.ts';
import { lostOf, readLedgers, readSources, verify } from './end.ts';
import { startFleet } from './fleet.ts';
import { createGates, type Gates } from './gates.ts';
import { asOperator, provision, type Setup, SOURCES, USERS, writeConfig } from './setup.ts';
import { type Fault, type Harmed, load, percentile, type Strike, until, type World } from './world.ts';

/** How a run under faults is made; all but the fault may be told on the command line of `npm run chaos`. */
export interface RunOptions {
  readonly name: string;
  readonly count: number;
  readonly tasks: number;
  /** Records a second that the fleet publishes. */
  readonly rate: number;
  /** How many records it publishes at least. */
  readonly events: number;
  readonly devices: number;
  /** Length of the views' windows, such as `20s`. */
  readonly window: string;
  readonly seed: number;
  readonly keep: boolean;
  /** See `World.goesOn`. */
  goesOn(): boolean;
  /** How node is called to run `unjoin`. */
  readonly entry: readonly string[];
  say(text: string): void;
}

export interface Result {
  readonly ok: boolean;
  /** Every statement that does not hold. */
  readonly broken: readonly string[];
  readonly [figure: string]: unknown;
}

const CALM_MS = 3000;
/** Exit code of what may work the next time (sysexits(3), EX_TEMPFAIL). */
const RETRY = 75;

const settingsOf = (brokers: readonly string[]): KafkaSettings => ({ brokers, clientId: 'chaos', tls: null, sasl: null, connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 }); // biome-ignore format: a record

const gatesOf = async (setup: Setup, cluster: Cluster, proxies: readonly BrokerProxy[], { processes = 2 }: Fault): Promise<Gates> => {
  const { tasks, entry } = setup;
  const configs = Array.from({ length: processes }, (_, i) =>
    writeConfig(setup, cluster, `gate-${i}`, proxies.length > 0 ? { ports: [proxies[i].port] } : { user: 'gate' }),
  );
  const gates = createGates(setup.dir, configs, entry);
  // The first makes the keys; the others read them.
  gates.start(0, ['--initialise']);
  await until(() => gates.logged().length > 0);
  for (let i = 1; i < processes; i++) gates.start(i);
  // Every task gates, and every process has some of them.
  const restored = (): boolean => {
    const lines = gates.logged().filter(({ code }) => code === 'restored');
    return (
      new Set(lines.map(({ task }) => task)).size === tasks && new Set(lines.map(({ run: of }) => of)).size === Math.min(processes, tasks)
    );
  };
  if (!(await until(restored))) throw new Error(`the gates did not start: see ${setup.dir}`);
  return gates;
};

/** Waits until every record of the sources is read and no window is open. */
const everything = async ({ settings, tasks }: World, total: number): Promise<boolean> =>
  until(async () => {
    await pause(1000);
    const { isClosed, read } = await readLedgers(settings, tasks, isReleased);
    return isClosed && read >= total;
  });

/** What is wrong with the end of a run, beside what the fault itself says. */
const examine = async (world: World, setup: Setup, total: number, lost: number, isOver: boolean, hung: number) => {
  const ledgers = await readLedgers(world.settings, setup.tasks, isReleased);
  const { ok, failed } = await verify(setup);
  const broken = [
    ...(isOver ? [] : ['not everything was decided in time']),
    ...(ledgers.read === total ? [] : [`${ledgers.read} of ${total} records were counted as read`]),
    ...(lost === 0 ? [] : [`${lost} acknowledged records are gone`]),
    ...(ok ? [] : [`the checker: ${failed.join(', ')}`]),
    ...(ledgers.released > 0 ? [] : ['nothing was released, so that nothing was shown']),
    ...(hung === 0 ? [] : [`${hung} processes did not stop when asked to`]),
    // What cannot go on may end, to be started again; it may not end with a broken invariant.
    ...world.gates.exits.filter((code) => code !== RETRY).map((code) => `a process ended with ${code}`),
    ...world.strikes.filter(({ backMs }) => backMs === null).map(({ what }) => `not every task came back after: ${what}`),
  ];
  return { ledgers, ok, broken };
};

const figuresOf = (world: World) => {
  const back = world.strikes.flatMap(({ backMs }) => (backMs === null ? [] : [backMs]));
  const first = world.strikes.flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]));
  const restores = world.gates.logged().flatMap(({ code, tookMs }) => (code === 'restored' && tookMs !== undefined ? [tookMs] : []));
  const loads = world.strikes.map((strike) => strike.load);
  return {
    takeoverMs: { median: percentile(back, 0.5), p90: percentile(back, 0.9), max: percentile(back, 1), measured: back.length },
    firstMs: { median: percentile(first, 0.5), p90: percentile(first, 0.9), max: percentile(first, 1), measured: first.length },
    restoreMs: { median: percentile(restores, 0.5), max: percentile(restores, 1), measured: restores.length },
    load: { min: Math.min(...loads), max: Math.max(...loads) },
  };
};

type Examined = Awaited<ReturnType<typeof examine>>;

const resultOf = (options: RunOptions, world: World, harmed: Harmed, end: Examined, lost: number, tookMs: number): Result => {
  const { read, released, blocked, denied, quarantined, noView, windows } = end.ledgers;
  const broken = [...harmed.broken, ...end.broken];
  return {
    fault: options.name,
    ok: broken.length === 0,
    broken,
    strikes: world.strikes.length,
    ...harmed.figures,
    acknowledged: world.fleet.count(),
    lost,
    resent: world.fleet.resent(),
    read,
    released,
    blocked,
    denied,
    quarantined,
    noView,
    windows,
    checker: end.ok ? 'pass' : 'fail',
    ...figuresOf(world),
    exits: world.gates.exits,
    tookMs,
    tasks: options.tasks,
    processes: world.gates.count,
    seed: options.seed,
    machine: { cpu: cpus()[0].model, cores: cpus().length, node: process.version, kafka: KAFKA_VERSION },
  };
};

const worldOf = async (
  fault: Fault,
  options: RunOptions,
  setup: Setup,
  cluster: Cluster,
  proxies: readonly BrokerProxy[],
): Promise<World> => {
  const { tasks, rate, events, devices, seed, count, say, goesOn } = options;
  const gates = await gatesOf(setup, cluster, proxies, fault);
  const settings = settingsOf(cluster.plaintext);
  const strikes: Strike[] = [];
  const strike = (what: string): Strike => {
    const one: Strike = { what, atMs: Date.now(), load: load(), backMs: null, firstMs: null };
    strikes.push(one);
    return one;
  };
  const fleet = startFleet({ settings, sources: SOURCES, rate, devices, seed });
  return {
    cluster,
    settings,
    gates,
    proxies,
    fleet,
    tasks,
    rate,
    events,
    count,
    goesOn,
    random: sfc32(seed, 0),
    dir: setup.dir,
    operator: (command: string, ...more: string[]) => asOperator(setup, command, ...more),
    say,
    strike,
    strikes,
  };
};

const withGates = async (
  fault: Fault,
  options: RunOptions,
  setup: Setup,
  cluster: Cluster,
  proxies: readonly BrokerProxy[],
): Promise<Result> => {
  provision(setup, cluster);
  const world = await worldOf(fault, options, setup, cluster, proxies);
  const { gates, fleet, settings, say } = world;
  const startedMs = Date.now();
  try {
    await pause(CALM_MS);
    const harmed = await fault.harm(world);
    await until(() => fleet.count() >= options.events || !options.goesOn(), Number.POSITIVE_INFINITY);
    await fleet.stop();
    const found = await readSources(settings, Object.values(SOURCES), options.tasks);
    const total = [...found.values()].reduce((sum, count) => sum + count, 0);
    say(`published ${fleet.count()}, in the sources ${total}; waiting until all of it is decided`);
    const isOver = await everything(world, total);
    const tookMs = Date.now() - startedMs;
    const hung = await gates.stop();
    const lost = lostOf(fleet, found);
    return resultOf(options, world, harmed, await examine(world, setup, total, lost, isOver, hung), lost, tookMs);
  } finally {
    await gates.stop();
  }
};

/** Brings up a cluster and gates, lets the fault happen, and says what holds. Nothing of it stays, unless something broke. */
export const runFault = async (fault: Fault, options: RunOptions): Promise<Result> => {
  const { name, tasks, window, entry, keep, say } = options;
  const dir = mkdtempSync(join(tmpdir(), `unjoin-chaos-${name}-`));
  const clusterDir = join(dir, 'cluster');
  mkdirSync(clusterDir, { mode: 0o700 });
  const restore = fault.ground?.(clusterDir) ?? (() => {});
  const proxies: BrokerProxy[] = [];
  let result: Result | null = null;
  try {
    const cluster = await startCluster({ dir: clusterDir, users: USERS, nodes: fault.nodes ?? 1, properties: fault.properties ?? {} });
    try {
      const [, port] = cluster.plaintext[0].split(':');
      for (let i = 0; fault.isProxied && i < (fault.processes ?? 2); i++) proxies.push(await startProxy(Number(port)));
      result = await withGates(
        fault,
        options,
        { dir, tasks, window, entry, kafka: fault.kafka ?? {}, limits: fault.limits ?? {} },
        cluster,
        proxies,
      );
      writeFileSync(join(dir, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
      return result;
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await cluster.stop();
    }
  } finally {
    restore();
    if (result?.ok && !keep) rmSync(dir, { recursive: true, force: true });
    else say(`kept: ${dir}`);
  }
};
