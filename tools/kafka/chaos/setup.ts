import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSigner } from '../../../src/runtime/keys/signers.ts';
import { TOP } from '../../generated.ts';
import type { Cluster } from '../cluster.ts';

/** The product as it is built. */
export const CLI = join(TOP, 'dist/cli/main.js');

/** What a run under faults is set up with. */
export interface Setup {
  readonly dir: string;
  readonly tasks: number;
  /** How node is called to run `unjoin`. */
  readonly entry: readonly string[];
  /** Length of the views' windows, such as `20s`: so that a run of minutes sees many. */
  readonly window: string;
  /** More of `kafka:` in the service's configuration, such as time-outs. */
  readonly kafka: Readonly<Record<string, number>>;
  /** More of `limits:`. */
  readonly limits: Readonly<Record<string, number>>;
}

/** The users that log in. */
export const USERS = { admin: 'admin-secret', gate: 'gate-secret', gateway: 'gateway-secret' } as const;

export const SOURCES = { device: 'telemetry.device', operation: 'telemetry.operation', location: 'telemetry.location' } as const;

/** Who may say control records in a run under faults; the key lies beside the policy. */
export const OFFICER = 'officer';
export const officerKey = ({ dir }: Pick<Setup, 'dir'>): string => join(dir, 'officer.key');

/** The demo's policy with short windows and a signer; without its view of places, which needs six hours. */
const writePolicy = (setup: Setup): void => {
  const { dir, window } = setup;
  const text = readFileSync(join(TOP, 'policies/smart-home.yaml'), 'utf8');
  const [ofHours] = text.split('  presence-by-area:');
  const signers = `signers:\n  ${OFFICER}: { key: ${makeSigner(officerKey(setup))}, may: [consent, erasure] }\n`;
  const ruled = ofHours
    .replaceAll('window: 1h', `window: ${window}`)
    .replaceAll('../', TOP)
    .replace('\nevents:\n', `\n${signers}\nevents:\n`)
    .replaceAll('    gateway: gatewayId\n', '    gateway: gatewayId\n    account: accountId\n');
  writeFileSync(join(dir, 'policy.yaml'), ruled);
};

/** How a configuration reaches the brokers: as a user over TLS, or in clear text through a proxy. */
export type Access = { readonly user: keyof typeof USERS } | { readonly ports: readonly number[] };

const login = (cluster: Cluster, access: Access): string => {
  if ('ports' in access) return `  brokers: [${access.ports.map((port) => `"127.0.0.1:${port}"`).join(', ')}]`;
  return `  brokers: [${cluster.client.map((broker) => `"${broker}"`).join(', ')}]
  tls: { caFile: ${cluster.caFile} }
  sasl: { mechanism: scram-sha-512, username: ${access.user}, passwordFile: ${access.user} }`;
};

/** Writes a configuration; returns its path. */
export const writeConfig = (setup: Setup, cluster: Cluster, name: string, access: Access): string => {
  const file = join(setup.dir, `${name}.yaml`);
  const times = { sessionTimeoutMs: 6000, ...setup.kafka };
  writeFileSync(
    file,
    `unjoin: 1
policy: policy.yaml
kafka:
  group: chaos
${login(cluster, access)}
${Object.entries(times)
  .map(([key, ms]) => `  ${key}: ${ms}\n`)
  .join('')}topics:
  sources: { device: ${SOURCES.device}, operation: ${SOURCES.operation}, location: ${SOURCES.location} }
  prefix: unjoin.
schemas: { dir: ${TOP}schemas/source }
tasks: ${setup.tasks}
keys: keys/
principals: { service: "User:gate", gateways: ["User:gateway"] }
http: { host: 127.0.0.1, port: 0 }
limits: ${JSON.stringify({ heldEveryMs: 3000, idleMs: 3000, ...setup.limits })}
log: { level: debug }
`,
  );
  return file;
};

const operatorFile = (dir: string): string => join(dir, 'operator.yaml');

/** Arguments of node that run a command with the operator's configuration. */
export const asOperator = ({ dir, entry }: Setup, command: string, ...more: string[]): string[] => [...entry, command, '-c', operatorFile(dir), ...more]; // biome-ignore format: a call

/** Makes policy, keys folder, passwords and topics. */
export const provision = (setup: Setup, cluster: Cluster): void => {
  mkdirSync(join(setup.dir, 'keys'), { mode: 0o700 });
  for (const [user, password] of Object.entries(USERS)) writeFileSync(join(setup.dir, user), password, { mode: 0o600 });
  writePolicy(setup);
  writeConfig(setup, cluster, 'operator', { user: 'admin' });
  execFileSync(process.execPath, asOperator(setup, 'provision', '--json'), { stdio: 'ignore' });
};
