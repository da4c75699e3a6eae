import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type NodePorts, propertiesOf } from './config.ts';
import { addresses, descriptionFile, livingPids, readDescription, writeDescription } from './description.ts';
import { fetchJars } from './jars.ts';
import {
  format,
  type KafkaNode,
  type LaunchOptions,
  launch,
  lostItsPort,
  makeArchive,
  type NodePlace,
  propertiesFile,
  serving,
  until,
} from './node.ts';
import { freePorts } from './ports.ts';

export interface ClusterOptions {
  readonly nodes?: 1 | 3;
  /** Where data and certificates lie; without it a folder that `stop` removes. A folder of an earlier cluster brings it back. */
  readonly dir?: string;
  /** SCRAM users and their passwords; `admin`, always there, is super user. */
  readonly users?: Readonly<Record<string, string>>;
  /** Properties of every node beside, or instead of, those of config.ts. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly heapMiB?: number;
  /** Goes on when this process ends. */
  readonly survives?: boolean;
}

/** A running cluster on loopback. Nodes are counted from 1. */
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
  /** Signals one node and, for a deadly signal, waits until it is gone. */
  signal(node: number, signal: NodeJS.Signals): Promise<void>;
  kill(node: number, signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Stops the clock of a node (SIGSTOP): it holds its connections and answers nothing. */
  pause(node: number): Promise<void>;
  resume(node: number): Promise<void>;
  /** Starts a node again, on its data and ports, and waits until it serves. */
  restart(node: number): Promise<void>;
  /** Kills every node, and removes the folder if it was made for this cluster. */
  stop(): Promise<void>;
}

const HEAP_MIB = 384;
const START_TRIES = 3;

/** What all nodes of one cluster share. */
interface Ground {
  readonly places: readonly NodePlace[];
  readonly certificates: Certificates;
  readonly users: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly launching: LaunchOptions;
  describe(ports: readonly NodePorts[], nodes: readonly KafkaNode[]): void;
}

interface Started {
  readonly ports: readonly NodePorts[];
  readonly nodes: KafkaNode[];
}

const drawPorts = async (nodes: number): Promise<NodePorts[]> => {
  const ports = await freePorts(3 * nodes);
  return Array.from({ length: nodes }, (_, i) => ({ internal: ports[3 * i], controller: ports[3 * i + 1], client: ports[3 * i + 2] }));
};

const dataOf = ({ dir, id }: NodePlace): string => join(dir, `data${id}`);

const writeProperties = ({ places, certificates, properties }: Ground, ports: readonly NodePorts[]): void => {
  for (const place of places) {
    const all = { ...propertiesOf(place.id, ports, dataOf(place), certificates.store), ...properties };
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(propertiesFile(place), lines.join(''), { mode: 0o600 });
  }
};

const killAll = async (nodes: readonly KafkaNode[]): Promise<void> => {
  for (const node of nodes) if (!node.hasEnded() && node.pid > 0) process.kill(node.pid, 'SIGKILL');
  await until(() => nodes.every((node) => node.hasEnded()), 'the end of all nodes');
};

/** Starts all nodes; when one finds its port taken, begins again with others, unless clients know the ports already. */
const startAll = async (ground: Ground, known: readonly NodePorts[] | null): Promise<Started> => {
  const { places, launching } = ground;
  for (let tries = 1; ; tries++) {
    const ports = known ?? (await drawPorts(places.length));
    writeProperties(ground, ports);
    const nodes: KafkaNode[] = [];
    try {
      if (tries === 1) await formatNew(ground);
      if (places.length === 1) await makeArchive(places[0], launching);
      for (const place of places) nodes.push(launch(place, launching));
      // Described before they serve, so that those who give up waiting can stop them.
      ground.describe(ports, nodes);
      await Promise.all(places.map((place, i) => serving(place, nodes[i])));
      return { ports, nodes };
    } catch (error) {
      await killAll(nodes);
      if (known !== null || tries === START_TRIES || !places.some(lostItsPort)) throw error;
    }
  }
};

const formatNew = async ({ places, users }: Ground): Promise<void> => {
  // One that begins with a dash would be read as a flag; Kafka's own generator (`Uuid.randomUuid`) avoids it, too.
  const clusterId = `K${randomBytes(16).toString('base64url').slice(1)}`;
  const fresh = places.filter((place) => !existsSync(join(dataOf(place), 'meta.properties')));
  await Promise.all(fresh.map((place) => format(place, clusterId, users)));
};

/** Starts a Kafka cluster: KRaft, loopback only, SCRAM over TLS and access lists for clients (docs/kafka-dev.md). */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const { survives = false, properties = {} } = options;
  const jars = fetchJars();
  const isOurs = options.dir === undefined;
  const dir = resolve(options.dir ?? mkdtempSync(join(tmpdir(), 'unjoin-kafka-')));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const before = readDescription(descriptionFile(dir));
  if (before !== null && livingPids(before).length > 0) throw new Error(`a cluster is running in ${dir}: stop it first`);
  const users = before?.users ?? { admin: 'admin-secret', ...options.users };
  const count = before?.nodes.length ?? options.nodes ?? 1;
  const places = Array.from({ length: count }, (_, i) => ({ jars, dir, id: i + 1, heapMiB: options.heapMiB ?? HEAP_MIB }));
  const launching = { survives, own: isOurs ? dir : '' };
  const remove = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  try {
    const certificates = await makeCertificates(join(dir, 'certs'));
    const { caFile, caPem } = certificates;
    const describe: Ground['describe'] = (ports, nodes) =>
      writeDescription({ version: 1, dir, caFile, users, nodes: ports.map((own, i) => ({ ...own, pid: nodes[i].pid })) });
    const { ports, nodes } = await startAll({ places, certificates, users, properties, launching, describe }, before?.nodes ?? null);
    const restart = async (node: number): Promise<void> => {
      if (!nodes[node - 1].hasEnded()) throw new Error(`node ${node} is running: kill it first`);
      nodes[node - 1] = launch(places[node - 1], launching);
      describe(ports, nodes);
      await serving(places[node - 1], nodes[node - 1]);
    };
    return {
      dir,
      plaintext: addresses(ports.map(({ internal }) => internal)),
      client: addresses(ports.map(({ client }) => client)),
      caFile,
      caPem,
      users,
      ...controls(nodes),
      restart,
      async stop() {
        await killAll(nodes);
        if (isOurs) remove();
      },
    };
  } catch (error) {
    if (isOurs) remove();
    throw error;
  }
};

const controls = (nodes: readonly KafkaNode[]): Pick<Cluster, 'pids' | 'signal' | 'kill' | 'pause' | 'resume'> => {
  const signal = async (node: number, name: NodeJS.Signals): Promise<void> => {
    const target = nodes[node - 1];
    if (target.hasEnded()) return;
    process.kill(target.pid, name);
    if (name === 'SIGKILL' || name === 'SIGTERM') await until(target.hasEnded, `the end of node ${node}`);
  };
  return {
    pids: () => nodes.map(({ pid }) => pid),
    signal,
    kill: (node, name = 'SIGKILL') => signal(node, name),
    pause: (node) => signal(node, 'SIGSTOP'),
    resume: (node) => signal(node, 'SIGCONT'),
  };
};
