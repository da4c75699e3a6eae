import type { Message, Producer, RecordMetadata, Transaction } from 'kafkajs';
import { TransportError } from '../../../model/log.ts';
import { kafkaOf, METADATA_MAX_AGE_MS, RETRY } from './client.ts';
import { transportErrorOf } from './errors.ts';
import type { InternalCluster } from './internals.ts';
import type { KafkaSettings } from './settings.ts';

/** A record to write; the partition is always told, for a retry would move a keyless record elsewhere (H15). */
export interface OutMessage {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly timestampMs: number;
}

export interface WriterOptions {
  readonly settings: KafkaSettings;
  readonly transactionalId: string;
  /** Connections that tell who leads; whoever opened them closes them. */
  readonly metadata: InternalCluster;
  /** Every topic that is ever written. */
  readonly topics: readonly string[];
  readonly transactionTimeoutMs: number;
  /** Records after which a new producer is due: sequence numbers of kafkajs wrap wrongly at 2^31 (H14). */
  readonly renewAfter?: number;
}

/**
 * One transactional producer. Opening it fences every earlier one of the same id. After any error it is of no use: only the
 * ledger, read by a new owner, knows what became of the transaction (H4).
 */
export interface Writer {
  /** Writes everything in one transaction; gives the offset behind the last record by `topic:partition`. */
  write(messages: readonly OutMessage[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

const RENEW_AFTER = 1e9;
/** Messages and bytes of one send: grouping them is quadratic in kafkajs, and a broker takes batches of 1 MiB. */
const SEND_MESSAGES = 500;
const SEND_BYTES = 800_000;

const nameOf = (topic: string, partition: number): string => `${topic}:${partition}`;

/** Cuts the messages of one leader into sends that no broker refuses as too large. */
const sendsOf = (messages: readonly OutMessage[]): OutMessage[][] => {
  const sends: OutMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.value.length + (message.key?.length ?? 0) + 64;
    if (sends.length === 0 || bytes + size > SEND_BYTES || sends[sends.length - 1].length >= SEND_MESSAGES) {
      sends.push([]);
      bytes = 0;
    }
    sends[sends.length - 1].push(message);
    bytes += size;
  }
  return sends;
};

/** Groups messages by leader, so that one send never spans brokers: kafkajs loses records when a leader moves then (H1). */
const byLeader = (messages: readonly OutMessage[], leaderOf: (topic: string, partition: number) => string): OutMessage[][] => {
  const groups = new Map<string, OutMessage[]>();
  for (const message of messages) {
    const leader = leaderOf(message.topic, message.partition);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [message]);
    else group.push(message);
  }
  return [...groups.values()];
};

/** Every partition that was sent to must be acknowledged exactly once, with an offset; else records are lost (H1). */
export const checkAcknowledged = (sent: readonly OutMessage[], told: readonly RecordMetadata[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { topic, partition } of sent) counts.set(nameOf(topic, partition), (counts.get(nameOf(topic, partition)) ?? 0) + 1);
  const ends = new Map<string, number>();
  for (const { topicName, partition, errorCode, baseOffset } of told) {
    const name = nameOf(topicName, partition);
    const count = counts.get(name);
    const base = Number(baseOffset ?? -1);
    if (count === undefined || ends.has(name) || errorCode !== 0 || !(base >= 0))
      throw new TransportError('unreachable', 'a send was acknowledged otherwise than it was sent', true);
    ends.set(name, base + count);
  }
  if (ends.size !== counts.size) throw new TransportError('unreachable', 'a send was not acknowledged by every partition', true);
  return ends;
};

const topicMessages = (messages: readonly OutMessage[]): { topic: string; messages: Message[] }[] => {
  const topics = new Map<string, Message[]>();
  for (const { topic, partition, key, value, timestampMs } of messages) {
    const own = topics.get(topic) ?? [];
    own.push({ partition, key, value, timestamp: String(timestampMs) });
    topics.set(topic, own);
  }
  return [...topics].map(([topic, own]) => ({ topic, messages: own }));
};

/** `connect` alone does not fence in kafkajs: an empty transaction does, and settles what an earlier owner left open. */
const fence = async (producer: Producer): Promise<void> => {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
};

const producerOf = ({ settings, transactionalId, transactionTimeoutMs }: WriterOptions): Producer =>
  kafkaOf(settings).producer({
    transactionalId,
    transactionTimeout: transactionTimeoutMs,
    idempotent: true,
    maxInFlightRequests: 1,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });

/** Sends everything within a transaction; gives the offset behind the last record by `topic:partition`. */
const sendAll = async (
  transaction: Transaction,
  metadata: InternalCluster,
  messages: readonly OutMessage[],
): Promise<ReadonlyMap<string, number>> => {
  const ends = new Map<string, number>();
  await metadata.refreshMetadataIfNecessary();
  const leaderOf = (topic: string, partition: number): string => Object.keys(metadata.findLeaderForPartitions(topic, [partition]))[0] ?? '';
  for (const group of byLeader(messages, leaderOf)) {
    // One send at a time: sends of one idempotent producer must not cross (H16).
    for (const part of sendsOf(group)) {
      const told = await transaction.sendBatch({ topicMessages: topicMessages(part), acks: -1 });
      for (const [name, end] of checkAcknowledged(part, told)) ends.set(name, end);
    }
  }
  return ends;
};

export const openWriter = async (options: WriterOptions): Promise<Writer> => {
  const { metadata, topics, renewAfter = RENEW_AFTER } = options;
  const producer = producerOf(options);
  const close = (): Promise<void> => producer.disconnect().catch(() => {});
  let written = 0;
  let isUsable = true;
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
      if (!isUsable) throw new TransportError('closed', 'a producer that failed before', false);
      written += messages.length;
      isUsable = written <= renewAfter;
      if (!isUsable) throw new TransportError('closed', 'a producer is due for renewal', true);
      let transaction: Transaction | null = null;
      try {
        transaction = await producer.transaction();
        const ends = await sendAll(transaction, metadata, messages);
        const open = transaction;
        transaction = null;
        await open.commit();
        return ends;
      } catch (error) {
        isUsable = false;
        // Readers wait for what is open; when this fails too, the time-out or the next owner ends it.
        await transaction?.abort().catch(() => {});
        await close();
        throw transportErrorOf(error);
      }
    },
    close,
  };
};
