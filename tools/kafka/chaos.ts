/**
 * `npm run chaos`: the service on a real broker while its processes are killed. Starts a broker, provisions it, runs two
 * processes, publishes a simulated fleet, kills a process every few seconds and starts it again, waits until everything is
 * decided, and asks the checker. Ends with one JSON line, and with 1 when the checker found anything.
 *
 *   npm run chaos -- --events 200000 --devices 60000 --kills 20 --tasks 16 --seed 1 --calm 3000
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { decodeLedger } from '../../src/record/ledger.ts';
import type { KafkaSettings } from '../../src/runtime/log/kafka/settings.ts';
import { readToEnd } from '../../src/runtime/log/kafka/whole.ts';
import { below, sfc32 } from '../../src/simulate/random.ts';
import { TOP } from '../generated.ts';
import { type Cluster, startCluster } from './cluster.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    devices: { type: 'string', default: '60000' },
    kills: { type: 'string', default: '20' },
    tasks: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    calm: { type: 'string', default: '3000' },
    keep: { type: 'boolean', default: false },
  },
});
const PROCESSES = 2;
const CLI = join(TOP, 'dist/cli/main.js');
const dir = mkdtempSync(join(tmpdir(), 'unjoin-chaos-'));
const tasks = Number(values.tasks);
const random = sfc32(Number(values.seed), 0);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The demo's policy with windows of a minute, so that a run sees many; without its view of places, which needs six hours. */
const writePolicy = (): void => {
  const text = readFileSync(join(TOP, 'policies/smart-home.yaml'), 'utf8');
  const [ofHours] = text.split('  presence-by-area:');
  writeFileSync(join(dir, 'policy.yaml'), ofHours.replaceAll('window: 1h', 'window: 1m').replaceAll('../', TOP));
};

const writeConfig = (cluster: Cluster, user: string, port: number): string => {
  const file = join(dir, `${user}-${port}.yaml`);
  writeFileSync(join(dir, user), cluster.users[user], { mode: 0o600 });
  writeFileSync(
    file,
    `unjoin: 1
policy: policy.yaml
kafka:
  brokers: ["${cluster.client[0]}"]
  group: chaos
  tls: { caFile: ${cluster.caFile} }
  sasl: { mechanism: scram-sha-512, username: ${user}, passwordFile: ${user} }
  sessionTimeoutMs: 6000
topics:
  sources: { device: telemetry.device, operation: telemetry.operation, location: telemetry.location }
  prefix: unjoin.
schemas: { dir: ${TOP}schemas/source }
tasks: ${tasks}
keys: keys/
principals: { service: "User:gate", gateways: ["User:gateway"] }
http: { host: 127.0.0.1, port: ${port} }
limits: { heldEveryMs: 3000, idleMs: 3000 }
`,
  );
  return file;
};

const unjoin = (...args: string[]): string => execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 }); // biome-ignore format: a call

interface Logged {
  readonly time: number;
  readonly code: string;
  readonly task?: number;
}

const logs: string[] = [];

const start = (config: string, ...more: string[]): ChildProcess => {
  const log = join(dir, `process-${logs.length}.log`);
  logs.push(log);
  return spawn(process.execPath, [CLI, 'run', '-c', config, ...more], { stdio: ['ignore', 'ignore', openSync(log, 'w')] });
};

const logged = (): Logged[] =>
  logs
    .flatMap((log) => readFileSync(log, 'utf8').split('\n'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Logged];
      } catch {
        return [];
      }
    })
    .sort((a, b) => a.time - b.time);

/** Tasks that gate after a kill: each must be opened again by somebody. Gives ms from the kill to the last of them. */
const takeovers = (kills: readonly number[]): number[] => {
  const restored = logged().filter(({ code }) => code === 'restored');
  return kills.map((killedMs, i) => {
    const until = kills[i + 1] ?? Number.POSITIVE_INFINITY;
    const after = restored.filter(({ time }) => time > killedMs && time < until);
    return after.length === 0 ? Number.NaN : after[after.length - 1].time - killedMs;
  });
};

/** True when every ledger stands at the end of its sources, with no window open. */
const isDecided = async (settings: KafkaSettings): Promise<{ readonly done: boolean; readonly read: number }> => {
  let read = 0;
  let done = true;
  for (let task = 0; task < tasks; task++) {
    let last: Buffer | null = null;
    for await (const { value } of readToEnd(settings, { topic: 'unjoin.ledger', partition: task }, 'earliest')) last = value ?? last;
    const entry = last === null ? null : decodeLedger(last);
    if (entry === null || !entry.ok) return { done: false, read };
    read += entry.value.counts.read;
    done &&= entry.value.windows.length === 0 && entry.value.decided.length === 0;
  }
  return { done, read };
};

const percentile = (numbers: readonly number[], share: number): number => {
  const sorted = numbers.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

/** The fleet, as a process of its own; gives how many records it sent. */
const publish = (config: string): Promise<number> => {
  const flags = ['--devices', values.devices, '--count', values.events, '--seed', values.seed, '--json'];
  const fleet = spawn(process.execPath, [CLI, 'simulate', '--to', 'kafka', '-c', config, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let told = '';
  fleet.stdout.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  return new Promise((resolve) => fleet.on('close', () => resolve((JSON.parse(told) as { readonly sent: number }).sent)));
};

/** Kills a process every few seconds and starts it again; gives when. */
const killThem = async (processes: ChildProcess[], configs: readonly string[]): Promise<number[]> => {
  const kills: number[] = [];
  while (kills.length < Number(values.kills)) {
    await pause(Number(values.calm) + below(random, 5000));
    const victim = below(random, PROCESSES);
    processes[victim].kill('SIGKILL');
    kills.push(Date.now());
    say(`killed ${kills.length}`);
    processes[victim] = start(configs[victim]);
  }
  return kills;
};

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { readonly id: string; readonly verdict: string }[];
}

const check = async (config: string): Promise<Report> => {
  const args = [CLI, 'verify', '-c', config, '--keys', join(dir, 'keys'), '--json'];
  const checker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let json = '';
  checker.stdout.on('data', (chunk: Buffer) => {
    json += chunk;
  });
  await new Promise((resolve) => checker.on('close', resolve));
  return JSON.parse(json) as Report;
};

const run = async (cluster: Cluster): Promise<boolean> => {
  mkdirSync(join(dir, 'keys'), { mode: 0o700 });
  writePolicy();
  const admin = writeConfig(cluster, 'admin', 0);
  unjoin('provision', '-c', admin, '--json');
  const configs = Array.from({ length: PROCESSES }, (_, i) => writeConfig(cluster, 'gate', 19_464 + i));
  const processes = configs.map((config, i) => start(config, ...(i === 0 ? ['--initialise'] : [])));
  while (logged().filter(({ code }) => code === 'restored').length < tasks) await pause(200);
  const startedMs = Date.now();
  const [sent, kills] = await Promise.all([publish(writeConfig(cluster, 'gateway', 0)), killThem(processes, configs)]);
  const { plaintext: brokers } = cluster;
  const settings: KafkaSettings = { brokers, clientId: 'chaos', tls: null, sasl: null, connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 };
  let state = await isDecided(settings);
  while (!state.done || state.read < sent) {
    await pause(2000);
    state = await isDecided(settings);
  }
  const tookMs = Date.now() - startedMs;
  for (const process of processes) process.kill('SIGTERM');
  while (processes.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) await pause(100);
  say('checking');
  const { ok, findings } = await check(admin);
  const back = takeovers(kills);
  const result = {
    ok: ok && state.read === sent,
    failed: findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
    sent,
    read: state.read,
    kills: kills.length,
    takeoverMs: { median: percentile(back, 0.5), max: percentile(back, 1), measured: back.filter((value) => !Number.isNaN(value)).length },
    tookMs,
    tasks,
    processes: PROCESSES,
    devices: Number(values.devices),
    seed: Number(values.seed),
    machine: { cpu: cpus()[0].model, cores: cpus().length, node: process.version, kafka: '4.1.1' },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.ok;
};

const cluster = await startCluster({ users: { admin: 'admin-secret', gate: 'gate-secret', gateway: 'gateway-secret' } });
let isSound = false;
try {
  isSound = await run(cluster);
} finally {
  await cluster.stop();
  if (!values.keep && isSound) rmSync(dir, { recursive: true, force: true });
  else say(`kept: ${dir}`);
}
process.exit(isSound ? 0 : 1);
