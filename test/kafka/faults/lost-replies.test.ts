import t from 'tap';
import { clusterOf } from '../../../src/runtime/log/kafka/client.ts';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import { readToEnd } from '../../../src/runtime/log/kafka/whole.ts';
import { openWriter, type Writer } from '../../../src/runtime/log/kafka/writer.ts';
import { type Api, type BrokerProxy, type Loss, startProxy } from '../../../tools/kafka/proxy.ts';
import { type TestBroker, unique, withBroker } from '../support/broker.ts';
import { makeTopic } from '../support/topics.ts';

const PARTITIONS = 2;
const APIS = ['initProducerId', 'addPartitions', 'produce', 'endTxn'] as const satisfies readonly Api[];

const message = (topic: string, partition: number, value: string) => ({
  topic,
  partition,
  key: null,
  value: Buffer.from(value),
  timestampMs: 1,
});

/** A task that writes through a proxy, and what became of each of its transactions. */
interface World {
  readonly topic: string;
  readonly settings: KafkaSettings;
  readonly proxy: BrokerProxy;
  /** Names of transactions that `write` said to be committed, and of those whose fate nobody told. */
  readonly committed: string[];
  readonly unknown: string[];
  open(): Promise<Writer>;
}

/** Opens a writer again and again, as a worker does. */
const insist = async ({ open }: World): Promise<Writer> => {
  for (let tries = 0; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (tries > 10) throw error;
    }
  }
};

const write = async (world: World, writer: Writer, name: string): Promise<Writer> => {
  const messages = [0, 1].flatMap((partition) => [message(world.topic, partition, name), message(world.topic, partition, name)]);
  try {
    await writer.write(messages);
    world.committed.push(name);
    return writer;
  } catch {
    world.unknown.push(name);
    await writer.close();
    return insist(world);
  }
};

/** How often each transaction's name lies in each partition, for who reads committed data. */
const seen = async (broker: TestBroker, topic: string): Promise<Map<string, number[]>> => {
  const counts = new Map<string, number[]>();
  for (let partition = 0; partition < PARTITIONS; partition++)
    for await (const { value } of readToEnd(broker.settings, { topic, partition }, 'earliest')) {
      const own = counts.get(String(value)) ?? [0, 0];
      own[partition]++;
      counts.set(String(value), own);
    }
  return counts;
};

/** Loses one reply while a transaction is written, and writes one more behind it. */
const loseOne = async (world: World, writer: Writer, loss: Loss): Promise<Writer> => {
  const name = `${loss.api} ${loss.when} ${loss.how}`;
  const hit = world.proxy.lose(loss);
  let owner = writer;
  if (loss.api === 'initProducerId') {
    await owner.close();
    owner = await insist(world);
  }
  owner = await write(world, owner, name);
  await hit;
  return write(world, owner, `behind ${name}`);
};

t.test('a lost reply never loses, doubles or halves a transaction', { timeout: 170_000 }, async (t) => {
  await withBroker(t, {}, async (broker) => {
    const topic = await makeTopic(broker.admin, 'lost', PARTITIONS);
    const [, port] = broker.cluster.plaintext[0].split(':');
    const proxy = await startProxy(Number(port));
    t.teardown(() => proxy.close());
    const settings = { ...broker.settings, brokers: [`127.0.0.1:${proxy.port}`], connectTimeoutMs: 2000, requestTimeoutMs: 1000 };
    const metadata = clusterOf(settings);
    t.teardown(() => metadata.disconnect());
    const transactionalId = unique('task');
    const open = () => openWriter({ settings, metadata, topics: [topic], transactionalId, transactionTimeoutMs: 10_000 });
    const world: World = { topic, settings, proxy, committed: [], unknown: [], open };
    let writer = await open();
    for (const api of APIS)
      for (const when of ['before', 'after'] as const)
        for (const how of ['cut', 'silent'] as const) writer = await loseOne(world, writer, { api, when, how });
    await writer.close();

    const found = await seen(broker, topic);
    for (const name of world.committed) t.same(found.get(name), [2, 2], `told to be committed: ${name}`);
    for (const name of world.unknown) t.ok([undefined, '2,2'].includes(found.get(name)?.join()), `all of it or nothing: ${name}`);
    t.equal(world.committed.length + world.unknown.length, 2 * 16);
    t.ok(world.committed.length >= 16, 'what came behind a loss was committed');
    t.comment(`${world.committed.length} committed, fate of ${world.unknown.length} unknown: ${world.unknown.join(', ')}`);
  });
});
