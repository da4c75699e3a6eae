import kafkajs from 'kafkajs';
import { kafkaOf, METADATA_MAX_AGE_MS, RETRY } from './client.ts';
import { transportErrorOf } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

/** A record as gateways publish it: the key chooses the partition. */
export interface Publication {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Publishes as a gateway does, for simulated fleets: idempotent, in batches, without transactions. */
export interface Publisher {
  publish(records: readonly Publication[]): Promise<void>;
  close(): Promise<void>;
}

export const openPublisher = async (settings: KafkaSettings, compression: 'none' | 'gzip'): Promise<Publisher> => {
  const producer = kafkaOf(settings).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  try {
    await producer.connect();
  } catch (error) {
    throw transportErrorOf(error);
  }
  return {
    async publish(records) {
      const topics = new Map<string, { key: string | null; value: Buffer | null; headers: Record<string, string> }[]>();
      for (const { topic, key, value, headers } of records) {
        const own = topics.get(topic) ?? [];
        own.push({ key, value, headers: { ...headers } });
        topics.set(topic, own);
      }
      try {
        await producer.sendBatch({
          acks: -1,
          compression: compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
          topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })),
        });
      } catch (error) {
        throw transportErrorOf(error);
      }
    },
    close: () => producer.disconnect().catch(() => {}),
  };
};
