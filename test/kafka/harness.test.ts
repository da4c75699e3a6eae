import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import kafkajs, { type Kafka } from 'kafkajs';
import t, { type Test } from 'tap';
import { startCluster } from '../../tools/kafka/cluster.ts';
import { descriptionFile, livingPids, readDescription, writeDescription } from '../../tools/kafka/description.ts';
import { javaMajor, KAFKA_VERSION } from '../../tools/kafka/jars.ts';
import { until } from '../../tools/kafka/node.ts';
import { freePorts } from '../../tools/kafka/ports.ts';
import { cannotStart, withBroker, withCluster } from './support/broker.ts';
import { allow, makeTopic, readValues } from './support/topics.ts';

/** What a broker answers a producer: a code of Kafka's, or the kind of the failure. */
const sendOutcome = async (kafka: Kafka, topic: string): Promise<unknown> => {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'x', partition: 0 }] });
    return 'sent';
  } catch (error) {
    const cause = error instanceof kafkajs.KafkaJSError ? (error.cause ?? error) : error;
    return (cause as { code?: number }).code ?? (cause as Error).name;
  } finally {
    await producer.disconnect();
  }
};

const TOPIC_AUTHORIZATION_FAILED = 29;

t.test('one node: users, access lists, a restart and an end', async (t) => {
  await withBroker(t, { users: { gate: 'gate-secret', analyst: 'analyst-secret' }, own: true }, async (broker) => {
    const { cluster, admin, producer, kafka } = broker;
    const topic = await makeTopic(admin, 'harness');

    await t.test('a SCRAM user with a right writes over TLS; without one, or with a wrong password, nobody does', async (t) => {
      await allow(admin, 'gate', 'TOPIC', topic, 'WRITE', 'DESCRIBE');
      await allow(admin, 'analyst', 'TOPIC', `${topic}-of-another-name`, 'READ', 'WRITE');
      t.equal(await sendOutcome(broker.kafkaAs('gate'), topic), 'sent');
      t.equal(await sendOutcome(broker.kafkaAs('analyst'), topic), TOPIC_AUTHORIZATION_FAILED);
      t.equal(await sendOutcome(broker.kafkaAs('gate', 'analyst-secret'), topic), 'KafkaJSSASLAuthenticationError');
      t.equal(await sendOutcome(broker.kafkaAs('nobody', 'x'), topic), 'KafkaJSSASLAuthenticationError');
      t.same(await readValues(kafka, topic, 1), ['x']);
    });

    await t.test('what only we may read is for us alone', async (t) => {
      for (const name of ['cluster.json', 'secrets/gate', 'n1.properties', 'n1.log'])
        t.equal(statSync(join(cluster.dir, name)).mode & 0o077, 0, name);
    });

    await t.test('a killed node comes back with its data', async (t) => {
      await producer.send({ topic, messages: [{ value: 'y', partition: 0 }] });
      await cluster.kill(1);
      await cluster.restart(1);
      t.same(await readValues(kafka, topic, 2), ['x', 'y']);
    });

    await cluster.stop();
    t.same(
      livingPids({ version: 1, nodes: cluster.pids().map((pid) => ({ pid, internal: 0, controller: 0, client: 0 })), ...cluster }),
      [],
    );
    t.notOk(existsSync(cluster.dir), 'its folder is gone');
  });
});

t.test('three nodes keep what was acknowledged when one dies', async (t) => {
  const broker = await withCluster(t, { nodes: 3 });
  if (broker === null) return;
  const { cluster, admin, kafka, producer } = broker;
  const topic = await makeTopic(admin, 'harness', 3);
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  t.same(
    topics[0].partitions.map(({ replicas }) => replicas.length),
    [3, 3, 3],
  );
  await producer.send({ topic, acks: -1, messages: [0, 1, 2].map((partition) => ({ value: `${partition}`, partition })) });
  await cluster.kill(2);
  t.same((await readValues(kafka, topic, 3)).sort(), ['0', '1', '2']);
});

const STARTER = `
import { startCluster } from '${new URL('../../tools/kafka/cluster.ts', import.meta.url).href}';
const { dir } = await startCluster();
process.stdout.write(dir + '\\n');
setInterval(() => {}, 1000);
`;

t.test('no node outlives the process that started it, however that ends', async (t) => {
  if (await cannotStart(t)) return;
  const starter = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', STARTER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await (starter.stdout as Readable).take(1).toArray();
  const description = readDescription(descriptionFile(String(line).trim()));
  if (description === null) throw new Error('the cluster is not described');
  t.equal(livingPids(description).length, 1);
  starter.kill('SIGKILL');
  await until(() => livingPids(description).length === 0, 'the end of the node');
  await until(() => !existsSync(description.dir), 'the end of its folder');
  t.pass('node and folder are gone');
});

t.test('a cluster that cannot start is told, and leaves nothing behind', async (t) => {
  if (await cannotStart(t)) return;
  const dir = t.testdir();
  // Taken, so that the node finds its port in use after it was formatted.
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as AddressInfo).port));
  });
  t.teardown(() => taken.close());
  const [internal, controller] = await freePorts(2);
  writeDescription({ version: 1, dir, caFile: '', users: { admin: 'x' }, nodes: [{ internal, controller, client: port, pid: 0 }] });
  await t.rejects(startCluster({ dir }), /node 1 did not start:(.|\n)*Address already in use/);
  const description = readDescription(descriptionFile(dir));
  t.same(description === null ? null : livingPids(description), []);
});

t.test('without Java tests are skipped, or fail where a broker is required', async (t) => {
  const before = process.env['REQUIRE_KAFKA'];
  t.teardown(() => {
    if (before === undefined) delete process.env['REQUIRE_KAFKA'];
    else process.env['REQUIRE_KAFKA'] = before;
  });
  const told: string[] = [];
  const teller = {
    fail: (reason: string) => told.push(`failed: ${reason}`),
    test: async (_: string, { skip }: { skip: string }) => told.push(`skipped: ${skip}`),
  } as unknown as Test;
  delete process.env['REQUIRE_KAFKA'];
  t.equal(await cannotStart(teller, 'Maven'), true);
  process.env['REQUIRE_KAFKA'] = '1';
  t.equal(await cannotStart(teller, 'Maven'), true);
  t.equal(await cannotStart(teller, null), false);
  t.same(told, ['skipped: Maven is needed for a real broker', 'failed: Maven is needed for a real broker']);
});

t.test('the version of Java is read, and the pom names the version of Kafka', async (t) => {
  t.equal(javaMajor('openjdk version "17.0.15" 2025-04-15'), 17);
  t.equal(javaMajor('java version "1.8.0_402"'), 1);
  t.equal(javaMajor('openjdk version "21" 2023-09-19'), 21);
  t.equal(javaMajor('command not found'), 0);
  const pom = readFileSync(new URL('../../tools/kafka/pom.xml', import.meta.url), 'utf8');
  const versions = [...pom.matchAll(/<groupId>org\.apache\.kafka<\/groupId>.*?<version>([^<]+)/g)].map(([, version]) => version);
  t.same(versions, [KAFKA_VERSION, KAFKA_VERSION]);
});
