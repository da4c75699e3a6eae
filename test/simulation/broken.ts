import type { Transaction as KafkaTransaction, Producer, ProducerConfig, RecordMetadata } from 'kafkajs';
import type { Log, Transaction } from '../../src/model/log.ts';
import { decodeLedger, encodeLedger, type LedgerEntry } from '../../src/record/ledger.ts';
import type { InternalCluster } from '../../src/runtime/log/kafka/internals.ts';
import { nameOf } from './broker/broker.ts';
import type { Faults } from './faults.ts';
import { TOPICS, type Wiring } from './process.ts';

/**
 * Runtimes that break one rule each (kafka.md, "power before volume"): the product as it is, wired otherwise in one place.
 * Each must be caught by the simulation, else it could not tell that the product keeps the rule.
 */

/** Connects and fences only when the first step is written: the ledger was read before. */
const lateInit = (producer: Producer): Producer => {
  const nothing = { abort: async () => {} } as unknown as KafkaTransaction;
  let opened = 0;
  const open = async (): Promise<KafkaTransaction> => {
    if (opened++ === 0) return nothing;
    if (opened === 2) {
      await producer.connect();
      await (await producer.transaction()).abort();
    }
    return producer.transaction();
  };
  return { ...producer, connect: async () => {}, transaction: open };
};

/** Asks for the last stable offset where the high watermark is asked for. */
const stableEnds = (cluster: InternalCluster): InternalCluster => ({
  ...cluster,
  async findBroker(of) {
    const broker = await cluster.findBroker(of);
    return { ...broker, listOffsets: (asked) => broker.listOffsets({ ...asked, isolationLevel: 1 }) };
  },
});

const entryOf = (bytes: Uint8Array): LedgerEntry => {
  const read = decodeLedger(bytes);
  if (!read.ok) throw new Error(read.error);
  return read.value;
};

const withPositions = (
  bytes: Uint8Array,
  change: (at: LedgerEntry['positions'][number]) => LedgerEntry['positions'][number],
): Uint8Array => {
  const entry = entryOf(bytes);
  return encodeLedger({ ...entry, positions: entry.positions.map(change) });
};

/** Group offsets by `topic:partition`, committed after each step and outside of its transaction. */
const groupOffsets: NonNullable<Wiring['log']> = (log, _, { engine, broker, process }) => {
  const offsets = broker.groupOffsets;
  return {
    ...log,
    async recover() {
      const bytes = await log.recover();
      return bytes && withPositions(bytes, (at) => ({ ...at, next: offsets.get(nameOf(at.topic, at.partition)) ?? 0 }));
    },
    async append(transaction) {
      const appended = await log.append(transaction);
      const { positions } = entryOf(transaction.ledger as Uint8Array);
      const effect = () => {
        for (const { topic, partition, next } of positions) offsets.set(nameOf(topic, partition), next);
      };
      await engine.call({ process, kind: 'offset-commit', effect });
      return appended;
    },
  };
};

/** Lets a send span brokers. */
const spanning = ({ createPartitioner: _, ...config }: ProducerConfig): ProducerConfig => config;

/** Takes what was sent for acknowledged. */
const trusting = (producer: Producer): Producer => ({
  ...producer,
  async transaction() {
    const transaction = await producer.transaction();
    return {
      ...transaction,
      async sendBatch(batch) {
        const told = await transaction.sendBatch(batch);
        const known = new Set(told.map(({ topicName, partition }) => nameOf(topicName, partition)));
        const sent = (batch.topicMessages ?? []).flatMap(({ topic, messages }) => messages.map(({ partition }) => ({ topic, partition: partition as number }))); // biome-ignore format: a line
        const missing = new Map(sent.map((one) => [nameOf(one.topic, one.partition), one]));
        for (const name of known) missing.delete(name);
        const made = [...missing.values()].map(({ topic, partition }): RecordMetadata => ({ topicName: topic, partition, errorCode: 0, baseOffset: '0' })); // biome-ignore format: a line
        return [...told, ...made];
      },
    };
  },
});

const together = (a: Transaction, b: Transaction): Transaction => ({
  outputs: [...a.outputs, ...b.outputs],
  quarantine: [...a.quarantine, ...b.quarantine],
  lineage: [...a.lineage, ...b.lineage],
  audit: [...a.audit, ...b.audit],
  held: [...a.held, ...b.held],
  ledger: b.ledger,
});

/** Decides and completes in one transaction: what is seen of an aborted one may be decided otherwise by the next owner. */
const undecided: NonNullable<Wiring['log']> = (log) => {
  let waiting: Transaction | null = null;
  let heldNext = 0;
  return {
    ...log,
    async append(transaction) {
      const whole: Transaction = waiting === null ? transaction : together(waiting, transaction);
      const isDeciding = entryOf(transaction.ledger as Uint8Array).decided.length > 0;
      waiting = isDeciding ? whole : null;
      if (!isDeciding) ({ heldNext } = await log.append(whole));
      return { heldNext };
    },
  };
};

/** Writes clocks as the records told them: where a barrier stood is forgotten. */
const forgetful: NonNullable<Wiring['log']> = (log): Log => {
  const clocks = new Map<string, number>();
  const note = (name: string, ms: number | null): void => void (ms !== null && clocks.set(name, Math.max(ms, clocks.get(name) ?? ms)));
  return {
    ...log,
    async recover() {
      const bytes = await log.recover();
      if (bytes !== null) for (const { topic, partition, clock } of entryOf(bytes).positions) note(nameOf(topic, partition), clock);
      return bytes;
    },
    async fetch() {
      const batches = await log.fetch();
      for (const { topic, partition, appendMs } of batches) note(nameOf(topic, partition), Math.max(...appendMs));
      return batches;
    },
    append: (transaction) =>
      log.append({
        ...transaction,
        ledger: withPositions(transaction.ledger as Uint8Array, (at) => ({ ...at, clock: clocks.get(nameOf(at.topic, at.partition)) ?? null })), // biome-ignore format: a line
      }),
  };
};

/** A broken runtime, and the faults that show it soonest: a commit is checked with these, the search uses any. */
export interface Broken {
  readonly wiring: Wiring;
  readonly faults: Partial<Faults>;
}

const ZOMBIES = { pause: 0.01, cut: 0.01, kill: 0.005 };

export const BROKEN: readonly Broken[] = [
  {
    wiring: {
      name: 'init after the ledger read',
      client: (client) => ({ ...client, producer: (...of) => lateInit(client.producer(...of)) }),
    },
    faults: ZOMBIES,
  },
  {
    wiring: {
      name: 'LSO for high watermark',
      client: (client) => ({ ...client, cluster: (settings) => stableEnds(client.cluster(settings)) }),
    },
    faults: { stray: 0.01, kill: 0.01 },
  },
  {
    wiring: {
      name: 'shared ledger',
      cluster: ({ partitions }) => void partitions.set(nameOf(TOPICS.ledger, 1), partitions.get(nameOf(TOPICS.ledger, 0))!),
    },
    faults: ZOMBIES,
  },
  { wiring: { name: 're-init when unassigned', confirmed: async () => {} }, faults: ZOMBIES },
  { wiring: { name: 'group offset as truth', log: groupOffsets }, faults: { ...ZOMBIES, deaf: 0.03 } },
  {
    wiring: {
      name: 'unchecked metadata',
      client: (client) => ({ ...client, producer: (settings, config) => trusting(client.producer(settings, spanning(config))) }),
    },
    faults: { move: 0.1, lost: 0.02 },
  },
  { wiring: { name: 'output before `decided`', log: undecided }, faults: { lag: 0.02, lost: 0.06, kill: 0.02 } },
  { wiring: { name: 'barrier outside the transaction', log: forgetful }, faults: { lag: 0.02, kill: 0.02 } },
];
