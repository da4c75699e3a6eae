import type { IHeaders, Message, RecordMetadata } from 'kafkajs';
import { TransportError } from '../../../model/log.ts';

/** A record to write; the partition is always told, for a retry would move a keyless record elsewhere (H15). */
export interface OutMessage {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampMs: number;
  /** None unless told: what we release has no headers. */
  readonly headers?: Readonly<Record<string, string | Buffer | readonly Buffer[]>>;
}

/** One partition's share of a send: kafkajs groups records in quadratic time, and a broker takes batches of 1 MiB. */
const BATCH_RECORDS = 500;
const BATCH_BYTES = 900_000;
/** All of a send: brokers refuse requests of 100 MiB, and whoever waits for so much waits long. */
const SEND_BYTES = 8 << 20;
/** Upper bound of what a batch adds to key and value of a record, with its share of the batch's own head. */
const RECORD_BYTES = 96;

const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string => `${topic}:${partition}`;

const headerBytes = (name: string, value: string | Buffer | readonly Buffer[]): number =>
  typeof value === 'string' || Buffer.isBuffer(value)
    ? 2 * (name.length + value.length) + 10
    : value.reduce((sum, one) => sum + headerBytes(name, one), 0);

const sizeOf = ({ key, value, headers = {} }: OutMessage): number =>
  (value?.length ?? 0) + (key?.length ?? 0) + Object.entries(headers).reduce((sum, [name, value]) => sum + headerBytes(name, value), RECORD_BYTES); // biome-ignore format: a sum

/** Groups messages by leader, so that no send spans brokers: kafkajs loses records when a leader moves during such a one (H1). */
const byLeader = (messages: readonly OutMessage[], leaderOf: (topic: string, partition: number) => string): OutMessage[][] => {
  const leaders = new Map<string, string>();
  const groups = new Map<string, OutMessage[]>();
  for (const message of messages) {
    const name = nameOf(message);
    const leader = leaders.get(name) ?? leaderOf(message.topic, message.partition);
    leaders.set(name, leader);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [message]);
    else group.push(message);
  }
  return [...groups.values()];
};

/** Cuts the messages of one leader, in order, into sends none of whose batches a broker refuses as too large. */
const cut = (messages: readonly OutMessage[]): OutMessage[][] => {
  const sends: OutMessage[][] = [];
  let bytes = 0;
  let batches = new Map<string, { records: number; bytes: number }>();
  for (const message of messages) {
    const name = nameOf(message);
    const size = sizeOf(message);
    const batch = batches.get(name);
    const isFull = batch !== undefined && (batch.records >= BATCH_RECORDS || batch.bytes + size > BATCH_BYTES);
    if (sends.length === 0 || isFull || bytes + size > SEND_BYTES) {
      sends.push([]);
      bytes = 0;
      batches = new Map();
    }
    const own = batches.get(name) ?? { records: 0, bytes: 0 };
    batches.set(name, { records: own.records + 1, bytes: own.bytes + size });
    bytes += size;
    sends[sends.length - 1].push(message);
  }
  return sends;
};

/** The sends of one step, to be made one after another (H16): each goes to one leader, and each partition keeps its order. */
export const planSends = (messages: readonly OutMessage[], leaderOf: (topic: string, partition: number) => string): OutMessage[][] =>
  byLeader(messages, leaderOf).flatMap(cut);

/** The records of a send as kafkajs wants them, by topic. */
export const topicMessages = (messages: readonly OutMessage[]): { topic: string; messages: Message[] }[] => {
  const topics = new Map<string, Message[]>();
  for (const { topic, partition, key, value, timestampMs, headers } of messages) {
    const own = topics.get(topic) ?? [];
    own.push({
      partition,
      key,
      value,
      timestamp: String(timestampMs),
      ...(headers === undefined ? {} : { headers: { ...headers } as IHeaders }),
    });
    topics.set(topic, own);
  }
  return [...topics].map(([topic, own]) => ({ topic, messages: own }));
};

/** Every partition that was sent to must be acknowledged exactly once, with an offset; else records are lost (H1). */
export const checkAcknowledged = (sent: readonly OutMessage[], told: readonly RecordMetadata[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const message of sent) counts.set(nameOf(message), (counts.get(nameOf(message)) ?? 0) + 1);
  const ends = new Map<string, number>();
  for (const { topicName, partition, errorCode, baseOffset } of told) {
    const name = nameOf({ topic: topicName, partition });
    const count = counts.get(name);
    const base = Number(baseOffset ?? -1);
    if (count === undefined || ends.has(name) || errorCode !== 0 || !(base >= 0))
      throw new TransportError('unreachable', 'a send was acknowledged otherwise than it was sent', true);
    ends.set(name, base + count);
  }
  if (ends.size !== counts.size) throw new TransportError('unreachable', 'a send was not acknowledged by every partition', true);
  return ends;
};
