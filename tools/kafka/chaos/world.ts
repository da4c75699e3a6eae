import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import type { Random } from '../../../src/simulate/random.ts';
import type { Cluster } from '../cluster.ts';
import type { BrokerProxy } from '../proxy.ts';
import type { Fleet } from './fleet.ts';
import type { Gates } from './gates.ts';

/** Everything that a fault may touch. */
export interface World {
  readonly cluster: Cluster;
  /** Plain text, super user. */
  readonly settings: KafkaSettings;
  readonly gates: Gates;
  /** One a gate process, when the fault asked for them. */
  readonly proxies: readonly BrokerProxy[];
  readonly fleet: Fleet;
  readonly tasks: number;
  /** Records a second that the fleet publishes. */
  readonly rate: number;
  /** How many records it publishes at least. */
  readonly events: number;
  /** How many times the fault happens. */
  readonly count: number;
  /** False once time is up, or somebody asked to end: the fault then happens no more, and the end is examined as ever. */
  goesOn(): boolean;
  readonly random: Random;
  readonly dir: string;
  /** Arguments of node that run a command with the operator's configuration. */
  operator(command: string, ...more: string[]): string[];
  say(text: string): void;
  /** Notes that something was done to the world just now. */
  strike(what: string): Strike;
  readonly strikes: readonly Strike[];
}

/** One fault that happened. */
export interface Strike {
  readonly what: string;
  readonly atMs: number;
  /** Load average of the last minute: take-over times on a busy machine are upper bounds. */
  readonly load: number;
  /** Until every task had begun and committed a step since; null as long as that is not so. */
  backMs: number | null;
  /** Until the first task that had to be opened anew committed a step. */
  firstMs: number | null;
}

/** What a fault reports beside what every run reports. */
export interface Harmed {
  readonly figures: Readonly<Record<string, number | string>>;
  /** Statements of its own that do not hold. */
  readonly broken: readonly string[];
}

/** A kind of fault: one file in tools/kafka/faults. */
export interface Fault {
  /** What the run shows. */
  readonly says: string;
  readonly count: number;
  readonly nodes?: 1 | 3;
  readonly processes?: number;
  /** Whether each gate process reaches the broker through a proxy of its own, in clear text. */
  readonly isProxied?: boolean;
  readonly kafka?: Readonly<Record<string, number>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly properties?: Readonly<Record<string, string>>;
  /** Done to the cluster's folder before it starts; returns what undoes it. Throws when this machine does not let us. */
  readonly ground?: (clusterDir: string) => () => void;
  harm(world: World): Promise<Harmed>;
}

const POLL_MS = 100;
const PATIENCE_MS = 180_000;

export const load = (): number => Math.round(loadavg()[0] * 10) / 10;

/** Waits until something holds; false when it does not in time. */
export const until = async (holds: () => boolean | Promise<boolean>, withinMs = PATIENCE_MS): Promise<boolean> => {
  for (const deadlineMs = Date.now() + withinMs; !(await holds()); await pause(POLL_MS)) if (Date.now() > deadlineMs) return false;
  return true;
};

/** By task, the end of the first step that began and was committed after a moment. */
export const backOf = (gates: Gates, tasks: number, atMs: number): number | null => {
  const first = new Map<number, number>();
  for (const { code, task, time, tookMs = 0 } of gates.logged())
    if (code === 'step-done' && task !== undefined && time - tookMs >= atMs) first.set(task, Math.min(time, first.get(task) ?? time));
  return first.size < tasks ? null : Math.max(...first.values()) - atMs;
};

/** The end of the first step of a task that was opened anew after a moment. */
export const firstOf = (gates: Gates, atMs: number): number | null => {
  const restored = new Set<number>();
  let firstMs: number | null = null;
  for (const { code, task, time, tookMs = 0 } of gates.logged()) {
    if (task === undefined || time - tookMs < atMs) continue;
    if (code === 'restored') restored.add(task);
    if (code === 'step-done' && restored.has(task) && (firstMs === null || time - atMs < firstMs)) firstMs = time - atMs;
  }
  return firstMs;
};

/** Waits until every task gates again after a strike, and notes how long that took; null when it does not in time. */
export const settled = async ({ gates, tasks, say }: World, strike: Strike): Promise<number | null> => {
  await until(() => {
    strike.backMs = backOf(gates, tasks, strike.atMs);
    return strike.backMs !== null;
  });
  strike.firstMs = firstOf(gates, strike.atMs);
  say(
    `  ${strike.what}: ${strike.backMs === null ? 'not back in time' : `first after ${strike.firstMs} ms, all after ${strike.backMs} ms`} (load ${strike.load})`,
  );
  return strike.backMs;
};

export const percentile = (numbers: readonly number[], share: number): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};
