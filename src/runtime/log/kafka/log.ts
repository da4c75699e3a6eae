import { type HeldRecord, type Log, type SourcePartition, type Transaction, TransportError, type ViewOutput } from '../../../model/log.ts';
import { KAFKAJS, type KafkaClient } from './client.ts';
import type { InternalCluster } from './internals.ts';
import type { SchemaNames } from './names.ts';
import { openReader, type Reader, type TopicPartition } from './reader.ts';
import type { OutMessage } from './sends.ts';
import type { KafkaSettings, OwnTopics } from './settings.ts';
import { readSources } from './sources.ts';
import { lastValue, readToEnd } from './whole.ts';
import { openWriter, type Writer } from './writer.ts';

/** Where the records of a view go. */
export interface ViewTopic {
  readonly view: string;
  /** Confluent schema id of its output schema. */
  readonly schemaId: number;
  /** That of the schema of what leaves of subjects who authorised a period; absent: nothing of it can be written. */
  readonly authorisedSchemaId?: number;
  readonly partitions: number;
}

export interface KafkaLogOptions {
  readonly settings: KafkaSettings;
  /**
   * Connections for metadata and for our own small topics, which tasks of one process share: a log-in costs more than what is
   * read. Sources are read, and everything is written, over connections of the task's own.
   */
  readonly shared: InternalCluster;
  readonly topics: OwnTopics;
  readonly task: number;
  readonly transactionalId: string;
  /** The source partitions of the task, in an order that never changes. */
  readonly sources: readonly TopicPartition[];
  readonly views: readonly ViewTopic[];
  /** What schemas the records of the sources name. */
  readonly schemas: SchemaNames;
  /** Whether an empty ledger is the beginning; otherwise it is a ledger that was lost, and nothing may start. */
  readonly initialise: boolean;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly transactionTimeoutMs: number;
  /** Of everything written; none unless told. */
  readonly compression?: 'none' | 'gzip';
  /** Our clock, for the timestamps of our own topics. */
  readonly nowMs: () => number;
  /** kafkajs unless told. */
  readonly client?: KafkaClient;
}

const PREFIX_BYTES = 5;
/** Ledger keys are 16 bytes: one record a task is all that compaction keeps. */
const ledgerKey = (task: number): Buffer => Buffer.from(`task-${String(task).padStart(11, '0')}`);

/** The Confluent wire format: a zero byte, the schema id, the datum. */
const framed = (schemaId: number, datum: Uint8Array): Buffer => {
  const value = Buffer.alloc(PREFIX_BYTES + datum.length);
  value.writeInt32BE(schemaId, 1);
  value.set(datum, PREFIX_BYTES);
  return value;
};

/** Topic and schema of an output: whoever reads one of them has no business in the others. */
const targetOf = ({ view, period, isAuthorised }: ViewOutput, of: ViewTopic, topics: OwnTopics): readonly [string, number] => {
  if (!isAuthorised) return [period === null ? topics.view(view) : topics.period(view, period), of.schemaId];
  if (period === null || of.authorisedSchemaId === undefined)
    throw new TransportError('misconfigured', 'no topic and schema for what subjects authorised', false);
  return [topics.authorised(view, period), of.authorisedSchemaId];
};

/** What a step writes, as records. A batch leaves in its own shuffled order, so that its partitions say nothing either. */
const messagesOf = (transaction: Transaction, { topics, task, views, nowMs }: KafkaLogOptions): OutMessage[] => {
  const released = transaction.outputs.flatMap((output) => {
    const { view, windowEndMs, avro } = output;
    const of = views.find((one) => one.view === view) as ViewTopic;
    const [topic, schemaId] = targetOf(output, of, topics);
    return avro.map((datum, i) => ({
      topic,
      partition: i % of.partitions,
      key: null,
      value: framed(schemaId, datum),
      timestampMs: windowEndMs,
    }));
  });
  const own = (topic: string, value: Uint8Array | string, key: Buffer | null = null): OutMessage => ({
    topic,
    partition: task,
    key,
    value: typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value.buffer, value.byteOffset, value.length),
    timestampMs: nowMs(),
  });
  return [
    ...released,
    ...transaction.quarantine.map((line) => own(topics.quarantine, line)),
    ...transaction.lineage.map((line) => own(topics.lineage, line)),
    ...transaction.audit.map((line) => own(topics.audit, line)),
    ...transaction.held.map((bytes) => own(topics.held, bytes)),
    ...(transaction.ledger === null ? [] : [own(topics.ledger, transaction.ledger, ledgerKey(task))]),
  ];
};

const closed = (): TransportError => new TransportError('closed', 'a log that was not opened, or was closed', false);

/** The producer of a task: opening it fences whoever had the task before. */
const writerOf = (options: KafkaLogOptions): Promise<Writer> => {
  const { settings, shared, topics, views, transactionalId, transactionTimeoutMs, compression = 'none', client = KAFKAJS } = options;
  const written = [...views.map(({ view }) => topics.view(view)), topics.quarantine, topics.lineage, topics.audit];
  return openWriter({
    settings,
    metadata: shared,
    transactionalId,
    topics: [...written, topics.held, topics.ledger],
    transactionTimeoutMs,
    compression,
    client,
  });
};

const lastEntry = async ({ shared, topics, task, initialise }: KafkaLogOptions): Promise<Uint8Array | null> => {
  const last = await lastValue(shared, { topic: topics.ledger, partition: task });
  if (last === null && !initialise)
    throw new TransportError('misconfigured', 'the ledger of a task is empty: a first start has to say so', false);
  return last;
};

/** Kafka as the log of one task (kafka.md, task contract). */
export const openKafkaLog = (options: KafkaLogOptions): Log => {
  const { settings, shared, topics, task, sources, schemas, maxWaitMs, maxBytes, client = KAFKAJS } = options;
  let writer: Writer | null = null;
  let reader: Reader | null = null;
  let heldNext = 0;
  const partitions: SourcePartition[] = sources.map((of, source) => ({ source, ...of }));
  const reading = (): Reader => {
    if (reader === null) throw closed();
    return reader;
  };
  const release = async (): Promise<void> => {
    const open = [writer?.close(), reader?.close()];
    writer = null;
    reader = null;
    await Promise.all(open);
  };
  return {
    isDurable: true,
    isFinite: false,
    async recover() {
      writer = await writerOf(options);
      // Only now: an owner that is not fenced yet could still write behind what we read.
      const entry = await lastEntry(options);
      const own = {
        connection: settings,
        client,
        partitions: sources,
        isolation: 1,
        maxWaitMs,
        maxBytes,
        needsAppendTime: true,
        keepsPacked: true,
      } as const;
      reader = await openReader(own);
      for (const index of sources.keys()) reader.seek(index, await reader.earliest(index));
      return entry;
    },
    async *held(from): AsyncGenerator<HeldRecord> {
      const own = readToEnd(shared, { topic: topics.held, partition: task }, from);
      for await (const { offset, value } of own) if (value !== null) yield { offset, bytes: value };
    },
    sources: async () => partitions,
    ...readSources(reading, sources, schemas),
    async append(transaction) {
      if (writer === null) throw closed();
      const ends = await writer.write(messagesOf(transaction, options));
      heldNext = ends.get(`${topics.held}:${task}`) ?? heldNext;
      return { heldNext };
    },
    close: release,
    abort: release,
  };
};
