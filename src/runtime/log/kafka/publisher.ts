import kafkajs, { type Producer } from 'kafkajs';
import { TransportError } from '../../../model/log.ts';
import { clusterOf, kafkaOf, METADATA_MAX_AGE_MS, RETRY } from './client.ts';
import { transportErrorOf } from './errors.ts';
import type { InternalCluster } from './internals.ts';
import { leadersOf } from './leaders.ts';
import { checkAcknowledged, type OutMessage, planSends, topicMessages } from './sends.ts';
import type { KafkaSettings } from './settings.ts';

/** A record as gateways publish it: the key chooses the partition. */
export interface Publication {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Publishes as a gateway does, for simulated fleets: idempotent, in batches, without transactions. What `publish` has settled
 * is written; after an error nobody knows, and the publisher is of no use: a producer whose send failed counts wrongly.
 */
export interface Publisher {
  publish(records: readonly Publication[]): Promise<void>;
  close(): Promise<void>;
}

/** What a publisher works with: a producer, and connections that tell who leads. */
interface Means {
  readonly producer: Producer;
  readonly metadata: InternalCluster;
}

const meansOf = (settings: KafkaSettings): Means => ({
  producer: kafkaOf(settings).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  }),
  metadata: clusterOf(settings),
});

/** Every record with its partition: by its key as Java clients have it (murmur2), without one in turn. */
const placed = (
  records: readonly Publication[],
  metadata: InternalCluster,
  choose: ReturnType<typeof kafkajs.Partitioners.DefaultPartitioner>,
): OutMessage[] => {
  const timestampMs = Date.now();
  return records.map(({ topic, key, value, headers }) => {
    const partitionMetadata = metadata.findTopicPartitionMetadata(topic);
    if (partitionMetadata.length === 0) throw new TransportError('misconfigured', 'a topic that does not exist', false);
    const partition = choose({ topic, partitionMetadata: [...partitionMetadata], message: { key, value } });
    return { topic, partition, key: key === null ? null : Buffer.from(key), value, headers, timestampMs };
  });
};

export const openPublisher = async (
  settings: KafkaSettings,
  compression: 'none' | 'gzip',
  { producer, metadata }: Means = meansOf(settings),
): Promise<Publisher> => {
  const codec = compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  const topics = new Set<string>();
  let isOpen = true;
  const close = async (): Promise<void> => {
    isOpen = false;
    await Promise.all([producer.disconnect().catch(() => {}), metadata.disconnect().catch(() => {})]);
  };
  /** One send a leader: kafkajs loses records of a send that spans brokers when a leader moves (H1). */
  const send = async (records: readonly Publication[]): Promise<void> => {
    const fresh = records.map(({ topic }) => topic).filter((topic) => !topics.has(topic));
    if (fresh.length > 0) await metadata.addMultipleTargetTopics([...new Set(fresh)]);
    for (const topic of fresh) topics.add(topic);
    await metadata.refreshMetadataIfNecessary();
    for (const part of planSends(placed(records, metadata, choose), leadersOf(metadata))) {
      const told = await producer.sendBatch({ acks: -1, compression: codec, topicMessages: topicMessages(part) });
      checkAcknowledged(part, told);
    }
  };
  try {
    await metadata.connect();
    await producer.connect();
  } catch (error) {
    await close();
    throw transportErrorOf(error);
  }
  return {
    async publish(records) {
      if (!isOpen) throw new TransportError('closed', 'a publisher that was closed, or failed before', false);
      try {
        await send(records);
      } catch (error) {
        await close();
        throw transportErrorOf(error);
      }
    },
    close,
  };
};
