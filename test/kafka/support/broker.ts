import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import type { Test } from 'tap';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../../tools/kafka/cluster.ts';
import { missing } from '../../../tools/kafka/jars.ts';
import { sharedCluster } from './shared.ts';

/** What tests of a real broker use. */
export interface TestBroker {
  readonly cluster: Cluster;
  /** Connected to the plain-text listener, whose principal may do everything. */
  readonly admin: Admin;
  readonly producer: Producer;
  /** kafkajs on the plain-text listener. */
  readonly kafka: Kafka;
  /** Settings of the plain-text listener. */
  readonly settings: KafkaSettings;
  /** Settings of a SCRAM user over TLS. */
  as(user: string): KafkaSettings;
  /** kafkajs as a SCRAM user over TLS; by its own password unless another is given. */
  kafkaAs(user: string, password?: string): Kafka;
}

export interface BrokerOptions extends ClusterOptions {
  /** True when the test kills or pauses nodes: it then never gets the broker that test files share. */
  readonly own?: boolean;
}

/** A name that no other test uses. */
export const unique = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 } as const;
const plain = { clientId: 'unjoin-test', logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } } as const;

const brokerOf = async (cluster: Cluster): Promise<TestBroker> => {
  const kafka = new Kafka({ ...plain, brokers: [...cluster.plaintext] });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
  await admin.connect();
  await producer.connect();
  const ssl = { ca: [cluster.caPem] };
  return {
    cluster,
    admin,
    producer,
    kafka,
    settings: { brokers: cluster.plaintext, clientId: 'unjoin-test', tls: null, sasl: null, ...timeouts },
    as: (user) => ({
      brokers: cluster.client,
      clientId: 'unjoin-test',
      tls: { ca: cluster.caPem },
      sasl: { mechanism: 'scram-sha-512', username: user, password: cluster.users[user] },
      ...timeouts,
    }),
    kafkaAs: (user, password = cluster.users[user]) =>
      new Kafka({ ...plain, brokers: [...cluster.client], ssl, sasl: { mechanism: 'scram-sha-512', username: user, password } }),
  };
};

/** True, and said in the test's report, when this machine cannot start a broker. */
export const cannotStart = async (t: Test, lacking: string | null = missing()): Promise<boolean> => {
  if (lacking === null) return false;
  const reason = `${lacking} is needed for a real broker`;
  if (process.env['REQUIRE_KAFKA'] === '1') t.fail(reason);
  else await t.test('a real broker', { skip: reason }, () => {});
  return true;
};

/**
 * Gives a broker to a test file and stops it at the end. Without Java the test is skipped, saying so; under REQUIRE_KAFKA that
 * is a failure. With UNJOIN_TEST_KAFKA (docs/kafka-dev.md) files share a broker that runs already, if it is what they ask for.
 */
export const withBroker = async (t: Test, options: BrokerOptions, body: (broker: TestBroker) => Promise<void>): Promise<void> => {
  const shared = sharedCluster(options);
  if (shared === null && (await cannotStart(t))) return;
  const cluster = shared ?? (await startCluster(options));
  let broker: TestBroker | null = null;
  try {
    broker = await brokerOf(cluster);
    await body(broker);
  } finally {
    await Promise.allSettled([broker?.admin.disconnect(), broker?.producer.disconnect()]);
    await cluster.stop();
  }
};

/** The same for tests that are written after it: null when there is no broker to be had. Stops it in the test's teardown. */
export const withCluster = (t: Test, options: BrokerOptions = {}): Promise<TestBroker | null> =>
  new Promise((resolve, reject) => {
    let release = (): void => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const whole = withBroker(t, options, (broker) => {
      resolve(broker);
      return held;
    });
    whole.then(() => resolve(null), reject);
    t.teardown(async () => {
      release();
      await whole;
    });
  });
