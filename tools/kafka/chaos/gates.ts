import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WITH_US } from '../background.ts';

/** A line that a gate logged, with the run of a process that logged it. */
export interface Logged {
  readonly run: number;
  readonly time: number;
  readonly code: string;
  readonly task?: number;
  readonly error?: string;
  readonly tookMs?: number;
  readonly windows?: number;
  /** End of a window, ms. */
  readonly window?: number;
}

/** One run of a gate process. */
interface Run {
  readonly child: ChildProcess;
  readonly file: string;
  at: number;
  rest: string;
}

/** The gate processes of a run under faults: each can be killed, stopped and started again. */
export interface Gates {
  readonly count: number;
  /** Starts process i anew; `entry` is what node runs instead of the command line of the product. */
  start(i: number, more?: readonly string[], entry?: readonly string[]): void;
  signal(i: number, signal: NodeJS.Signals): void;
  /** Settles when the present run of process i has ended. */
  ended(i: number): Promise<void>;
  hasEnded(i: number): boolean;
  /** Exit codes of processes that ended by themselves, and were started again as whatever watches over services does. */
  readonly exits: readonly number[];
  pid(i: number): number;
  /** Number of the present run of process i, as `Logged.run` tells it. */
  runOf(i: number): number;
  /** Everything logged so far. */
  logged(): readonly Logged[];
  /** Stops all in good order; kills those that do not end in time. Returns how many had to be killed. */
  stop(): Promise<number>;
}

const CHUNK = 1 << 16;

const parsed = (line: string): Omit<Logged, 'run'>[] => {
  try {
    return [JSON.parse(line) as Omit<Logged, 'run'>];
  } catch {
    return [];
  }
};

/** Lines that came since the last look. */
const news = (run: Run, index: number): Logged[] => {
  const descriptor = openSync(run.file, 'r');
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (;;) {
      const read = readSync(descriptor, buffer, 0, CHUNK, run.at);
      if (read === 0) break;
      run.at += read;
      run.rest += buffer.toString('utf8', 0, read);
    }
  } finally {
    closeSync(descriptor);
  }
  const lines = run.rest.split('\n');
  run.rest = lines.pop() ?? '';
  return lines.flatMap(parsed).map((line) => ({ ...line, run: index }));
};

const GRACE_MS = 30_000;
const POLL_MS = 50;

/** Starts a process that ends with us, however we end. */
const launch = (command: readonly string[], file: string): ChildProcess => {
  const log = openSync(file, 'w');
  const child = spawn('sh', ['-c', WITH_US, 'sh', '', ...command], { stdio: ['ignore', 'ignore', log, 'pipe'] });
  closeSync(log);
  const line = child.stdio[3] as Socket;
  line.on('error', () => {});
  child.once('exit', () => line.end('ended\n'));
  return child;
};

/** Gates of these configurations, none of them started; `entry` is how node is called. */
export const createGates = (dir: string, configs: readonly string[], entry: readonly string[]): Gates => {
  const runs: Run[] = [];
  const present: number[] = configs.map(() => -1);
  const lines: Logged[] = [];
  const of = (i: number): ChildProcess => runs[present[i]].child;
  const exits: number[] = [];
  let isStopping = false;
  const hasEnded = (i: number): boolean => present[i] < 0 || of(i).exitCode !== null || of(i).signalCode !== null;
  const ended = async (i: number): Promise<void> => {
    while (!hasEnded(i)) await pause(POLL_MS);
  };
  const start = (i: number, more: readonly string[] = [], own: readonly string[] = entry): void => {
    const file = join(dir, `gate-${runs.length}.log`);
    const child = launch([process.execPath, ...own, 'run', '-c', configs[i], ...more], file);
    present[i] = runs.push({ child, file, at: 0, rest: '' }) - 1;
    child.once('exit', (code) => {
      if (code === null || isStopping) return;
      exits.push(code);
      start(i);
    });
  };
  return {
    count: configs.length,
    start,
    exits,
    signal: (i, signal) => void of(i).kill(signal),
    ended,
    hasEnded,
    pid: (i) => of(i).pid ?? 0,
    runOf: (i) => present[i],
    logged() {
      for (const [index, run] of runs.entries()) lines.push(...news(run, index));
      return lines;
    },
    async stop() {
      isStopping = true;
      const living = configs.map((_, i) => i).filter((i) => !hasEnded(i));
      for (const i of living) {
        of(i).kill('SIGCONT');
        of(i).kill('SIGTERM');
      }
      for (const untilMs = Date.now() + GRACE_MS; living.some((i) => !hasEnded(i)) && Date.now() < untilMs; ) await pause(POLL_MS);
      const stuck = living.filter((i) => !hasEnded(i));
      for (const i of stuck) of(i).kill('SIGKILL');
      await Promise.all(stuck.map(ended));
      return stuck.length;
    },
  };
};
