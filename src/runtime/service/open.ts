import { randomBytes } from 'node:crypto';
import type { GoneKeys } from '../../model/keys.ts';
import { type Log, TransportError } from '../../model/log.ts';
import type { Clock } from '../../model/ports.ts';
import { createPipeline } from '../../pipeline.ts';
import { decodeLedger } from '../../record/ledger.ts';
import { forgetKeys, keysByEpochs } from '../keys/epochs.ts';
import type { Recipients } from '../keys/recipients.ts';
import type { SharedControls } from '../log/kafka/controls.ts';
import type { InternalCluster } from '../log/kafka/internals.ts';
import { type KafkaLogOptions, openKafkaLog } from '../log/kafka/log.ts';
import { askedNames, fixedNames } from '../log/kafka/names.ts';
import type { TopicPartition } from '../log/kafka/reader.ts';
import type { KafkaSettings, OwnTopics } from '../log/kafka/settings.ts';
import { lastValue } from '../log/kafka/whole.ts';
import { openTask } from '../task.ts';
import { createWriters } from '../writers.ts';
import type { Begun } from './begun.ts';
import type { Generation, Generations } from './generations.ts';
import type { OpenedTask } from './worker.ts';

/** What opening a task of the service needs. */
export interface OpenOptions {
  readonly generations: Generations;
  readonly recipients: Recipients;
  readonly settings: KafkaSettings;
  readonly topics: OwnTopics;
  readonly group: string;
  readonly tasks: number;
  /** All source partitions; task i owns those with partition mod `tasks` = i. */
  readonly sources: readonly TopicPartition[];
  readonly initialise: boolean;
  /** Tasks that began before: their ledgers are not empty, whoever says so. */
  readonly begun: Begun;
  readonly clock: Clock;
  readonly transactionTimeoutMs: number;
  readonly fetchBytes: number;
  readonly fetchWaitMs: number;
  readonly heldEveryMs: number;
  readonly idleMs: number;
  readonly delayObjectiveMs: number;
  /** Called by each task when keys are destroyed. */
  readonly onForgotten: (gone: GoneKeys) => void;
  /** Opens the log of a task; Kafka's, unless a tool that injects faults wraps it. No file, flag or environment can set it. */
  readonly openLog?: (options: KafkaLogOptions) => Log;
}

const LOST = new TransportError(
  'misconfigured',
  'the ledger of a task that began before is empty: it was lost, and what was released would be released again. Restore the topic; ' +
    'only where nothing was ever released, remove the folder `begun` beside the keys',
  false,
);

/**
 * The plan that the ledger names, by which the task goes on; the one that is wanted where there is no ledger yet. Whoever owned
 * the task is not fenced yet and may hand over to another plan behind our back: then opening fails, and is tried again.
 */
const generationOf = async (options: OpenOptions, shared: InternalCluster, task: number): Promise<Generation> => {
  const { generations, topics, begun } = options;
  const last = await lastValue(shared, { topic: topics.ledger, partition: task });
  if (last === null && begun.has(task)) throw LOST;
  if (last === null) return generations.wanted();
  const entry = decodeLedger(last);
  if (!entry.ok) throw new TransportError('corrupt', 'a ledger entry that cannot be read', false);
  return generations.of(entry.value.plan);
};

/** Opens a task as its only owner, with the plan that its ledger names. */
export const openGateTask = async (
  options: OpenOptions,
  shared: InternalCluster,
  controls: SharedControls,
  task: number,
): Promise<OpenedTask> => {
  const { clock, heldEveryMs, idleMs, delayObjectiveMs, sources, tasks, openLog = openKafkaLog } = options;
  const { plan, views, schemas, guarding, ...generation } = await generationOf(options, shared, task);
  const source = controls.of(plan, guarding);
  const keys = keysByEpochs(generation.keys, source.epochs);
  const log = openLog({
    settings: options.settings,
    shared,
    topics: options.topics,
    task,
    transactionalId: `${options.group}-task-${task}`,
    sources: sources.filter(({ partition }) => partition % tasks === task),
    views,
    schemas: schemas === null ? fixedNames(plan) : askedNames(plan, schemas),
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
      controls: source,
      forget(gone) {
        // Each plan has handles of its own.
        for (const { keys: all } of options.generations.all()) forgetKeys(all, gone);
        options.onForgotten(gone);
      },
      durable: { task, keys, clock, heldEveryMs, idleMs, delayObjectiveMs, random: (bytes) => randomBytes(bytes) },
    });
    options.begun.note(task);
    return { task: opened, plan, close: () => log.close() };
  } catch (error) {
    await log.abort();
    throw error;
  }
};
