import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { addresses, type ClusterDescription, descriptionFile, livingPids, readDescription, secretFile } from './description.ts';
import { fetchJars, KAFKA_VERSION, missing } from './jars.ts';
import { until } from './node.ts';

/**
 * A broker for development: `npm run kafka -- start|stop|status|wipe [--dir D] [--nodes 1|3]` (docs/kafka-dev.md). It listens on
 * loopback alone and goes on in the background.
 */

const USAGE = `npm run kafka -- start|stop|status|wipe [--dir D] [--nodes 1|3]

  start    starts a broker in the background, and says what to put into unjoin.yaml
  stop     stops it; its data stay
  status   tells whether it runs
  wipe     stops it and removes its folder

  --dir    its folder (default: .kafka/dev)
  --nodes  1 (default) or 3: replicated three times, as in production
`;

/** Who logs in: the operator, the gate, what publishes events, and the consumers of the ready-made policies. */
const USERS = [
  'admin',
  'gate',
  'gateway',
  'device-quality',
  'product-analytics',
  'city-planning',
  'transport-planning',
  'mobility-research',
];

const PASSWORD_BYTES = 18;

/** A path as a person would type it here. */
const here = (path: string): string => {
  const near = relative(process.cwd(), path) || '.';
  return near.startsWith('..') ? path : near;
};

const snippet = ({ dir, caFile, nodes }: ClusterDescription): string => `kafka:
  brokers: ${JSON.stringify(addresses(nodes.map(({ client }) => client)))}
  group: unjoin
  tls: { caFile: ${here(caFile)} }
  sasl: { mechanism: scram-sha-512, username: gate, passwordFile: ${here(secretFile(dir, 'gate'))} }
`;

const tellHowTo = (description: ClusterDescription): void => {
  const { dir, nodes, users } = description;
  console.log(`\nPut this into unjoin.yaml (paths as seen from ${process.cwd()}):\n\n${snippet(description)}`);
  console.log(`Users: ${Object.keys(users).join(', ')}; their passwords: ${here(secretFile(dir, '<user>'))}. \`admin\` is super user.`);
  console.log(`Plain text, may do everything: ${addresses(nodes.map(({ internal }) => internal)).join(', ')}`);
  console.log(`For tests: UNJOIN_TEST_KAFKA=${here(descriptionFile(dir))}`);
};

const start = async (dir: string, nodes: 1 | 3 | null): Promise<number> => {
  const lacking = missing();
  if (lacking !== null) {
    console.error(`${lacking} is needed for a broker: install it and start again.`);
    return 69;
  }
  const before = readDescription(descriptionFile(dir));
  if (before !== null && livingPids(before).length > 0) {
    console.log(`A broker runs already in ${here(dir)}.`);
    tellHowTo(before);
    return 0;
  }
  if (before !== null && nodes !== null && nodes !== before.nodes.length) {
    console.error(`The broker of ${here(dir)} has another number of nodes: wipe it first, or name another --dir.`);
    return 78;
  }
  console.log(`Starting Apache Kafka ${KAFKA_VERSION} in ${here(dir)} (the first start of a machine fetches 54 MB).`);
  fetchJars();
  const users = Object.fromEntries(USERS.map((user) => [user, randomBytes(PASSWORD_BYTES).toString('base64url')]));
  const cluster = await startCluster({ dir, nodes: nodes ?? 1, users, survives: true });
  tellHowTo(readDescription(descriptionFile(cluster.dir)) as ClusterDescription);
  return 0;
};

const GRACE_MS = 15_000;

/** Ends the nodes that live, in good order; those that do not end in time are killed. */
const stop = async (dir: string): Promise<number> => {
  const description = readDescription(descriptionFile(dir));
  const living = description === null ? [] : livingPids(description);
  if (description === null || living.length === 0) {
    console.log(`No broker runs in ${here(dir)}.`);
    return 0;
  }
  const isOver = (): boolean => livingPids(description).length === 0;
  for (const pid of living) process.kill(pid, 'SIGTERM');
  await until(isOver, 'the end of the broker', GRACE_MS).catch(() => {
    for (const pid of livingPids(description)) process.kill(pid, 'SIGKILL');
  });
  await until(isOver, 'the end of the broker');
  console.log(`Stopped. The data stay in ${here(dir)}: start again, or wipe.`);
  return 0;
};

const status = (dir: string): number => {
  const description = readDescription(descriptionFile(dir));
  const living = description === null ? [] : livingPids(description);
  if (description === null || living.length === 0) {
    console.log(`No broker runs in ${here(dir)}.`);
    return 1;
  }
  console.log(`${living.length} of ${description.nodes.length} nodes run in ${here(dir)}, processes ${living.join(', ')}.`);
  tellHowTo(description);
  return 0;
};

const wipe = async (dir: string): Promise<number> => {
  if (existsSync(dir) && !existsSync(descriptionFile(dir))) {
    console.error(`${here(dir)} is not the folder of a broker: nothing was removed.`);
    return 78;
  }
  await stop(dir);
  rmSync(dir, { recursive: true, force: true });
  console.log(`Removed ${here(dir)}.`);
  return 0;
};

const OPTIONS = { dir: { type: 'string', default: '.kafka/dev' }, nodes: { type: 'string' } } as const;

/** What the command line asks for; null when it is not understood. */
const asked = (args: readonly string[]) => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const nodes = values.nodes === undefined ? null : Number(values.nodes);
    if (positionals.length !== 1 || !(nodes === null || nodes === 1 || nodes === 3)) return null;
    return { command: positionals[0], dir: resolve(values.dir), nodes } as const;
  } catch {
    return null;
  }
};

const run = async (args: readonly string[]): Promise<number> => {
  const request = asked(args);
  switch (request?.command) {
    case 'start':
      return start(request.dir, request.nodes);
    case 'stop':
      return stop(request.dir);
    case 'status':
      return status(request.dir);
    case 'wipe':
      return wipe(request.dir);
    default:
      console.error(USAGE);
      return 78;
  }
};

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
