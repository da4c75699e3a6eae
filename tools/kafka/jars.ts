import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The broker that tests and `npm run kafka` start: Apache Kafka from Maven Central, fetched once a machine. */
export const KAFKA_VERSION = '4.1.1';

const answers = (command: string, ...args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

export const jarsFolder = (): string =>
  process.env['UNJOIN_KAFKA_DIR'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'unjoin-kafka', KAFKA_VERSION);

const isWhole = (dir: string): boolean => existsSync(dir) && readdirSync(dir).some((name) => name.startsWith('kafka_2.13'));

/** What is missing to start a broker; null when nothing is. */
export const missing = (): string | null => {
  if (!answers('java', '-version')) return 'Java 17';
  return isWhole(jarsFolder()) || answers('mvn', '-v') ? null : 'Maven';
};

/** Folder of the jars. They are fetched aside and renamed, so that two processes at once get whole ones. */
export const fetchJars = (): string => {
  const dir = jarsFolder();
  if (isWhole(dir)) return dir;
  const aside = `${dir}.${process.pid}.partial`;
  mkdirSync(dirname(dir), { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  const pom = join(import.meta.dirname, 'pom.xml');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${aside}`];
  execFileSync('mvn', ['-B', '-q', '-f', pom, ...goal], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    renameSync(aside, dir);
  } catch {
    // Another process was faster; its jars are the same.
    rmSync(aside, { recursive: true, force: true });
  }
  return dir;
};
