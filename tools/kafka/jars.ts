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
export const jarsFolder = (): string =>
  process.env['UNJOIN_KAFKA_DIR'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'unjoin-kafka', KAFKA_VERSION);

/** Major number in what `java -version` prints: `"17.0.15"` is 17, and so old ones as `"1.8.0_402"` are 1. */
export const javaMajor = (printed: string): number => Number(/version "(\d+)/.exec(printed)?.[1] ?? 0);

const javaHere = (): number => {
  const { status, stdout, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return status === 0 ? javaMajor(`${stderr}${stdout}`) : 0;
};

/** Jars come under their final name only when all are there; the one of the broker tells a cache from a folder of something else. */
const isWhole = (dir: string): boolean => existsSync(join(dir, `kafka_2.13-${KAFKA_VERSION}.jar`));

/** What is missing to start a broker; null when nothing is. */
export const missing = (): string | null => {
  if (javaHere() < OLDEST_JAVA) return `Java ${OLDEST_JAVA} or newer`;
  return isWhole(jarsFolder()) || spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status === 0 ? null : 'Maven';
};

export const hasJava = (): boolean => missing() === null;

/**
 * Folder of the jars. They are fetched aside and renamed, so that of two processes at once each gets whole ones. Throws
 * when Maven cannot fetch them.
 */
export const fetchJars = (): string => {
  const dir = jarsFolder();
  if (isWhole(dir)) return dir;
  const aside = `${dir}.${process.pid}.partial`;
  mkdirSync(dirname(dir), { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${aside}`];
  try {
    execFileSync('mvn', ['-B', '-q', '-f', POM, ...goal], { stdio: ['ignore', 'ignore', 'inherit'] });
    renameSync(aside, dir);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another process may have been faster: its jars are the same.
    if (!isWhole(dir)) throw error;
  }
  return dir;
};
