import { createRequire } from 'node:module';
import type { PartitionMetadata } from 'kafkajs';
import { mendKafkajs } from './mends.ts';

/** Parts of kafkajs 2.2.4 that it does not export: pinned by the version check in client.ts. Reading needs them (kafka.md). */
export interface InternalRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  encode(): Promise<InternalEncoder>;
}

export interface InternalEncoder {
  writeBuffer(bytes: Buffer): InternalEncoder;
}

export interface InternalBroker {
  /** Throws what the broker refuses with. `isolationLevel` 0: the high watermark; 1: the last stable offset. */
  listOffsets(of: {
    readonly isolationLevel: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
  readonly connectionPool: {
    send<T>(of: {
      readonly request: InternalRequest;
      readonly response: { decode(raw: Buffer): Promise<Buffer>; parse(raw: Buffer): Promise<T> };
      readonly requestTimeout?: number;
      readonly logResponseError?: boolean;
    }): Promise<T>;
  };
}

export interface InternalCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  /** Topics whose metadata is asked for: a topic that was deleted in between makes every refresh fail. */
  readonly targetTopics?: Set<string>;
  findBroker(of: { readonly nodeId: string }): Promise<InternalBroker>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  /** Of a topic that is known; empty: it does not exist. */
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  fetchTopicsOffset(
    of: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning: boolean;
    }[],
  ): Promise<{ readonly topic: string; readonly partitions: { readonly partition: number; readonly offset: string }[] }[]>;
}

const load = createRequire(import.meta.url);

export const createCluster = (options: object): InternalCluster => {
  mendKafkajs();
  const Cluster = load('kafkajs/src/cluster/index.js') as new (options: object) => InternalCluster;
  return new Cluster(options);
};

export const createEncoder = (): InternalEncoder => {
  const Encoder = load('kafkajs/src/protocol/encoder.js') as new () => InternalEncoder;
  return new Encoder();
};

export const createSocketFactory = (): object => (load('kafkajs/src/network/socketFactory.js') as () => object)();

/** A logger that says nothing. */
export const createSilentLogger = (level: number): object =>
  (load('kafkajs/src/loggers/index.js') as { createLogger(options: object): object }).createLogger({ level, logCreator: () => () => {} });

export const installedVersion = (): string => (load('kafkajs/package.json') as { readonly version: string }).version;
