import kafkajs, { type Producer, type ProducerConfig, type Transaction } from 'kafkajs';
import { invariant } from '../../../model/invariant.ts';
import { TransportError } from '../../../model/log.ts';
import { KAFKAJS, type KafkaClient, METADATA_MAX_AGE_MS, RETRY } from './client.ts';
import { transportErrorOf } from './errors.ts';
import type { InternalCluster } from './internals.ts';
import { leadersOf } from './leaders.ts';
import { createOneLeader, type OneLeader } from './one-leader.ts';
import { checkAcknowledged, type OutMessage, planSends, topicMessages } from './sends.ts';
import type { KafkaSettings } from './settings.ts';

export interface WriterOptions {
  readonly settings: KafkaSettings;
  readonly transactionalId: string;
  /** Connections that tell who leads; whoever opened them closes them. */
  readonly metadata: InternalCluster;
  /** Every topic that is ever written, but for those of combined-use periods. */
  readonly topics: readonly string[];
  readonly transactionTimeoutMs: number;
  /** Records after which a new producer is due: sequence numbers of kafkajs wrap wrongly at 2^31 (H14). */
  readonly renewAfter?: number;
  /** None unless told: the size of what is compressed tells of what is in it. */
  readonly compression?: 'none' | 'gzip';
  readonly client?: KafkaClient;
}

/**
 * One transactional producer. Opening it fences every earlier one of the same id. After any error it is of no use: only the
 * ledger, read by a new owner, knows what became of the transaction (H4).
 */
export interface Writer {
  /** Writes everything in one transaction; gives the offset behind the last record by `topic:partition`. One at a time. */
  write(messages: readonly OutMessage[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

const RENEW_AFTER = 1e9;

/** `retry` is told here as well, as a client's own setting is cut (H4); one request in flight keeps sequences in order (H16). */
export const producerConfig = (
  { transactionalId, transactionTimeoutMs }: WriterOptions,
  { createPartitioner }: OneLeader,
): ProducerConfig => ({
  transactionalId,
  transactionTimeout: transactionTimeoutMs,
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner,
  metadataMaxAge: METADATA_MAX_AGE_MS,
  allowAutoTopicCreation: false,
  retry: RETRY,
});

const producerOf = (options: WriterOptions, oneLeader: OneLeader): Producer =>
  (options.client ?? KAFKAJS).producer(options.settings, producerConfig(options, oneLeader));

/** `connect` alone does not fence in kafkajs: an empty transaction does, and settles what an earlier owner left open. */
const fence = async (producer: Producer): Promise<void> => {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
};

/** Sends everything within a transaction; gives the offset behind the last record by `topic:partition`. */
const sendAll = async (
  transaction: Transaction,
  { metadata, topics, compression = 'none' }: WriterOptions,
  oneLeader: OneLeader,
  messages: readonly OutMessage[],
): Promise<ReadonlyMap<string, number>> => {
  const ends = new Map<string, number>();
  // Topics of combined-use periods come and go; one that is not there ends the transaction.
  await metadata.addMultipleTargetTopics([...new Set(messages.map(({ topic }) => topic))]);
  await metadata.refreshMetadataIfNecessary();
  const codec = compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
  for (const send of planSends(messages, leadersOf(metadata))) {
    oneLeader.begin();
    // One at a time: sends of one idempotent producer must not cross (H16).
    const told = await transaction.sendBatch({ topicMessages: topicMessages(send), acks: -1, compression: codec });
    for (const [name, end] of checkAcknowledged(send, told)) ends.set(name, end);
  }
  for (const { topic } of messages) if (!topics.includes(topic)) metadata.targetTopics?.delete(topic);
  return ends;
};

/** All or nothing. Readers wait for what is open: an error aborts it; when that fails too, the time-out or the next owner ends it. */
const commitAll = async (producer: Producer, options: WriterOptions, oneLeader: OneLeader, messages: readonly OutMessage[]) => {
  const transaction = await producer.transaction();
  let ends: ReadonlyMap<string, number>;
  try {
    ends = await sendAll(transaction, options, oneLeader, messages);
  } catch (error) {
    await transaction.abort().catch(() => {});
    throw error;
  }
  // Nothing to abort behind this: nobody knows what a commit that failed has done.
  await transaction.commit();
  return ends;
};

export const openWriter = async (options: WriterOptions, createProducer = producerOf): Promise<Writer> => {
  const { metadata, topics, renewAfter = RENEW_AFTER } = options;
  const oneLeader = createOneLeader();
  const producer = createProducer(options, oneLeader);
  const close = (): Promise<void> => producer.disconnect().catch(() => {});
  let written = 0;
  let state: 'ready' | 'writing' | 'ended' = 'ready';
  try {
    await metadata.connect();
    await metadata.addMultipleTargetTopics([...topics]);
    await fence(producer);
  } catch (error) {
    await close();
    throw transportErrorOf(error);
  }
  return {
    async write(messages) {
      if (state === 'ended') throw new TransportError('closed', 'a producer that was closed, or failed before', false);
      invariant(state === 'ready', 'one transaction at a time');
      state = 'writing';
      try {
        written += messages.length;
        if (written > renewAfter) throw new TransportError('closed', 'a producer is due for renewal', true);
        const ends = await commitAll(producer, options, oneLeader, messages);
        if (state === 'writing') state = 'ready';
        return ends;
      } catch (error) {
        state = 'ended';
        await close();
        throw transportErrorOf(error);
      }
    },
    async close() {
      state = 'ended';
      await close();
    },
  };
};
