import { randomBytes } from 'node:crypto';
import type { Keys } from '../../model/keys.ts';
import type { Log, TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { Clock } from '../../model/ports.ts';
import { createPipeline } from '../../pipeline.ts';
import type { Recipients } from '../keys/recipients.ts';
import { clusterOf } from '../log/kafka/client.ts';
import { type Group, joinGroup } from '../log/kafka/group.ts';
import type { InternalCluster } from '../log/kafka/internals.ts';
import { type KafkaLogOptions, openKafkaLog, type ViewTopic } from '../log/kafka/log.ts';
import { askedNames, fixedNames } from '../log/kafka/names.ts';
import type { TopicPartition } from '../log/kafka/reader.ts';
import type { SchemaResolver } from '../log/kafka/schemas.ts';
import type { KafkaSettings, OwnTopics } from '../log/kafka/settings.ts';
import type { Logger } from '../logger.ts';
import { type ClosedWindow, openTask } from '../task.ts';
import { createWriters } from '../writers.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type OpenedTask, startWorker, type Worker } from './worker.ts';

/** Everything resolved: no file, flag or environment is looked at any more. */
export interface ServiceOptions {
  readonly plan: Plan;
  readonly keys: Keys;
  readonly recipients: Recipients;
  readonly settings: KafkaSettings;
  readonly topics: OwnTopics;
  readonly group: string;
  readonly tasks: number;
  /** All source partitions; task i owns those with partition mod `tasks` = i. */
  readonly sources: readonly TopicPartition[];
  readonly views: readonly ViewTopic[];
  /** Who can tell what schemas records name; null: the ids are those of the plan's own files. */
  readonly schemas: SchemaResolver | null;
  readonly initialise: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  readonly transactionTimeoutMs: number;
  readonly fetchBytes: number;
  readonly fetchWaitMs: number;
  readonly heldEveryMs: number;
  readonly idleMs: number;
  /** Opens the log of a task; Kafka's, unless a tool that injects faults wraps it. No file, flag or environment can set it. */
  readonly openLog?: (options: KafkaLogOptions) => Log;
  /** Called once when the process has to end: with what was thrown. */
  readonly onFatal: (error: unknown) => void;
}

/** One gate process: it owns the tasks that the group gives it. */
export interface Service {
  readonly metrics: Metrics;
  /** Ready: a member of the group, and every task of ours gates. */
  isReady(): boolean;
  isLive(): boolean;
  /** Finishes what is under way and leaves the group. */
  stop(): Promise<void>;
}

/** A task that has not stepped for so long is stuck, whatever it says. */
const STUCK_MS = 60_000;

const openGateTask = async (options: ServiceOptions, shared: InternalCluster, task: number): Promise<OpenedTask> => {
  const { plan, keys, clock, openLog = openKafkaLog } = options;
  const log = openLog({
    settings: options.settings,
    shared,
    topics: options.topics,
    task,
    transactionalId: `${options.group}-task-${task}`,
    sources: options.sources.filter(({ partition }) => partition % options.tasks === task),
    views: options.views,
    schemas: options.schemas === null ? fixedNames(plan) : askedNames(plan, options.schemas),
    initialise: options.initialise,
    maxWaitMs: options.fetchWaitMs,
    maxBytes: options.fetchBytes,
    transactionTimeoutMs: options.transactionTimeoutMs,
    nowMs: clock.nowMs,
  });
  try {
    const opened = await openTask({
      plan,
      pipeline: createPipeline(plan, keys),
      log,
      writers: createWriters(plan, keys, options.recipients, task),
      durable: { task, keys, clock, heldEveryMs: options.heldEveryMs, idleMs: options.idleMs, random: (bytes) => randomBytes(bytes) },
    });
    return { task: opened, close: () => log.close() };
  } catch (error) {
    await log.abort();
    throw error;
  }
};

/** Workers of the tasks that are ours, and of those that are on their way out. */
const createWorkers = (
  options: ServiceOptions,
  shared: InternalCluster,
  metrics: Metrics,
  confirmed: () => Promise<void>,
  onFatal: (error: unknown) => void,
) => {
  const { clock, logger, plan, sources, tasks } = options;
  const workers = new Map<number, Worker>();
  const leaving = new Set<Promise<void>>();
  const onClosed = (task: number, windows: readonly ClosedWindow[]): void => {
    metrics.closed(windows, clock.nowMs());
    for (const { view, windowEndMs } of windows) {
      const index = plan.views.findIndex(({ name }) => name === view);
      logger.log('window-closed', { task, view: index, window: windowEndMs, lagMs: clock.nowMs() - windowEndMs });
    }
  };
  const start = (number: number): void => {
    const partitions = sources.filter(({ partition }) => partition % tasks === number).length;
    logger.log('task-assigned', { task: number, partitions });
    const open = () => openGateTask(options, shared, number);
    const worker = startWorker({ number, open, confirmed, clock, logger, onClosed: (windows) => onClosed(number, windows), onFatal });
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
    allRun: () => [...workers.values()].every((worker) => worker.state() === 'running' && clock.nowMs() - worker.steppedAtMs() < STUCK_MS),
    async stop(): Promise<void> {
      await Promise.all([...[...workers.values()].map((worker) => worker.stop(true)), ...leaving]);
    },
  };
};

export const startService = async (options: ServiceOptions): Promise<Service> => {
  const metrics = createMetrics(options.plan);
  const shared = clusterOf(options.settings);
  let group: Group | null = null;
  let isMember = false;
  let isLive = true;
  let isStopping = false;
  const fail = (error: unknown): void => {
    if (!isLive) return;
    isLive = false;
    options.onFatal(error);
  };
  const workers = createWorkers(options, shared, metrics, async () => group?.confirmed(), fail);
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
    metrics: {
      ...metrics,
      text() {
        metrics.tasks(workers.states());
        return metrics.text();
      },
    },
    isLive: () => isLive,
    isReady: () => isLive && isMember && !isStopping && workers.allRun(),
    async stop() {
      isStopping = true;
      await workers.stop();
      await group?.leave();
      await shared.disconnect().catch(() => {});
    },
  };
};
