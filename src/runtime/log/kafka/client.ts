import kafkajs, { type Kafka, type Producer, type ProducerConfig } from 'kafkajs';
import { invariant } from '../../../model/invariant.ts';
import { createCluster, createSilentLogger, createSocketFactory, type InternalCluster, installedVersion } from './internals.ts';
import { mendKafkajs } from './mends.ts';
import type { KafkaSettings } from './settings.ts';

/** The version whose defects are known (kafka.md, H1 to H16) and whose inner parts are used; another one needs another look. */
const VERSION = '2.2.4';

/** How often and how soon something is tried again. `retries` is explicit: without it a client's own setting cuts it to 5 (H4). */
export const RETRY = { initialRetryTime: 20, retries: 12, maxRetryTime: 2000, multiplier: 2, factor: 0.2 } as const;

/** Age of metadata, so that dead brokers are forgotten in time, ms. */
export const METADATA_MAX_AGE_MS = 5000;

const common = (settings: KafkaSettings) => ({
  brokers: [...settings.brokers],
  clientId: settings.clientId,
  ssl: settings.tls === null ? false : settings.tls.ca === null ? true : { ca: [settings.tls.ca] },
  // A copy: kafkajs writes its own state into it.
  ...(settings.sasl === null ? {} : { sasl: { ...settings.sasl } }),
  connectionTimeout: settings.connectTimeoutMs,
  requestTimeout: settings.requestTimeoutMs,
  enforceRequestTimeout: true,
});

/** Its log lines are dropped whole: they hold names, and texts of brokers. */
const silent = () => () => {};

const assertVersion = (): void => invariant(installedVersion() === VERSION, `kafkajs ${VERSION} is installed, and no other`);

/** A client for producing, administration and membership. */
export const kafkaOf = (settings: KafkaSettings): Kafka => {
  assertVersion();
  mendKafkajs();
  return new kafkajs.Kafka({
    ...common(settings),
    retry: RETRY,
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: silent,
  } as ConstructorParameters<typeof kafkajs.Kafka>[0]);
};

/** Connections and metadata alone, for reading. */
export const clusterOf = (settings: KafkaSettings): InternalCluster => {
  assertVersion();
  return createCluster({
    ...common(settings),
    socketFactory: createSocketFactory(),
    logger: createSilentLogger(kafkajs.logLevel.NOTHING),
    retry: RETRY,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
  });
};

/** How brokers are reached. The simulation has another one, behind which is a model of a cluster (docs/kafka-rules.md). */
export interface KafkaClient {
  cluster(settings: KafkaSettings): InternalCluster;
  producer(settings: KafkaSettings, config: ProducerConfig): Producer;
}

export const KAFKAJS: KafkaClient = {
  cluster: clusterOf,
  producer: (settings, config) => kafkaOf(settings).producer(config),
};
