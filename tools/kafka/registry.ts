import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistry } from '../../src/runtime/registry/client.ts';
import { background } from './background.ts';
import { cacheFolder, fetchFolder, lacking } from './jars.ts';
import { freePorts } from './ports.ts';

/** The registry that tests start: Apicurio, which serves Confluent's API, from Maven Central (109 MB), fetched once a machine. */
const VERSION = '3.0.9';
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const JAR = `apicurio-registry-app-${VERSION}-runner.jar`;
const PATH = '/apis/ccompat/v7';

const START_MS = 90_000;
const POLL_MS = 100;

const folder = (): string => process.env['UNJOIN_REGISTRY_DIR'] ?? cacheFolder('unjoin-registry', VERSION);
const isWhole = (): boolean => existsSync(join(folder(), JAR));

/** What is missing to start a registry; null when nothing is. */
export const missingRegistry = (): string | null => lacking(isWhole());

export interface RealRegistry {
  /** Base of its Confluent-compatible API. */
  readonly url: string;
  stop(): Promise<void>;
}

const fetchRegistry = (): string =>
  fetchFolder(folder(), isWhole, (into) => ['dependency:unpack', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${into}`]);

/** Starts a registry that keeps everything in memory and ends with this process, however that ends. Throws when it does not start. */
export const startRegistry = async (): Promise<RealRegistry> => {
  const app = fetchRegistry();
  const dir = mkdtempSync(join(tmpdir(), 'unjoin-registry-'));
  const [port] = await freePorts(1);
  const logFile = join(dir, 'registry.log');
  const program = background(['java', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', join(app, JAR)], {
    logFile,
    survives: false,
    own: dir,
    cwd: dir,
    env: { ...process.env, QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}${PATH}`;
  const stop = async (): Promise<void> => {
    if (!program.hasEnded()) process.kill(program.pid, 'SIGKILL');
    while (!program.hasEnded()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    rmSync(dir, { recursive: true, force: true });
  };
  const registry = openRegistry({ url, ca: null, timeoutMs: 2000, login: null });
  try {
    for (const deadlineMs = Date.now() + START_MS; (await registry.reach()).failure !== null; ) {
      if (program.hasEnded() || Date.now() > deadlineMs)
        throw new Error(`the registry did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    registry.close();
  }
};
