import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePorts } from './config.ts';

/** A cluster as another process finds it: `cluster.json` in its folder, mode 0600 as it holds the passwords. */
export interface ClusterDescription {
  readonly version: 1;
  readonly dir: string;
  readonly caFile: string;
  readonly users: Readonly<Record<string, string>>;
  readonly nodes: readonly (NodePorts & { readonly pid: number })[];
}

export const descriptionFile = (dir: string): string => join(dir, 'cluster.json');
export const secretFile = (dir: string, user: string): string => join(dir, 'secrets', user);

/** Null when no cluster was ever started in the folder. */
export const readDescription = (file: string): ClusterDescription | null =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClusterDescription) : null;

/** Writes `cluster.json`, whole or not at all, and one file a user with the password, as `passwordFile` of a configuration wants it. */
export const writeDescription = (description: ClusterDescription): void => {
  const { dir, users } = description;
  mkdirSync(join(dir, 'secrets'), { recursive: true, mode: 0o700 });
  for (const [user, password] of Object.entries(users)) writeFileSync(secretFile(dir, user), password, { mode: 0o600 });
  const file = descriptionFile(dir);
  writeFileSync(`${file}.partial`, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
};

export const addresses = (ports: readonly number[]): string[] => ports.map((port) => `127.0.0.1:${port}`);

/** Arguments of a process; empty when there is none of that id. */
const argumentsOf = (pid: number): string => {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync(file)) return readFileSync(file, 'utf8');
  return existsSync('/proc/self') ? '' : spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
};

/** Process ids of those nodes that live. An id that the system gave to something else since is not one. */
export const livingPids = ({ dir, nodes }: ClusterDescription): number[] =>
  nodes.filter(({ pid }, i) => pid > 0 && argumentsOf(pid).includes(join(dir, `n${i + 1}.properties`))).map(({ pid }) => pid);
