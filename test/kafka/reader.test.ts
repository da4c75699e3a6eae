import kafkajs, { type Producer, type Transaction } from 'kafkajs';
import t from 'tap';
import { openReader, type Reader, type TopicPartition } from '../../src/runtime/log/kafka/reader.ts';
import type { KafkaSettings } from '../../src/runtime/log/kafka/settings.ts';
import { readToEnd } from '../../src/runtime/log/kafka/whole.ts';
import { type TestBroker, unique, withBroker } from './support/broker.ts';
import { allow, makeTopic } from './support/topics.ts';

const open = (connection: KafkaSettings, of: TopicPartition, isolation: 0 | 1 = 1): Promise<Reader> =>
  openReader({ connection, partitions: [of], isolation, maxWaitMs: 100, maxBytes: 1 << 20 });

interface Told {
  readonly offset: number;
  readonly value: string;
}

/** Reads until the position is at the high watermark of the start; values as text. */
const readTold = async (settings: KafkaSettings, of: TopicPartition): Promise<Told[]> => {
  const told: Told[] = [];
  for await (const { offset, value } of readToEnd(settings, of, 'earliest')) told.push({ offset, value: `${value}` });
  return told;
};

const readAll = async (settings: KafkaSettings, of: TopicPartition): Promise<string[]> =>
  (await readTold(settings, of)).map(({ value }) => value);

/** One of the users of the development broker, so that tests may share that. */
const READER = 'mobility-research';
const PRODUCERS = 4;

/** A key that an abort marker has too: stock kafkajs takes its record for one (H7). */
const MARKER_KEY = Buffer.alloc(4);

/** The same steps every time: no two transactions of this list begin and end alike. */
const stepsOf = (count: number, seed: number): { producer: number; what: 'send' | 'abort' | 'commit' }[] => {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, () => ({
    producer: next(PRODUCERS),
    what: (['send', 'send', 'abort', 'commit'] as const)[next(4)],
  }));
};

/** Runs transactions of several producers through one another on one partition; returns the values that were committed. */
const interleave = async ({ kafka }: TestBroker, { topic, partition }: TopicPartition, count: number): Promise<string[]> => {
  const producers: Producer[] = [];
  for (let i = 0; i < PRODUCERS; i++) {
    const producer = kafka.producer({ transactionalId: unique(`t${i}`), idempotent: true, maxInFlightRequests: 1, retry: { initialRetryTime: 20, retries: 50 } }); // biome-ignore format: a line
    await producer.connect();
    producers.push(producer);
  }
  const running: { transaction: Transaction; values: string[] }[] = [];
  const committed: string[] = [];
  const end = async (producer: number, isAbort: boolean): Promise<void> => {
    const { transaction, values } = running[producer];
    delete running[producer];
    if (isAbort) return transaction.abort();
    await transaction.commit();
    committed.push(...values);
  };
  for (const [i, { producer, what }] of stepsOf(count, 7).entries()) {
    if (what === 'send') {
      running[producer] ??= { transaction: await producers[producer].transaction(), values: [] };
      const value = `${String(i).padStart(4, '0')}`;
      await running[producer].transaction.send({ topic, messages: [{ partition, key: MARKER_KEY, value }] });
      running[producer].values.push(value);
    } else if (running[producer] !== undefined) await end(producer, what === 'abort');
  }
  for (const producer of Object.keys(running).map(Number)) await end(producer, producer % 2 === 0);
  for (const producer of producers) await producer.disconnect();
  return committed.sort();
};

t.test('reading from a real broker', async (t) => {
  await withBroker(t, { users: { [READER]: 'reader-secret' } }, async (broker) => {
    const { admin, producer, settings } = broker;

    await t.test('transactions that run through one another: what was committed, and nothing else (H6, H7)', async (t) => {
      const of = { topic: await makeTopic(admin, 'interleaved'), partition: 0 };
      const committed = await interleave(broker, of, 120);
      t.ok(committed.length > 20, `${committed.length} records were committed`);
      const whole = await readTold(settings, of);
      t.strictSame(
        whole.map(({ value }) => value),
        committed,
      );

      const uncommitted = await open(settings, of, 0);
      let all = 0;
      const end = await uncommitted.highWatermark(0);
      while (uncommitted.position(0) < end) for (const { runs } of await uncommitted.poll()) for (const { count } of runs) all += count;
      t.ok(all > committed.length, `${all} lie there`);
      await uncommitted.close();

      for (let from = 0; from < end; from += 5) {
        const reader = await open(settings, of);
        reader.seek(0, from);
        const told: Told[] = [];
        while (reader.position(0) < end)
          for (const { runs } of await reader.poll())
            for (const { bytes, count, offset, valueStart, valueLength } of runs)
              for (let i = 0; i < count; i++)
                told.push({ offset: offset[i], value: bytes.toString('utf8', valueStart[i], valueStart[i] + valueLength[i]) });
        const expected = whole.filter(({ offset }) => offset >= from);
        t.strictSame(told, expected, `from ${from}`);
        t.equal(reader.position(0), end);
        await reader.close();
      }
    });

    await t.test('a topic that ends in a marker, or holds markers alone, is read to its end', async (t) => {
      const of = { topic: await makeTopic(admin, 'markers'), partition: 0 };
      t.strictSame(await readAll(settings, of), [], 'an empty topic');
      const transactional = broker.kafka.producer({ transactionalId: unique('m'), idempotent: true, maxInFlightRequests: 1 });
      await transactional.connect();
      const lost = await transactional.transaction();
      await lost.send({ topic: of.topic, messages: [{ partition: 0, value: 'lost' }] });
      await lost.abort();
      t.strictSame(await readAll(settings, of), []);
      const kept = await transactional.transaction();
      await kept.send({ topic: of.topic, messages: [{ partition: 0, value: 'kept' }] });
      await kept.commit();
      t.strictSame(await readAll(settings, of), ['kept']);
      await transactional.disconnect();
    });

    await t.test("batches of every codec, packed by the broker's own libraries", async (t) => {
      const values = Array.from({ length: 500 }, (_, i) =>
        JSON.stringify({ deviceId: `device-${i % 7}`, level: (i * 7919) % 1000, note: 'low battery' }),
      );
      for (const codec of ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']) {
        const of = { topic: await makeTopic(admin, codec, 1, { 'compression.type': codec }), partition: 0 };
        for (let at = 0; at < values.length; at += 250)
          await producer.send({ topic: of.topic, messages: values.slice(at, at + 250).map((value) => ({ partition: 0, value })) });
        t.strictSame(await readAll(settings, of), values, codec);
      }
      const of = { topic: await makeTopic(admin, 'by-producer'), partition: 0 };
      await producer.send({
        topic: of.topic,
        compression: kafkajs.CompressionTypes.GZIP,
        messages: values.map((value) => ({ partition: 0, value })),
      });
      t.strictSame(await readAll(settings, of), values, 'gzip of the producer');
    });

    await t.test('a batch larger than a fetch asks for comes all the same, on every partition', async (t) => {
      const topic = await makeTopic(admin, 'large', 3, { 'max.message.bytes': '4000000' });
      const value = Buffer.alloc(2_000_000, 'x');
      for (let partition = 0; partition < 3; partition++) await producer.send({ topic, messages: [{ partition, value }] });
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }));
      const reader = await openReader({ connection: settings, partitions, isolation: 1, maxWaitMs: 100, maxBytes: 1 << 20 });
      const lengths: number[] = [];
      while (lengths.length < 3)
        for (const { runs } of await reader.poll()) for (const { valueLength } of runs) lengths.push(...valueLength);
      t.strictSame(lengths, [value.length, value.length, value.length]);
      await reader.close();
    });

    await t.test('what is gone stops the reader; it never jumps (H8)', async (t) => {
      const of = { topic: await makeTopic(admin, 'gone'), partition: 0 };
      await producer.send({ topic: of.topic, messages: Array.from({ length: 30 }, (_, i) => ({ partition: 0, value: `${i}` })) });
      // kafkajs only then knows who leads the topic.
      await admin.fetchTopicOffsets(of.topic);
      await admin.deleteTopicRecords({ topic: of.topic, partitions: [{ partition: 0, offset: '20' }] });
      for (const offset of [0, 19, 31]) {
        const reader = await open(settings, of);
        t.equal(await reader.highWatermark(0), 30);
        reader.seek(0, offset);
        await t.rejects(reader.poll(), { code: 'out-of-range', canRetry: false }, `offset ${offset}`);
      }
      const fresh = await open(settings, of);
      await fresh.poll();
      t.equal(fresh.position(0), 30, 'a reader that never sought begins where the topic does');
      await fresh.close();
    });

    await t.test('a principal without the right to read is refused', async (t) => {
      const of = { topic: await makeTopic(admin, 'private'), partition: 0 };
      await producer.send({ topic: of.topic, messages: [{ partition: 0, value: 'canary-value' }] });
      const refused = { name: 'TransportError', code: 'denied', canRetry: false, message: /^(?!.*canary)/ };
      const reader = broker.as(READER);
      await t.rejects(readAll(reader, of), refused, 'no right at all');
      await allow(admin, READER, 'TOPIC', of.topic, 'DESCRIBE');
      await t.rejects(readAll(reader, of), refused, 'it may see that the topic is there');
      await allow(admin, READER, 'TOPIC', of.topic, 'READ');
      t.strictSame(await readAll(reader, of), ['canary-value']);
      // Settings that were never used: kafkajs notes the log-in that it has made in them.
      const fresh = broker.as(READER);
      const wrong = { ...fresh, sasl: fresh.sasl === null ? null : { ...fresh.sasl, password: 'wrong' } };
      await t.rejects(readAll(wrong, of), { ...refused, message: /credentials/ });
    });
  });
});
