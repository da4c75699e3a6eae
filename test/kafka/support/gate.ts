import { randomBytes } from 'node:crypto';
import type { Plan } from '../../../src/model/plan.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { memoryKeys, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { clusterOf } from '../../../src/runtime/log/kafka/client.ts';
import { openKafkaLog } from '../../../src/runtime/log/kafka/log.ts';
import { fixedNames } from '../../../src/runtime/log/kafka/names.ts';
import type { TopicPartition } from '../../../src/runtime/log/kafka/reader.ts';
import { type KafkaSettings, type OwnTopics, ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { openTask, type Task } from '../../../src/runtime/task.ts';
import { createWriters } from '../../../src/runtime/writers.ts';
import { smartHome } from '../../properties/world.ts';
import type { TestBroker } from './broker.ts';

/** The smart-home plan with windows of seconds: append times are those of the broker. */
export const fastPlan = (windowMs: number): Plan => {
  const plan = smartHome();
  return { ...plan, views: plan.views.map((view) => ({ ...view, windowMs, k: 5 })) };
};

export interface GateTopics {
  readonly own: OwnTopics;
  readonly sources: readonly TopicPartition[];
}

const EVENTS = ['device', 'operation', 'location'] as const;

/** Topics of one gate with `tasks` tasks, as provisioning makes them. */
export const makeTopics = async ({ admin }: TestBroker, plan: Plan, prefix: string, tasks: number, partitions = 2): Promise<GateTopics> => {
  const own = ownTopics(prefix);
  const appended = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  const compacted = [{ name: 'cleanup.policy', value: 'compact' }];
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      ...EVENTS.map((name) => ({ topic: `${prefix}${name}`, numPartitions: partitions, configEntries: appended })),
      ...plan.views.map(({ name }) => ({ topic: own.view(name), numPartitions: 2 })),
      ...[own.held, own.quarantine, own.lineage, own.audit].map((topic) => ({ topic, numPartitions: tasks })),
      { topic: own.ledger, numPartitions: tasks, configEntries: compacted },
    ],
  });
  const sources = EVENTS.flatMap((name) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: `${prefix}${name}`, partition })),
  );
  return { own, sources };
};

export interface TaskOptions {
  readonly plan: Plan;
  readonly settings: KafkaSettings;
  readonly topics: GateTopics;
  readonly group: string;
  readonly initialise: boolean;
  readonly task?: number;
}

/** One task on the real broker, with keys of a seed. */
export const openGate = async ({
  plan,
  settings,
  topics,
  group,
  initialise,
  task = 0,
}: TaskOptions): Promise<{ task: Task; close(): Promise<void> }> => {
  const keys = memoryKeys('kafka');
  const shared = clusterOf(settings);
  const log = openKafkaLog({
    settings,
    shared,
    topics: topics.own,
    task,
    transactionalId: `${group}-task-${task}`,
    sources: topics.sources,
    views: plan.views.map(({ name }, i) => ({ view: name, schemaId: 1000 + i, partitions: 2 })),
    schemas: fixedNames(plan),
    initialise,
    maxWaitMs: 100,
    maxBytes: 8 << 20,
    transactionTimeoutMs: 15_000,
    nowMs: () => systemClock.nowMs(),
  });
  const opened = await openTask({
    plan,
    pipeline: createPipeline(plan, keys),
    log,
    writers: createWriters(plan, keys, memoryRecipients('kafka').recipients, task),
    durable: { task, keys, clock: systemClock, heldEveryMs: 500, idleMs: 1000, random: (bytes) => randomBytes(bytes) },
  });
  return {
    task: opened,
    async close() {
      await log.close();
      await shared.disconnect();
    },
  };
};
