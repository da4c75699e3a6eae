import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The broker that tests and `npm run kafka` start: Apache Kafka from Maven Central, fetched once a machine. */
export const KAFKA_VERSION = '4.1.1';

/** Kafka 4 runs on nothing older. */
const OLDEST_JAVA = 17;

const POM = join(import.meta.dirname, 'pom.xml');

/** Where jars are kept: `UNJOIN_KAFKA_DIR`, or a cache that clean checkouts of one machine share. */
export const jarsFolder = (): string => process.env['UNJOIN_KAFKA_DIR'] ?? cacheFolder('unjoin-kafka', KAFKA_VERSION);

/** Major number in what `java -version` prints: `"17.0.15"` is 17, and so old ones as `"1.8.0_402"` are 1. */
export const javaMajor = (printed: string): number => Number(/version "(\d+)/.exec(printed)?.[1] ?? 0);

const javaHere = (): number => {
  const { status, stdout, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return status === 0 ? javaMajor(`${stderr}${stdout}`) : 0;
};

/** Jars come under their final name only when all are there; the one of the broker tells a cache from a folder of something else. */
const isWhole = (dir: string): boolean => existsSync(join(dir, `kafka_2.13-${KAFKA_VERSION}.jar`));

/** What is missing to run something that Maven fetches, unless it was fetched; null when nothing is. */
export const lacking = (isFetched: boolean): string | null => {
  if (javaHere() < OLDEST_JAVA) return `Java ${OLDEST_JAVA} or newer`;
  return isFetched || spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status === 0 ? null : 'Maven';
};

/** What is missing to start a broker; null when nothing is. */
export const missing = (): string | null => lacking(isWhole(jarsFolder()));

export const hasJava = (): boolean => missing() === null;

/** Where something of a version is kept that clean checkouts of one machine share. */
export const cacheFolder = (name: string, version: string): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), name, version);

/**
 * A folder that Maven fills, once a machine: aside, and renamed, so that of two processes at once each gets a whole one. Throws when
 * Maven cannot.
 */
export const fetchFolder = (dir: string, isWhole: () => boolean, goal: (into: string) => readonly string[]): string => {
  if (isWhole()) return dir;
  const aside = `${dir}.${process.pid}.partial`;
  mkdirSync(dirname(dir), { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  try {
    execFileSync('mvn', ['-B', '-q', ...goal(aside)], { stdio: ['ignore', 'ignore', 'inherit'] });
    renameSync(aside, dir);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another process may have been faster: what it fetched is the same.
    if (!isWhole()) throw error;
  }
  return dir;
};

/** Folder of the broker's jars, fetched if need be. Throws when Maven cannot fetch them. */
export const fetchJars = (): string => {
  const dir = jarsFolder();
  const goal = (into: string) => ['-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${into}`];
  return fetchFolder(dir, () => isWhole(dir), goal);
};
