import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, type NodePorts, propertiesOf } from './config.ts';
import { fetchJars } from './jars.ts';

export interface ClusterOptions {
  readonly nodes?: 1 | 3;
  /** Where data and certificates lie; without it a folder that `stop` removes. */
  readonly dir?: string;
  /** SCRAM users and their passwords; `admin` is super user. */
  readonly users?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  /** Goes on when this process ends. */
  readonly survives?: boolean;
}

/** A running cluster on loopback. */
export interface Cluster {
  readonly dir: string;
  /** `host:port` of every node: plain text, super user. */
  readonly plaintext: readonly string[];
  /** `host:port` of every node: SCRAM over TLS, access lists. */
  readonly client: readonly string[];
  readonly caFile: string;
  readonly caPem: string;
  readonly users: Readonly<Record<string, string>>;
  readonly pids: () => readonly number[];
  /** Signals one node (1, 2, 3) and, for a deadly signal, waits until it is gone. */
  signal(node: number, signal: NodeJS.Signals): Promise<void>;
  /** Starts a node that was killed again and waits until it serves. */
  restart(node: number): Promise<void>;
  stop(): Promise<void>;
}

const STARTED = 'Kafka Server started';
const START_MS = 60_000;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const java = (jars: string, ...args: string[]): string[] => ['-cp', `${jars}/*`, ...args];

/** Polls until `holds`; what a broker is waiting for shows in its own log. */
const until = async (holds: () => boolean, what: string, withinMs: number): Promise<void> => {
  for (const deadlineMs = Date.now() + withinMs; !holds(); ) {
    if (Date.now() > deadlineMs) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Starts one node. Unless it survives, a shell beside it waits for our end (its input closes) and kills it then. */
const launch = (jars: string, dir: string, id: number, survives: boolean): ChildProcess => {
  const log = openSync(join(dir, `n${id}.log`), 'w');
  const args = java(jars, '-Dlog4j2.level=INFO', 'kafka.Kafka', join(dir, `n${id}.properties`));
  const options = ['-Xms192m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const node = spawn('java', [...options, ...args], { stdio: ['ignore', log, log], detached: survives });
  if (survives) node.unref();
  else spawn('sh', ['-c', `cat; kill -9 ${node.pid}`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true }).unref();
  return node;
};

const format = (jars: string, dir: string, id: number, clusterId: string, users: Readonly<Record<string, string>>): void => {
  const scram = Object.entries(users).flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
  const args = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', join(dir, `n${id}.properties`), ...scram];
  execFileSync('java', java(jars, ...args), { stdio: 'ignore' });
};

/** Starts a Kafka cluster: KRaft, loopback only, SCRAM over TLS and access lists for clients (docs/kafka-dev.md). */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const { nodes = 1, users = { admin: 'admin-secret' }, survives = false } = options;
  const jars = fetchJars();
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'unjoin-kafka-'));
  mkdirSync(dir, { recursive: true });
  const { store, pem, pemFile } = makeCertificate(join(dir, 'certs'));
  const ports: NodePorts[] = [];
  for (let id = 1; id <= nodes; id++) ports.push({ internal: await freePort(), controller: await freePort(), client: await freePort() });
  const clusterId = Buffer.from(`unjoin-test-${nodes}---`.slice(0, 16)).toString('base64url');
  const running: ChildProcess[] = [];
  const start = async (id: number): Promise<void> => {
    running[id - 1] = launch(jars, dir, id, survives);
    const logFile = join(dir, `n${id}.log`);
    await until(() => readFileSync(logFile, 'utf8').includes(STARTED) || running[id - 1].exitCode !== null, `node ${id}`, START_MS);
    if (running[id - 1].exitCode !== null) throw new Error(`node ${id} ended: see ${logFile}`);
  };
  for (let id = 1; id <= nodes; id++) {
    const properties = { ...propertiesOf(id, ports, join(dir, `data${id}`), store), ...options.properties };
    writeFileSync(join(dir, `n${id}.properties`), Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join('')); // biome-ignore format: a chain
    format(jars, dir, id, clusterId, users);
  }
  await Promise.all(ports.map((_, i) => start(i + 1)));
  const address = (port: number): string => `127.0.0.1:${port}`;
  const signal = async (node: number, name: NodeJS.Signals): Promise<void> => {
    const { pid } = running[node - 1];
    process.kill(pid as number, name);
    if (name === 'SIGKILL' || name === 'SIGTERM') await until(() => !isAlive(pid as number), `the end of node ${node}`, START_MS);
  };
  return {
    dir,
    plaintext: ports.map(({ internal }) => address(internal)),
    client: ports.map(({ client }) => address(client)),
    caFile: pemFile,
    caPem: pem,
    users,
    pids: () => running.map(({ pid }) => pid as number),
    signal,
    restart: start,
    async stop() {
      for (const { pid } of running) if (isAlive(pid as number)) process.kill(pid as number, 'SIGKILL');
      await until(() => running.every(({ pid }) => !isAlive(pid as number)), 'the end of all nodes', START_MS);
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
};
