import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Background, background, until } from './background.ts';
import { runTool } from './command.ts';

export { until };

/** Where one node of a cluster lives, and how it is run. */
export interface NodePlace {
  readonly jars: string;
  readonly dir: string;
  readonly id: number;
  readonly heapMiB: number;
}

export type KafkaNode = Background;

export const propertiesFile = ({ dir, id }: NodePlace): string => join(dir, `n${id}.properties`);
const logFile = ({ dir, id }: NodePlace): string => join(dir, `n${id}.log`);

/** Makes the data folder of a node, with its users. Their passwords go through a file, as every user of the machine sees arguments. */
export const format = async (place: NodePlace, clusterId: string, users: Readonly<Record<string, string>>): Promise<void> => {
  const scram = Object.entries(users).flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
  const argumentsFile = join(place.dir, `n${place.id}.format`);
  writeFileSync(argumentsFile, ['format', '-t', clusterId, '-c', propertiesFile(place), ...scram].join('\n'), { mode: 0o600 });
  try {
    await runTool('java', ['-XX:TieredStopAtLevel=1', '-cp', `${place.jars}/*`, 'kafka.tools.StorageTool', `@${argumentsFile}`]);
  } finally {
    rmSync(argumentsFile);
  }
};

/** How a node goes on: with this process or without it, in a folder that nobody else needs, and with the classes that it writes down. */
export interface LaunchOptions {
  readonly survives: boolean;
  /** Removed when our process ends before the node; empty: none. */
  readonly own: string;
  readonly archiveTo?: string;
}

const archiveOf = ({ jars }: NodePlace): string => join(jars, 'node.jsa');

const sharing = (place: NodePlace, archiveTo: string | undefined): string[] => {
  if (archiveTo !== undefined) return [`-XX:ArchiveClassesAtExit=${archiveTo}`];
  return existsSync(archiveOf(place)) ? [`-XX:SharedArchiveFile=${archiveOf(place)}`] : [];
};

/** Starts one node: it ends with this process, or, when it `survives`, is left to itself. */
export const launch = (place: NodePlace, { survives, own, archiveTo }: LaunchOptions): KafkaNode => {
  const memory = ['-Xms128m', `-Xmx${place.heapMiB}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const java = [
    'java',
    ...memory,
    ...sharing(place, archiveTo),
    '-Dlog4j2.level=INFO',
    '-cp',
    `${place.jars}/*`,
    'kafka.Kafka',
    propertiesFile(place),
  ];
  return background(java, { logFile: logFile(place), survives, own });
};

const REASON = /ERROR|FATAL|Exception|^Error/;
const TOLD_LINES = 8;

/** Why a node ended, as its log says it: the first lines of trouble, or the last of all. */
const lastWords = (place: NodePlace): string => {
  const lines = readFileSync(logFile(place), 'utf8').trimEnd().split('\n');
  const trouble = lines.filter((line) => REASON.test(line)).slice(0, TOLD_LINES);
  return (trouble.length > 0 ? trouble : lines.slice(-TOLD_LINES)).join('\n');
};

/** Waits until a node serves its listeners. Throws, with the end of its log, when it ends instead. */
export const serving = async (place: NodePlace, node: KafkaNode): Promise<void> => {
  await until(() => node.hasEnded() || readFileSync(logFile(place), 'utf8').includes('Kafka Server started'), `start of node ${place.id}`);
  if (node.hasEnded()) throw new Error(`node ${place.id} did not start:\n${lastWords(place)}`);
};

/** True when a node that did not start found its port taken. */
export const lostItsPort = (place: NodePlace): boolean =>
  existsSync(logFile(place)) && /Address already in use|BindException/.test(readFileSync(logFile(place), 'utf8'));

/**
 * Once a machine: a node that starts and ends in good order writes down its loaded classes beside the jars, which halves the
 * processor time of every later start. The JVM itself ignores an archive of another JVM or of other jars.
 */
export const makeArchive = async (place: NodePlace, options: LaunchOptions): Promise<void> => {
  if (existsSync(archiveOf(place))) return;
  const archiveTo = `${archiveOf(place)}.${process.pid}.partial`;
  const node = launch(place, { ...options, archiveTo });
  try {
    await serving(place, node);
    process.kill(node.pid, 'SIGTERM');
    await until(node.hasEnded, 'the archive of classes');
    if (existsSync(archiveTo)) renameSync(archiveTo, archiveOf(place));
  } finally {
    if (!node.hasEnded()) process.kill(node.pid, 'SIGKILL');
    await until(node.hasEnded, 'the end of a node');
    rmSync(archiveTo, { force: true });
  }
};
