/**
 * `npm run chaos -- --fault NAME`: the service on a real broker while something is done to it (docs/kafka-dev.md). Starts a
 * broker and gate processes, publishes a simulated fleet, lets one kind of fault happen again and again, waits until everything
 * that was published is decided, and asks the checker. Ends with one JSON line, and with 1 when anything does not hold.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isReleased } from '../../src/model/verdict.ts';
import type { KafkaSettings } from '../../src/runtime/log/kafka/settings.ts';
import { sfc32 } from '../../src/simulate/random.ts';
import { lostOf, readLedgers, readSources, verify } from './chaos/end.ts';
import { startFleet } from './chaos/fleet.ts';
import { createGates, type Gates } from './chaos/gates.ts';
import { CLI, provision, type Setup, SOURCES, USERS, writeConfig } from './chaos/setup.ts';
import { type Fault, type Harmed, load, percentile, type Strike, until, type World } from './chaos/world.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { FAULTS } from './faults/index.ts';
import { KAFKA_VERSION } from './jars.ts';
import { type BrokerProxy, startProxy } from './proxy.ts';

const USAGE = `npm run chaos -- --fault NAME [--count N] [--tasks N] [--rate N] [--devices N] [--window 20s] [--seed N] [--keep]

${Object.entries(FAULTS).map(([name, { says, count }]) => `  ${name.padEnd(14)}${says} (${count} times)`).join('\n')}

  --count    how often it happens
  --tasks    units of parallelism (4)
  --rate     records a second that the fleet publishes (100)
  --devices  devices of the fleet (600)
  --window   length of the views' windows (20s)
  --seed     of the fleet and of the moments (1)
  --keep     keeps the folder with logs and topics; it is kept anyway when something does not hold
`; // biome-ignore format: a page

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'kill' },
    count: { type: 'string' },
    tasks: { type: 'string', default: '4' },
    rate: { type: 'string', default: '100' },
    devices: { type: 'string', default: '600' },
    window: { type: 'string', default: '20s' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const fault: Fault | undefined = Object.hasOwn(FAULTS, values.fault) ? FAULTS[values.fault] : undefined;
if (values.help || fault === undefined) {
  process.stderr.write(USAGE);
  process.exit(values.help ? 0 : 78);
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const tasks = Number(values.tasks);
const PARTITIONS = tasks;
const CALM_MS = 3000;

const settingsOf = (brokers: readonly string[]): KafkaSettings => ({ brokers, clientId: 'chaos', tls: null, sasl: null, connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 }); // biome-ignore format: a record

const gatesOf = async (setup: Setup, cluster: Cluster, proxies: readonly BrokerProxy[], { processes = 2 }: Fault): Promise<Gates> => {
  const configs = Array.from({ length: processes }, (_, i) =>
    writeConfig(setup, cluster, `gate-${i}`, proxies.length > 0 ? { ports: [proxies[i].port] } : { user: 'gate' }),
  );
  const gates = createGates(setup.dir, configs, [CLI]);
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
const everything = async (settings: KafkaSettings, total: number): Promise<boolean> =>
  until(async () => {
    await pause(1000);
    const { isClosed, read } = await readLedgers(settings, tasks, isReleased);
    return isClosed && read >= total;
  });

/** What is wrong with the end of a run, beside what the fault itself says. */
const examine = async (world: World, admin: string, total: number, lost: number, isOver: boolean, hung: number) => {
  const ledgers = await readLedgers(world.settings, tasks, isReleased);
  const { ok, failed } = await verify(admin, world.dir);
  const broken = [
    ...(isOver ? [] : ['not everything was decided in time']),
    ...(ledgers.read === total ? [] : [`${ledgers.read} of ${total} records were counted as read`]),
    ...(lost === 0 ? [] : [`${lost} acknowledged records are gone`]),
    ...(ok ? [] : [`the checker: ${failed.join(', ')}`]),
    ...(ledgers.released > 0 ? [] : ['nothing was released, so that nothing was shown']),
    ...(hung === 0 ? [] : [`${hung} processes did not stop when asked to`]),
    ...world.strikes.filter(({ backMs }) => backMs === null).map(({ what }) => `not every task came back after: ${what}`),
  ];
  return { ledgers, ok, broken };
};

const figuresOf = (world: World) => {
  const back = world.strikes.flatMap(({ backMs }) => (backMs === null ? [] : [backMs]));
  const restores = world.gates.logged().flatMap(({ code, tookMs }) => (code === 'restored' && tookMs !== undefined ? [tookMs] : []));
  const loads = world.strikes.map((strike) => strike.load);
  return {
    takeoverMs: { median: percentile(back, 0.5), p90: percentile(back, 0.9), max: percentile(back, 1), measured: back.length },
    restoreMs: { median: percentile(restores, 0.5), max: percentile(restores, 1), measured: restores.length },
    load: { min: Math.min(...loads), max: Math.max(...loads) },
  };
};

const report = (world: World, harmed: Harmed, end: Awaited<ReturnType<typeof examine>>, lost: number, tookMs: number): boolean => {
  const { read, released, blocked, quarantined, noView, windows } = end.ledgers;
  const broken = [...harmed.broken, ...end.broken];
  const result = {
    fault: values.fault,
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
    quarantined,
    noView,
    windows,
    checker: end.ok ? 'pass' : 'fail',
    ...figuresOf(world),
    tookMs,
    tasks,
    processes: world.gates.count,
    seed: Number(values.seed),
    machine: { cpu: cpus()[0].model, cores: cpus().length, node: process.version, kafka: KAFKA_VERSION },
  };
  writeFileSync(join(world.dir, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.ok;
};

const run = async (of: Fault, dir: string, cluster: Cluster, proxies: readonly BrokerProxy[]): Promise<boolean> => {
  const setup: Setup = { dir, tasks, window: values.window, kafka: of.kafka ?? {} };
  const admin = provision(setup, cluster);
  const gates = await gatesOf(setup, cluster, proxies, of);
  const settings = settingsOf(cluster.plaintext);
  const fleet = startFleet({ settings, sources: SOURCES, rate: Number(values.rate), devices: Number(values.devices), seed: Number(values.seed) }); // biome-ignore format: a call
  const strikes: Strike[] = [];
  const strike = (what: string): Strike => {
    const one: Strike = { what, atMs: Date.now(), load: load(), backMs: null };
    strikes.push(one);
    return one;
  };
  const random = sfc32(Number(values.seed), 0);
  const world: World = { cluster, settings, gates, proxies, fleet, tasks, count: Number(values.count ?? of.count), random, dir, say, strike, strikes }; // biome-ignore format: a record
  const startedMs = Date.now();
  try {
    await pause(CALM_MS);
    const harmed = await of.harm(world);
    await fleet.stop();
    const found = await readSources(settings, Object.values(SOURCES), PARTITIONS);
    const total = [...found.values()].reduce((sum, count) => sum + count, 0);
    say(`published ${fleet.count()}, in the sources ${total}; waiting until all of it is decided`);
    const isOver = await everything(settings, total);
    const tookMs = Date.now() - startedMs;
    const hung = await gates.stop();
    const lost = lostOf(fleet, found);
    return report(world, harmed, await examine(world, admin, total, lost, isOver, hung), lost, tookMs);
  } finally {
    await gates.stop();
  }
};

const main = async (of: Fault): Promise<boolean> => {
  const dir = mkdtempSync(join(tmpdir(), `unjoin-chaos-${values.fault}-`));
  const clusterDir = join(dir, 'cluster');
  mkdirSync(clusterDir, { mode: 0o700 });
  const restore = of.ground?.(clusterDir) ?? (() => {});
  let isSound = false;
  try {
    const cluster = await startCluster({ dir: clusterDir, users: USERS, nodes: of.nodes ?? 1, properties: of.properties ?? {} });
    const [, port] = cluster.plaintext[0].split(':');
    const proxies: BrokerProxy[] = [];
    for (let i = 0; of.isProxied && i < (of.processes ?? 2); i++) proxies.push(await startProxy(Number(port)));
    try {
      isSound = await run(of, dir, cluster, proxies);
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await cluster.stop();
    }
  } finally {
    restore();
    if (isSound && !values.keep) rmSync(dir, { recursive: true, force: true });
    else say(`kept: ${dir}`);
  }
  return isSound;
};

process.exit((await main(fault)) ? 0 : 1);
