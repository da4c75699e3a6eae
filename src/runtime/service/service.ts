import { randomBytes } from 'node:crypto';
import type { Keys } from '../../model/keys.ts';
import type { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { Clock } from '../../model/ports.ts';
import { createPipeline } from '../../pipeline.ts';
import type { Recipients } from '../keys/recipients.ts';
import { clusterOf } from '../log/kafka/client.ts';
import { type Group, joinGroup } from '../log/kafka/group.ts';
import type { InternalCluster } from '../log/kafka/internals.ts';
import { openKafkaLog, type ViewTopic } from '../log/kafka/log.ts';
import type { TopicPartition } from '../log/kafka/reader.ts';
import type { KafkaSettings, OwnTopics } from '../log/kafka/settings.ts';
import type { Logger } from '../logger.ts';
import { openTask } from '../task.ts';
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
  readonly initialise: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  readonly transactionTimeoutMs: number;
  readonly fetchBytes: number;
  readonly fetchWaitMs: number;
  readonly heldEveryMs: number;
  readonly idleMs: number;
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
  const { plan, keys, clock } = options;
  const log = openKafkaLog({
    settings: options.settings,
    shared,
    topics: options.topics,
    task,
    transactionalId: `${options.group}-task-${task}`,
    sources: options.sources.filter(({ partition }) => partition % options.tasks === task),
    views: options.views,
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

export const startService = async (options: ServiceOptions): Promise<Service> => {
  const { clock, logger } = options;
  const metrics = createMetrics(options.plan);
  const shared = clusterOf(options.settings);
  const workers = new Map<number, Worker>();
  const leaving = new Set<Promise<void>>();
  let group: Group | null = null;
  let isMember = false;
  let isLive = true;
  let isStopping = false;
  const fail = (error: unknown): void => {
    if (!isLive) return;
    isLive = false;
    options.onFatal(error);
  };
  const confirmed = async (): Promise<void> => {
    await group?.confirmed();
  };
  const start = (number: number): void => {
    logger.log('task-assigned', {
      task: number,
      partitions: options.sources.filter(({ partition }) => partition % options.tasks === number).length,
    });
    const worker = startWorker({
      number,
      open: () => openGateTask(options, shared, number),
      confirmed,
      clock,
      logger,
      onClosed: (windows) => {
        metrics.closed(windows, clock.nowMs());
        for (const { view, windowEndMs } of windows) {
          const index = options.plan.views.findIndex(({ name }) => name === view);
          logger.log('window-closed', { task: number, view: index, window: windowEndMs, lagMs: clock.nowMs() - windowEndMs });
        }
      },
      onFatal: fail,
    });
    workers.set(number, worker);
  };
  const letGo = (worker: Worker): void => {
    logger.log('task-revoked', { task: worker.number });
    workers.delete(worker.number);
    const gone = worker.stop(false).finally(() => leaving.delete(gone));
    leaving.add(gone);
  };
  const onAssigned = (tasks: readonly number[]): void => {
    isMember = true;
    if (isStopping) return;
    for (const worker of [...workers.values()]) if (!tasks.includes(worker.number)) letGo(worker);
    for (const task of tasks) if (!workers.has(task)) start(task);
  };
  const onLost = (error: TransportError): void => {
    isMember = false;
    fail(error);
  };
  const { settings, tasks, sessionTimeoutMs } = options;
  group = await joinGroup({
    settings,
    group: options.group,
    tasks,
    ledgerTopic: options.topics.ledger,
    sessionTimeoutMs,
    onAssigned,
    onLost,
  });
  const states = (): Record<string, number> => {
    const counts: Record<string, number> = { opening: 0, running: 0, waiting: 0, halted: 0 };
    for (const worker of workers.values()) counts[worker.state()] = (counts[worker.state()] ?? 0) + 1;
    return counts;
  };
  return {
    metrics: {
      ...metrics,
      text() {
        metrics.tasks(states());
        return metrics.text();
      },
    },
    isLive: () => isLive,
    isReady: () =>
      isLive &&
      isMember &&
      !isStopping &&
      [...workers.values()].every((worker) => worker.state() === 'running' && clock.nowMs() - worker.steppedAtMs() < STUCK_MS),
    async stop() {
      isStopping = true;
      await Promise.all([...[...workers.values()].map((worker) => worker.stop(true)), ...leaving]);
      await group?.leave();
      await shared.disconnect().catch(() => {});
    },
  };
};
