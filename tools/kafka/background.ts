import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import type { Socket } from 'node:net';

/** A program that runs beside this one. */
export interface Background {
  readonly pid: number;
  hasEnded(): boolean;
}

export interface BackgroundOptions {
  /** Where its output goes. */
  readonly logFile: string;
  /** Whether it goes on without this process. */
  readonly survives: boolean;
  /** Folder that is removed when our process ends before the program; empty: none. */
  readonly own: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const START_MS = 60_000;
const POLL_MS = 25;

/** Polls until something holds. Throws when it does not in time. */
export const until = async (holds: () => boolean, what: string, withinMs: number = START_MS): Promise<void> => {
  for (const deadlineMs = Date.now() + withinMs; !holds(); ) {
    if (Date.now() > deadlineMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

/**
 * A shell that becomes the program, and leaves behind a reader of descriptor 3: a line means that the program has ended; an end
 * without one, that our process has, in whatever way. Then the program goes too, and with it a folder that was only ours.
 */
export const WITH_US = 'own=$1; shift; { read -r _ || { kill -9 $$; [ -z "$own" ] || rm -rf "$own"; }; } <&3 & exec "$@" 3<&-';

/** Starts a program in a process group of its own. */
export const background = (command: readonly string[], { logFile, survives, own, cwd, env }: BackgroundOptions): Background => {
  const log = openSync(logFile, 'w', 0o600);
  const [program, ...args] = survives ? command : ['sh', '-c', WITH_US, 'sh', own, ...command];
  const child = spawn(program, args, {
    stdio: ['ignore', log, log, survives ? 'ignore' : 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
  let ended = false;
  const line = child.stdio[3] as Socket | null;
  line?.on('error', () => {});
  line?.unref();
  child.unref();
  child.once('exit', () => {
    ended = true;
    line?.end('ended\n');
  });
  child.once('error', () => {
    ended = true;
  });
  return { pid: child.pid ?? 0, hasEnded: () => ended };
};
