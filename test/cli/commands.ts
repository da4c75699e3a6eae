import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How a command ended. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const ENV = { ...process.env, NO_COLOR: '1' };

const start = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, ['--import', 'tsx', fileOf(file), ...args], { env: { ...ENV, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });

/** Starts one command in a process of its own. */
export const startUnjoin = (...args: string[]) => start('../../src/cli/main.ts', args);

export type Child = ReturnType<typeof startUnjoin>;

/** Waits for a process to end. */
export const ended = async (child: Child): Promise<Ended> => {
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exit: await exit, stdout, stderr };
};

/** Runs command lines in order, all in one process; each goes through the whole of `main.ts`. */
export const unjoinAll = async (lines: readonly (readonly string[])[], env: Readonly<Record<string, string>> = {}): Promise<Ended[]> => {
  const child = start('driver.ts', [], env);
  child.stdin.end(JSON.stringify(lines));
  const { exit, stdout, stderr } = await ended(child);
  if (exit !== 0) throw new Error(`the driver of commands failed:\n${stderr}`);
  return JSON.parse(stdout) as Ended[];
};

/** A JavaScript stack in what a command said. */
export const STACK = /^\s+at .+:\d+/m;
