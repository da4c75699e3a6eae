import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isReleased } from '../../src/model/verdict.ts';
import { kafkaOf } from '../../src/runtime/log/kafka/client.ts';
import { createTopics } from '../../src/runtime/log/kafka/create-topics.ts';
import type { KafkaSettings } from '../../src/runtime/log/kafka/settings.ts';
import { TOP } from '../../tools/generated.ts';
import { readLedgers } from '../../tools/kafka/chaos/end.ts';
import { asOperator, CLI, provision, type Setup, SOURCES, USERS, writeConfig } from '../../tools/kafka/chaos/setup.ts';
import { type Cluster, startCluster } from '../../tools/kafka/cluster.ts';

/** CPU of a process since it began, seconds of a core; Linux tells it in hundredths (proc(5), `stat`, fields 14 and 15). */
const cpuSeconds = ({ pid }: ChildProcess): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** What one process cost for a number of records. */
export interface Cost {
  readonly cpuUsPerRecord: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export interface Workload {
  readonly events: number;
  readonly devices: number;
  readonly seed: number;
  readonly tasks: number;
}

/** A broker that holds a published fleet, with topics for both contenders. */
export interface World {
  readonly cluster: Cluster;
  readonly settings: KafkaSettings;
  readonly setup: Setup;
  readonly sent: number;
}

const COPY = 'copied';
const POLL_MS = 50;

const makeTarget = async (settings: KafkaSettings, partitions: number): Promise<void> => {
  const admin = kafkaOf(settings).admin();
  await admin.connect();
  await createTopics(admin, [{ topic: COPY, numPartitions: partitions }]);
  await admin.disconnect();
};

/** Starts a broker, provisions it and publishes the fleet, as fast as it takes it. */
export const openWorld = async (dir: string, { events, devices, seed, tasks }: Workload): Promise<World> => {
  const cluster = await startCluster({ users: USERS });
  const settings = {
    brokers: cluster.plaintext,
    clientId: 'bench',
    tls: null,
    sasl: null,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  };
  const setup: Setup = { dir, tasks, entry: [CLI], window: '20s', kafka: {}, limits: {} };
  provision(setup, cluster);
  await makeTarget(settings, tasks);
  const fleet = ['--devices', devices, '--count', events, '--seed', seed].map(String);
  const told = execFileSync(process.execPath, asOperator(setup, 'simulate', '--to', 'kafka', '--format', 'avro', '--json', ...fleet), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { sent } = JSON.parse(told) as { readonly sent: number };
  return { cluster, settings, setup, sent };
};

const costOf = (child: ChildProcess, startedMs: number, records: number): Cost => {
  const cpu = cpuSeconds(child);
  const wallSeconds = (Date.now() - startedMs) / 1000;
  return { cpuUsPerRecord: (cpu * 1e6) / records, cpuSeconds: cpu, wallSeconds };
};

const end = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGTERM');
  while (child.exitCode === null && child.signalCode === null) await pause(POLL_MS);
};

/** The service, in clear text as the copy, until it has decided every window. Throws when what it counted is not what was sent. */
export const costOfService = async ({ cluster, settings, setup, sent }: World): Promise<Cost & { readonly released: number }> => {
  const ports = cluster.plaintext.map((broker) => Number(broker.split(':')[1]));
  const config = writeConfig(setup, cluster, 'bench', { ports });
  const startedMs = Date.now();
  const child = spawn(process.execPath, [CLI, 'run', '-c', config, '--initialise'], { cwd: TOP, stdio: ['ignore', 'ignore', 'ignore'] });
  const state = () => readLedgers(settings, setup.tasks, isReleased);
  let ledgers = await state();
  while (!ledgers.isClosed || ledgers.read < sent) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
    await pause(1000);
    ledgers = await state();
  }
  const cost = costOf(child, startedMs, sent);
  await end(child);
  if (ledgers.read !== sent) throw new Error('the service read another number of records: this run has no time');
  return { ...cost, released: ledgers.released };
};

/** The copy, until it has copied everything. */
export const costOfCopy = async ({ cluster, sent }: World): Promise<Cost> => {
  const startedMs = Date.now();
  const options = JSON.stringify({ broker: cluster.plaintext[0], topics: Object.values(SOURCES), to: COPY });
  const child = spawn(process.execPath, ['--import', 'tsx', join(TOP, 'bench/rivals/kafka-copy.ts'), options], {
    cwd: TOP,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let copied = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    const [last] = chunk.toString('utf8').trim().split('\n').slice(-1);
    copied = Math.max(copied, Number(last) || 0);
  });
  while (copied < sent) {
    if (child.exitCode !== null) throw new Error(`the copy ended with ${child.exitCode}`);
    await pause(POLL_MS);
  }
  const cost = costOf(child, startedMs, sent);
  await end(child);
  if (copied !== sent) throw new Error('the copy copied another number of records: this run has no time');
  return cost;
};
