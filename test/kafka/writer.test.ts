import type { Producer } from 'kafkajs';
import t from 'tap';
import { clusterOf, kafkaOf } from '../../src/runtime/log/kafka/client.ts';
import type { OneLeader } from '../../src/runtime/log/kafka/one-leader.ts';
import { openReader } from '../../src/runtime/log/kafka/reader.ts';
import type { OutMessage } from '../../src/runtime/log/kafka/sends.ts';
import type { KafkaSettings } from '../../src/runtime/log/kafka/settings.ts';
import { openWriter, producerConfig, type WriterOptions } from '../../src/runtime/log/kafka/writer.ts';
import { unique, withBroker } from './support/broker.ts';
import { makeTopic } from './support/topics.ts';

const ZOMBIES = 100;

const message = (topic: string, partition: number, value: string | Buffer): OutMessage => ({
  topic,
  partition,
  key: null,
  value: Buffer.from(value),
  timestampMs: 1000,
});

/** A producer that does something between its last send and its commit. */
const pausing =
  (beforeCommit: () => Promise<void>) =>
  (options: WriterOptions, oneLeader: OneLeader): Producer => {
    const producer = kafkaOf(options.settings).producer(producerConfig(options, oneLeader));
    const begin = producer.transaction;
    producer.transaction = async () => {
      const transaction = await begin();
      const commit = transaction.commit;
      transaction.commit = async () => {
        await beforeCommit();
        await commit();
      };
      return transaction;
    };
    return producer;
  };

/** Values of one partition, in order. */
const valuesOf = async (connection: KafkaSettings, topic: string, isolation: 0 | 1): Promise<string[]> => {
  const reader = await openReader({ connection, partitions: [{ topic, partition: 0 }], isolation, maxWaitMs: 50, maxBytes: 8 << 20 });
  const end = await reader.highWatermark(0);
  const values: string[] = [];
  reader.seek(0, 0);
  while (reader.position(0) < end)
    for (const { runs } of await reader.poll())
      for (const { count, bytes, valueStart, valueLength } of runs)
        for (let i = 0; i < count; i++) values.push(bytes.toString('utf8', valueStart[i], valueStart[i] + valueLength[i]));
  await reader.close();
  return values;
};

t.test('a writer on a real broker', { timeout: 150_000 }, async (t) => {
  await withBroker(t, {}, async ({ admin, settings }) => {
    const metadata = clusterOf(settings);
    t.teardown(() => metadata.disconnect());
    const optionsOf = (topics: readonly string[], more: Partial<WriterOptions> = {}): WriterOptions => ({
      settings,
      metadata,
      topics,
      transactionalId: unique('task'),
      transactionTimeoutMs: 15_000,
      ...more,
    });

    await t.test('of two writers of one transactional id the older is refused, and nothing of it is visible', async (t) => {
      const topic = await makeTopic(admin, 'zombies');
      const options = optionsOf([topic]);
      const expected: string[] = [];
      let owner = await openWriter(options);
      for (let i = 0; i < ZOMBIES; i++) {
        const successor = await openWriter(options);
        await t.rejects(owner.write([message(topic, 0, `zombie ${i}`)]), { code: 'fenced', canRetry: false });
        await successor.write([message(topic, 0, `owner ${i}`)]);
        expected.push(`owner ${i}`);
        owner = successor;
      }
      await owner.close();
      t.strictSame(await valuesOf(settings, topic, 1), expected);
      t.strictSame(await valuesOf(settings, topic, 0), expected, 'it could not even send');
    });

    await t.test('a writer that is fenced between its send and its commit commits nothing', async (t) => {
      const topic = await makeTopic(admin, 'late');
      const options = optionsOf([topic]);
      const expected: string[] = [];
      for (let i = 0; i < 20; i++) {
        let successor: Awaited<ReturnType<typeof openWriter>> | null = null;
        const zombie = await openWriter(
          options,
          pausing(async () => {
            successor = await openWriter(options);
            await successor.write([message(topic, 0, `owner ${i}`)]);
          }),
        );
        await t.rejects(zombie.write([message(topic, 0, `zombie ${i}`)]), { code: 'fenced', canRetry: false });
        expected.push(`owner ${i}`);
        await (successor as Awaited<ReturnType<typeof openWriter>> | null)?.close();
      }
      t.strictSame(await valuesOf(settings, topic, 1), expected);
      t.equal((await valuesOf(settings, topic, 0)).length, 40, 'what it sent lies there, aborted');
    });

    await t.test('everything of a step or nothing, whatever its size', async (t) => {
      const topic = await makeTopic(admin, 'large');
      const other = await makeTopic(admin, 'small', 3);
      const writer = await openWriter(optionsOf([topic, other]));
      const large = Buffer.alloc(400_000, 'x');
      const first = await writer.write([
        ...Array.from({ length: 6 }, () => message(topic, 0, large)),
        ...Array.from({ length: 1200 }, (_, i) => message(other, i % 3, `${i}`)),
      ]);
      t.equal(first.get(`${topic}:0`), 6, 'several batches, the offset behind the last');
      t.equal(first.get(`${other}:2`), 400);
      const second = await writer.write([message(topic, 0, 'next')]);
      t.equal(second.get(`${topic}:0`), 8, 'behind the marker');
      await t.rejects(writer.write([message(other, 0, 'with'), message(topic, 0, Buffer.alloc(1_100_000))]), { code: 'misconfigured', message: /max\.message\.bytes/ }); // biome-ignore format: a line
      t.equal((await valuesOf(settings, other, 1)).length, 400, 'what went with it is not visible');
      await t.rejects(writer.write([message(topic, 0, 'again')]), { code: 'closed' });
      t.strictSame((await valuesOf(settings, topic, 1)).map(({ length }) => length), [...Array(6).fill(400_000), 4]); // biome-ignore format: a line
    });

    await t.test('what is compressed is read back the same', async (t) => {
      const topic = await makeTopic(admin, 'gzip');
      const writer = await openWriter(optionsOf([topic], { compression: 'gzip' }));
      await writer.write(Array.from({ length: 50 }, (_, i) => message(topic, 0, `same ${i}`)));
      await writer.close();
      t.strictSame(
        await valuesOf(settings, topic, 1),
        Array.from({ length: 50 }, (_, i) => `same ${i}`),
      );
    });

    await t.test('a time-out that no broker allows is said at the start', async (t) => {
      const topic = await makeTopic(admin, 'timeout');
      const refused = openWriter(optionsOf([topic], { transactionTimeoutMs: 2_000_000_000 }));
      await t.rejects(refused, { code: 'misconfigured', message: /transaction\.max\.timeout\.ms/ });
    });

    await t.test('a topic that is not there is not made by writing to it', async (t) => {
      const topic = unique('nowhere');
      await t.rejects(openWriter(optionsOf([topic])), { name: 'TransportError' });
      t.notOk((await admin.listTopics()).includes(topic));
    });
  });
});
