import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { policyText } from '../dataset/world.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A word that stands in every secret, so that a test can look for it anywhere. */
export const PASSWORD = 'opensesame-7312';

export const SCHEMAS = join(ROOT, 'schemas/source');

/** The configuration of the interface, in a folder that has everything it names. */
export const BASE = `unjoin: 1
policy: ${join(ROOT, 'policies/smart-home.yaml')}
kafka:
  brokers: ["127.0.0.1:9"]
  group: unjoin
  tls: { caFile: secrets/ca.pem }
  sasl: { mechanism: scram-sha-512, username: gate, passwordFile: secrets/gate }
topics:
  sources: { device: telemetry.device, operation: telemetry.operation, location: telemetry.location }
  prefix: unjoin.
schemas: { dir: ${SCHEMAS} }
tasks: 16
keys: keys/
http: { host: 127.0.0.1, port: 9464 }
`;

/** Files that a configuration names, by path below its folder, with their modes. */
const FILES: Readonly<Record<string, readonly [text: string, mode: number]>> = {
  'secrets/ca.pem': [`${rootCertificates[0]}\n`, 0o644],
  'secrets/gate': [`${PASSWORD}\n`, 0o600],
  'secrets/open': [`${PASSWORD}\n`, 0o640],
  'secrets/empty': ['\n', 0o600],
  'secrets/long': ['x'.repeat(5000), 0o600],
  'secrets/no.pem': ['no certificate', 0o644],
  'cards.yaml': [policyText().replaceAll('../', ROOT), 0o644],
};

/** Writes the files and the configuration; returns its path. */
export const writeConfig = (dir: string, text: string): string => {
  for (const [path, [content, mode]] of Object.entries(FILES)) {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
    chmodSync(file, mode);
  }
  const file = join(dir, 'unjoin.yaml');
  writeFileSync(file, text);
  return file;
};

export const edit = (from: string, to: string): string => {
  if (!BASE.includes(from)) throw new Error(`the configuration has no ${from}`);
  return BASE.replace(from, () => to);
};

/** A pipe that nobody writes to. */
export const makePipe = (path: string): string => {
  execFileSync('mkfifo', ['-m', '600', path]);
  return path;
};

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
