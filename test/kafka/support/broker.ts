import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import type { Test } from 'tap';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../../tools/kafka/cluster.ts';
import { missing } from '../../../tools/kafka/jars.ts';

/** What tests of a real broker use. */
export interface TestBroker {
  readonly cluster: Cluster;
  readonly admin: Admin;
  readonly producer: Producer;
  /** Settings of the plain-text listener, whose principal may do everything. */
  readonly settings: KafkaSettings;
  /** Settings of a SCRAM user over TLS. */
  as(user: string): KafkaSettings;
}

/** A name that no other test uses. */
export const unique = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 } as const;

/**
 * Starts a broker for a test file and stops it at the end. Without Java the test is skipped, saying so; under REQUIRE_KAFKA
 * that is a failure.
 */
export const withBroker = async (t: Test, options: ClusterOptions, body: (broker: TestBroker) => Promise<void>): Promise<void> => {
  const lacking = missing();
  if (lacking !== null) {
    if (process.env['REQUIRE_KAFKA'] === '1') t.fail(`${lacking} is needed for a real broker`);
    else t.comment(`skipped: ${lacking} is needed for a real broker`);
    return;
  }
  const cluster = await startCluster(options);
  const kafka = new Kafka({ brokers: [...cluster.plaintext], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await admin.connect();
    await producer.connect();
    await body({
      cluster,
      admin,
      producer,
      settings: { brokers: cluster.plaintext, clientId: 'unjoin-test', tls: null, sasl: null, ...timeouts },
      as: (user) => ({
        brokers: cluster.client,
        clientId: 'unjoin-test',
        tls: { ca: cluster.caPem },
        sasl: { mechanism: 'scram-sha-512', username: user, password: cluster.users[user] },
        ...timeouts,
      }),
    });
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    await cluster.stop();
  }
};
