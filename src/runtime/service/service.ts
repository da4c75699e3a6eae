import { setTimeout as sleep } from 'node:timers/promises';
import type { GoneKeys } from '../../model/keys.ts';
import type { TransportError } from '../../model/log.ts';
import { clusterOf } from '../log/kafka/client.ts';
import { sharedControls } from '../log/kafka/controls.ts';
import { type Group, joinGroup } from '../log/kafka/group.ts';
import type { Logger } from '../logger.ts';
import type { ClosedWindow, StepInfo } from '../task.ts';
import type { Generation } from './generations.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type OpenOptions, openGateTask } from './open.ts';
import { createPressure, type Pressure } from './pressure.ts';
import type { OpenedTask } from './worker.ts';
import { startWorker, type Worker } from './worker.ts';

/** Everything resolved: no file, flag or environment is looked at any more. */
export interface ServiceOptions extends Omit<OpenOptions, 'onForgotten'> {
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  /** How far clocks of brokers may be behind ours, ms: control records are waited for so long. */
  readonly skewMs: number;
  /** Memory that the process may take, and how much it takes, bytes. */
  readonly capBytes: number;
  readonly rssBytes: () => number;
  readonly sweep: () => void;
  /** Called once when the process has to end: with what was thrown. */
  readonly onFatal: (error: unknown) => void;
  /** Called when a task stops for good: what it says is for the operator. */
  readonly onHalted: (error: TransportError) => void;
}

/** One gate process: it owns the tasks that the group gives it. */
export interface Service {
  readonly metrics: Metrics;
  /** Ready: a member of the group, every task of ours gates, and memory suffices to read on. */
  isReady(): boolean;
  isLive(): boolean;
  /** Another plan is wanted from each task's next boundary on; tasks that were halted are tried again. */
  want(generation: Generation, loadedAtMs: number): void;
  /** Finishes what is under way and leaves the group. */
  stop(): Promise<void>;
}

/** A task that has not stepped for so long is stuck, whatever it says. */
const STUCK_MS = 60_000;

/** Tells of windows in the log and in the metrics. */
const tellersOf = ({ clock, logger }: ServiceOptions, metrics: Metrics, task: number) => ({
  onClosed(windows: readonly ClosedWindow[]): void {
    metrics.closed(windows, clock.nowMs());
    for (const { index, windowEndMs, isStale } of windows) {
      logger.log('window-closed', { task, view: index, window: windowEndMs, lagMs: clock.nowMs() - windowEndMs });
      if (isStale) logger.log('dataset-stale', { task, view: index, window: windowEndMs });
    }
  },
  onLate(windows: StepInfo['late']): void {
    metrics.late(windows);
    for (const { index, windowEndMs } of windows)
      logger.log('window-late', { task, view: index, window: windowEndMs, lagMs: clock.nowMs() - windowEndMs });
  },
});

/** By view, the end of the oldest window that waits in any task, ms. A task that halted still knows what it left open. */
const oldestOf = (workers: readonly Worker[]): ReadonlyMap<string, number> => {
  const oldest = new Map<string, number>();
  for (const worker of workers)
    for (const [view, endMs] of worker.openSince()) oldest.set(view, Math.min(endMs, oldest.get(view) ?? endMs));
  return oldest;
};

/** Workers of the tasks that are ours, and of those that are on their way out. */
const createWorkers = (
  options: ServiceOptions,
  open: (task: number) => Promise<OpenedTask>,
  metrics: Metrics,
  pressure: Pressure,
  confirmed: () => Promise<void>,
  onFatal: (error: unknown) => void,
) => {
  const { clock, logger, generations, sources, tasks, onHalted, fetchWaitMs } = options;
  const intake = { mayFetch: pressure.mayFetch, wait: () => sleep(fetchWaitMs) };
  const workers = new Map<number, Worker>();
  const leaving = new Set<Promise<void>>();
  const start = (number: number): void => {
    const partitions = sources.filter(({ partition }) => partition % tasks === number).length;
    logger.log('task-assigned', { task: number, partitions });
    const worker = startWorker({
      number,
      open: () => open(number),
      confirmed,
      clock,
      logger,
      intake,
      requestFor: generations.requestFor,
      ...tellersOf(options, metrics, number),
      onHalted,
      onFatal,
    });
    workers.set(number, worker);
  };
  const letGo = (worker: Worker): void => {
    logger.log('task-revoked', { task: worker.number });
    workers.delete(worker.number);
    const gone = worker.stop(false).finally(() => leaving.delete(gone));
    leaving.add(gone);
  };
  return {
    assign(assigned: readonly number[]): void {
      for (const worker of [...workers.values()]) if (!assigned.includes(worker.number)) letGo(worker);
      for (const task of assigned) if (!workers.has(task)) start(task);
    },
    states(): Record<string, number> {
      const counts: Record<string, number> = { opening: 0, running: 0, holding: 0, waiting: 0, halted: 0 };
      for (const worker of workers.values()) counts[worker.state()] = (counts[worker.state()] ?? 0) + 1;
      return counts;
    },
    openSince: () => oldestOf([...workers.values()]),
    changing: () => [...workers.values()].filter((worker) => worker.next() !== null).length,
    retry(): void {
      for (const worker of workers.values()) worker.retry();
    },
    allRun: () => [...workers.values()].every((worker) => worker.state() === 'running' && clock.nowMs() - worker.steppedAtMs() < STUCK_MS),
    async stop(): Promise<void> {
      await Promise.all([...[...workers.values()].map((worker) => worker.stop(true)), ...leaving]);
    },
  };
};

/** Tells once that keys are destroyed, though every task lets them go. */
const createForgotten = ({ logger }: ServiceOptions): ((gone: GoneKeys) => void) => {
  const told = new Set<string>();
  return ({ of, number }) => {
    const name = `${of} ${number}`;
    if (told.has(name)) return;
    told.add(name);
    if (of === 'epoch') logger.log('keys-destroyed', { epoch: number });
    else logger.log('control-key-destroyed', { key: number });
  };
};

const MIB = 1 << 20;

const pressureOf = ({ capBytes, rssBytes, sweep, clock, logger }: ServiceOptions): Pressure =>
  createPressure({
    capBytes,
    rssBytes,
    sweep,
    nowMs: clock.nowMs,
    onPaused: (rss) => logger.log('intake-paused', { rssMiB: Math.round(rss / MIB), capMiB: Math.round(capBytes / MIB) }),
    onResumed: (pausedMs) => logger.log('intake-resumed', { pausedMs }),
  });

/** Metrics that are looked up when somebody asks. */
const readMetrics = (
  { rssBytes, capBytes, clock, delayObjectiveMs }: ServiceOptions,
  metrics: Metrics,
  workers: ReturnType<typeof createWorkers>,
  pressure: Pressure,
): Metrics => ({
  ...metrics,
  text() {
    metrics.tasks(workers.states());
    metrics.changing(workers.changing());
    metrics.memory({ rssBytes: rssBytes(), capBytes, isPaused: pressure.isPaused() });
    metrics.overdue(workers.openSince(), clock.nowMs() - delayObjectiveMs);
    return metrics.text();
  },
});

export const startService = async (options: ServiceOptions): Promise<Service> => {
  const pressure = pressureOf(options);
  const metrics = createMetrics(options.generations.wanted().plan);
  const shared = clusterOf(options.settings);
  const controls = sharedControls(options.settings, options.topics.control, options.clock, options.skewMs);
  const onForgotten = createForgotten(options);
  let group: Group | null = null;
  let isMember = false;
  let isLive = true;
  let isStopping = false;
  const fail = (error: unknown): void => {
    if (!isLive) return;
    isLive = false;
    options.onFatal(error);
  };
  const workers = createWorkers(
    options,
    (task) => openGateTask({ ...options, onForgotten }, shared, controls, task),
    metrics,
    pressure,
    async () => group?.confirmed(),
    fail,
  );
  const { settings, tasks, sessionTimeoutMs } = options;
  group = await joinGroup({
    settings,
    group: options.group,
    tasks,
    ledgerTopic: options.topics.ledger,
    sessionTimeoutMs,
    onAssigned(assigned) {
      isMember = true;
      if (!isStopping) workers.assign(assigned);
    },
    onLost(error: TransportError) {
      isMember = false;
      fail(error);
    },
  });
  return {
    metrics: readMetrics(options, metrics, workers, pressure),
    isLive: () => isLive,
    isReady: () => isLive && isMember && !isStopping && !pressure.isPaused() && workers.allRun(),
    want(generation, loadedAtMs) {
      options.generations.want(generation, loadedAtMs);
      metrics.views(generation.plan);
      workers.retry();
    },
    async stop() {
      isStopping = true;
      await workers.stop();
      await group?.leave();
      await shared.disconnect().catch(() => {});
    },
  };
};
