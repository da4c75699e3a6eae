import { type HeldRecord, type Log, type SourcePartition, TransportError } from '../../../model/log.ts';
import { KAFKAJS, type KafkaClient } from './client.ts';
import type { InternalCluster } from './internals.ts';
import { messagesOf, type ViewTopic } from './messages.ts';
import type { SchemaNames } from './names.ts';
import { openReader, type Reader, type TopicPartition } from './reader.ts';
import type { KafkaSettings, OwnTopics } from './settings.ts';
import { readSources } from './sources.ts';
import { lastValue, readToEnd } from './whole.ts';
import { openWriter, type Writer } from './writer.ts';

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
