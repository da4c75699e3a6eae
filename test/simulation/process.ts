import type { Log } from '../../src/model/log.ts';
import type { Plan } from '../../src/model/plan.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { createAuditWriter } from '../../src/runtime/audit-writer.ts';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import type { KafkaClient } from '../../src/runtime/log/kafka/client.ts';
import { openKafkaLog } from '../../src/runtime/log/kafka/log.ts';
import { fixedNames } from '../../src/runtime/log/kafka/names.ts';
import { type KafkaSettings, ownTopics } from '../../src/runtime/log/kafka/settings.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import { type OpenedTask, startWorker, type Worker } from '../../src/runtime/service/worker.ts';
import { openTask } from '../../src/runtime/task.ts';
import type { Writers } from '../../src/runtime/writers.ts';
import type { ModelBroker } from './broker/broker.ts';
import { createModelClient, type ModelClientOptions } from './client.ts';
import type { SimProcess } from './engine.ts';
import { joinModelGroup, type ModelGroup } from './group.ts';

/** What is wired to what; a broken runtime has one part of it otherwise. */
export interface Wiring {
  readonly name: string;
  /** How the cluster was provisioned. */
  readonly cluster?: (broker: ModelBroker) => void;
  readonly client?: (client: KafkaClient, of: ModelClientOptions) => KafkaClient;
  readonly log?: (log: Log, task: number, of: ModelClientOptions) => Log;
  readonly confirmed?: (confirmed: () => Promise<void>) => Promise<void>;
}

export const HEALTHY: Wiring = { name: 'healthy' };

export const TOPICS = ownTopics('own.');
export const SOURCE = 'readings';
export const VIEW_PARTITIONS = 2;
const SCHEMA_ID = 7;
const KEYS = memoryKeys('simulation');

const SETTINGS: KafkaSettings = { brokers: ['model:1'], clientId: 'gate', tls: null, sasl: null, connectTimeoutMs: 1000, requestTimeoutMs: 1000 }; // biome-ignore format: a line

export interface GateOptions extends ModelClientOptions {
  readonly plan: Plan;
  readonly group: ModelGroup;
  readonly wiring: Wiring;
  readonly sourcePartitions: number;
  readonly heldEveryMs: number;
  readonly idleMs: number;
  readonly transactionTimeoutMs: number;
  /** A broken invariant: the process ends. */
  readonly onFatal: (error: unknown) => void;
}

/** One line, as readable as what the oracle asks of it: nothing is sealed. */
const plainWriters = (plan: Plan, task: number): Writers => ({
  quarantine(batch, faults, _, summary) {
    const rows: string[] = [];
    for (let i = 0; i < faults.count; i++) {
      rows.push(JSON.stringify({ partition: batch.partition, offset: batch.offset[faults.record[i]] }));
      summary.faults['bad-json'] = (summary.faults['bad-json'] ?? 0) + 1;
    }
    return rows;
  },
  lineage: (rows, sources, chunk) =>
    JSON.stringify({
      windowStart: rows.windowStartMs,
      chunk,
      rows: rows.source.map((source, i) => [sources[source].partition, rows.offset[i], rows.verdict[i], digestOf(rows.digest[i])]),
    }),
  audit: createAuditWriter(plan, KEYS, task),
});

const digestOf = (digest: Uint8Array | null): string | null => (digest === null ? null : Buffer.from(digest).toString('hex'));

const openGateTask = async (
  options: GateOptions,
  client: KafkaClient,
  shared: ReturnType<KafkaClient['cluster']>,
  task: number,
): Promise<OpenedTask> => {
  const { plan, engine, wiring, group, sourcePartitions } = options;
  const partitions = Array.from({ length: sourcePartitions }, (_, partition) => ({ topic: SOURCE, partition }));
  const plain = openKafkaLog({
    settings: SETTINGS,
    shared,
    client,
    topics: TOPICS,
    task,
    transactionalId: `gate-task-${task}`,
    sources: partitions.filter(({ partition }) => partition % group.tasks === task),
    schemas: fixedNames(plan),
    views: [{ view: plan.views[0].name, schemaId: SCHEMA_ID, partitions: VIEW_PARTITIONS }],
    initialise: true,
    maxWaitMs: 1000,
    maxBytes: 1 << 20,
    transactionTimeoutMs: options.transactionTimeoutMs,
    nowMs: engine.nowMs,
  });
  const log = wiring.log?.(plain, task, options) ?? plain;
  let nonce = 0;
  const durable = {
    task,
    keys: KEYS,
    clock: { nowMs: engine.nowMs },
    heldEveryMs: options.heldEveryMs,
    idleMs: options.idleMs,
    random: (bytes: number) => Buffer.alloc(bytes, nonce++),
  };
  try {
    const opened = await openTask({ plan, pipeline: createPipeline(plan, KEYS), log, writers: plainWriters(plan, task), durable });
    return { task: opened, plan, close: () => log.close() };
  } catch (error) {
    await log.abort();
    throw error;
  }
};

/** A running gate process. */
export interface GateProcess {
  readonly process: SimProcess;
  /** State of each worker, and the code of its last error. */
  workers(): readonly { readonly task: number; readonly state: string; readonly error: string | null }[];
  /** Ends in order, as on SIGTERM. */
  stop(): Promise<void>;
}

/** Starts a process: the product's tasks, workers and log over the model (as `runtime/service/service.ts` wires them). */
export const startGate = (options: GateOptions): GateProcess => {
  const { engine, process, wiring, group } = options;
  const plainClient = createModelClient(options);
  const client = wiring.client?.(plainClient, options) ?? plainClient;
  const shared = client.cluster(SETTINGS);
  const workers = new Map<number, Worker>();
  const errors = new Map<number, string>();
  let isStopping = false;
  const loggerOf = (task: number): Logger => ({
    log: (code, fields) => void (code === 'step-failed' && errors.set(task, String(Reflect.get(fields, 'error')))),
  });
  const start = (number: number): void => {
    const worker = startWorker({
      number,
      open: () => openGateTask(options, client, shared, number),
      confirmed: () => (wiring.confirmed ?? ((confirmed) => confirmed()))(membership.confirmed),
      clock: { nowMs: engine.nowMs },
      logger: loggerOf(number),
      requestFor: ({ digest }) => ({ plan: digest, alignMs: 1, atMs: 0 }),
      onClosed: () => {},
      onHalted: () => {},
      onFatal: options.onFatal,
    });
    workers.set(number, worker);
  };
  const membership = joinModelGroup(engine, group, process, (assigned) => {
    if (isStopping) return;
    for (const [number, worker] of [...workers])
      if (!assigned.includes(number)) {
        workers.delete(number);
        void worker.stop(false);
      }
    for (const task of assigned) if (!workers.has(task)) start(task);
  });
  return {
    process,
    workers: () =>
      [...workers.values()].map((worker) => ({ task: worker.number, state: worker.state(), error: errors.get(worker.number) ?? null })),
    async stop() {
      isStopping = true;
      await Promise.all([...workers.values()].map((worker) => worker.stop(true)));
      membership.leave();
    },
  };
};
