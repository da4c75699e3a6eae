import { randomBytes } from 'node:crypto';
import type { Plan } from '../../../src/model/plan.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { memoryKeys, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { clusterOf } from '../../../src/runtime/log/kafka/client.ts';
import { createTopics } from '../../../src/runtime/log/kafka/create-topics.ts';
import { openKafkaLog } from '../../../src/runtime/log/kafka/log.ts';
import { fixedNames } from '../../../src/runtime/log/kafka/names.ts';
import type { TopicPartition } from '../../../src/runtime/log/kafka/reader.ts';
import { type KafkaSettings, type OwnTopics, ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { QUARANTINE_RECORDS } from '../../../src/runtime/provision/specs.ts';
import { openTask, type Task } from '../../../src/runtime/task.ts';
import { createWriters } from '../../../src/runtime/writers.ts';
import { fleetLines, smartHome } from '../../properties/world.ts';
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
  const large = Object.entries(QUARANTINE_RECORDS).map(([name, value]) => ({ name, value }));
  const compacted = [{ name: 'cleanup.policy', value: 'compact' }];
  await createTopics(admin, [
    ...EVENTS.map((name) => ({ topic: `${prefix}${name}`, numPartitions: partitions, configEntries: appended })),
    ...plan.views.map(({ name }) => ({ topic: own.view(name), numPartitions: 2 })),
    ...[own.held, own.lineage, own.audit].map((topic) => ({ topic, numPartitions: tasks })),
    { topic: own.quarantine, numPartitions: tasks, configEntries: large },
    { topic: own.ledger, numPartitions: tasks, configEntries: compacted },
  ]);
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
  const close = async (): Promise<void> => {
    await log.close();
    await shared.disconnect();
  };
  const opened = await openTask({
    plan,
    pipeline: createPipeline(plan, keys),
    log,
    writers: createWriters(plan, keys, memoryRecipients('kafka').recipients, task),
    durable: { task, keys, clock: systemClock, heldEveryMs: 500, idleMs: 1000, random: (bytes) => randomBytes(bytes) },
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { task: opened, close };
};

/** Publishes a fleet as gateways do; returns how many records there are. */
export const publish = async ({ producer }: TestBroker, prefix: string, count: number, seed: number): Promise<number> => {
  const lines = fleetLines({ devices: Math.ceil(count / 3), count, seed, malformedShare: 0.01, partitions: 2 }).filter(
    ({ length }) => length < 50_000,
  );
  const topics = new Map<string, { partition: number; key: string; value: string | null; headers: { client: string } }[]>();
  let sent = 0;
  for (const line of lines) {
    let envelope: { topic: string; partition: number; key: string; value: unknown };
    try {
      envelope = JSON.parse(line.toString());
    } catch {
      continue;
    }
    const topic = `${prefix}${envelope.topic.split('.').pop()}`;
    const value = envelope.value === null ? null : JSON.stringify(envelope.value);
    topics.set(topic, [
      ...(topics.get(topic) ?? []),
      { partition: envelope.partition, key: envelope.key, value, headers: { client: 'c-1' } },
    ]);
    sent++;
  }
  for (const [topic, messages] of topics)
    for (let from = 0; from < messages.length; from += 300) await producer.send({ topic, messages: messages.slice(from, from + 300) });
  return sent;
};

/** Steps until every record is read and its windows are closed. */
export const finish = async (task: Task, plan: Plan, sent: number): Promise<void> => {
  const verdicts = (): number =>
    Object.values(task.summary.views).reduce((sum, { released: levels, blocked }) => sum + [...levels, ...Object.values(blocked)].reduce((all, count) => all + count, 0), 0); // biome-ignore format: a sum
  const entered = (): number => plan.views.reduce((sum, { index }) => sum + task.entered(index), 0);
  while (task.summary.read < sent || verdicts() < entered()) await task.step();
};
