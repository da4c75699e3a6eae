import kafkajs, { type Producer, type ProducerBatch, type RecordMetadata } from 'kafkajs';
import t, { type Test } from 'tap';
import type { InternalCluster } from '../../../../src/runtime/log/kafka/internals.ts';
import { createOneLeader } from '../../../../src/runtime/log/kafka/one-leader.ts';
import type { OutMessage } from '../../../../src/runtime/log/kafka/sends.ts';
import { openWriter, producerConfig, type WriterOptions } from '../../../../src/runtime/log/kafka/writer.ts';

const message = (topic: string, partition: number): OutMessage => ({
  topic,
  partition,
  key: null,
  value: Buffer.from('x'),
  timestampMs: 0,
});

const settings = { brokers: ['127.0.0.1:1'], clientId: 'c', tls: null, sasl: null, connectTimeoutMs: 100, requestTimeoutMs: 100 };

/** Partition p is led by broker p % 3, as the metadata have it; a partition 99 has no leader. */
const metadata = {
  connect: async () => {},
  addMultipleTargetTopics: async () => {},
  refreshMetadataIfNecessary: async () => {},
  findLeaderForPartitions: (_: string, [partition]: readonly number[]) => (partition === 99 ? { '-1': [99] } : { [partition % 3]: [partition] }),
} as unknown as InternalCluster; // biome-ignore format: a table

const options: WriterOptions = { settings, transactionalId: 't', metadata, topics: ['a'], transactionTimeoutMs: 15_000 };

const acknowledged = ({ topicMessages = [] }: ProducerBatch): RecordMetadata[] =>
  topicMessages.flatMap(({ topic, messages }) =>
    [...new Set(messages.map(({ partition }) => partition as number))].map((partition) => ({
      topicName: topic,
      partition,
      errorCode: 0,
      baseOffset: '10',
    })),
  );

interface Script {
  readonly answer?: (batch: ProducerBatch) => RecordMetadata[] | Error;
  readonly commit?: Error;
  readonly connect?: Error;
}

/** A producer that notes what is asked of it, and answers as it is told. */
const scripted = ({ answer = acknowledged, commit, connect }: Script = {}) => {
  const calls: string[] = [];
  const batches: ProducerBatch[] = [];
  let inFlight = 0;
  let most = 0;
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const producer = {
    connect: async () => {
      calls.push('connect');
      if (connect !== undefined) throw connect;
    },
    disconnect: async () => void calls.push('disconnect'),
    transaction: async () => {
      calls.push('begin');
      return {
        async sendBatch(batch: ProducerBatch) {
          calls.push('send');
          batches.push(batch);
          most = Math.max(most, ++inFlight);
          await turn();
          inFlight--;
          const told = answer(batch);
          if (told instanceof Error) throw told;
          return told;
        },
        async commit() {
          await turn();
          calls.push('commit');
          if (commit !== undefined) throw commit;
        },
        abort: async () => void calls.push('abort'),
      };
    },
  } as unknown as Producer;
  return { producer, calls, batches, most: () => most };
};

const protocol = (code: number): Error =>
  new kafkajs.KafkaJSProtocolError({ type: 'X', code, message: 'canary', retriable: false } as never);
const FENCE = ['connect', 'begin', 'abort'];

t.test('opening fences with a transaction of nothing; connecting alone does not', async (t) => {
  const { producer, calls } = scripted();
  await openWriter(options, () => producer);
  t.strictSame(calls, FENCE);
  const refused = scripted({ connect: protocol(53) });
  await t.rejects(openWriter(options, () => refused.producer), { name: 'TransportError', code: 'denied' }); // biome-ignore format: a line
  t.equal(refused.calls.at(-1), 'disconnect', 'nothing stays open');
});

t.test('how the producer is set up (H4, H16)', async (t) => {
  const config = producerConfig(options, createOneLeader());
  t.match(config, { transactionalId: 't', transactionTimeout: 15_000, idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false }); // biome-ignore format: a line
  t.ok(Number(config.retry?.retries) > 5, 'without `retries` of its own it would be cut to 5');
  t.ok(Number(config.retry?.initialRetryTime) <= 20, 'a transaction waits for the one before it');
});

t.test('one send a leader, one after another, all acknowledged by everybody', async (t) => {
  const { producer, calls, batches, most } = scripted();
  const writer = await openWriter(options, () => producer);
  const ends = await writer.write(Array.from({ length: 12 }, (_, i) => message('a', i % 6)));
  t.strictSame(calls, [...FENCE, 'begin', 'send', 'send', 'send', 'commit']);
  t.equal(most(), 1, 'one in flight (H16)');
  for (const { topicMessages = [], acks } of batches) {
    t.equal(acks, -1);
    const leaders = topicMessages.flatMap(({ messages }) => messages.map(({ partition }) => (partition as number) % 3));
    t.equal(new Set(leaders).size, 1, 'no send spans leaders (H1)');
  }
  t.strictSame(ends.get('a:5'), 12, 'the offset behind the last record');
});

/** After an error: aborted unless it was the commit, disconnected, and of no more use. */
const refuses = async (t: Test, script: Script, code: string, isAborted: boolean): Promise<void> => {
  const { producer, calls } = scripted(script);
  const writer = await openWriter(options, () => producer);
  const error = await writer.write([message('a', 0)]).catch((thrown) => thrown);
  t.match(error, { name: 'TransportError', code });
  t.notMatch(error.message, /canary/);
  const after = calls.slice(FENCE.length);
  t.equal(after.includes('abort'), isAborted);
  t.equal(after.at(-1), 'disconnect');
  await t.rejects(writer.write([message('a', 0)]), { code: 'closed' }, 'of no more use (H4)');
  t.strictSame(calls.slice(FENCE.length), after, 'nothing more is asked of it');
};

t.test('lost metadata discards the producer (H1)', (t) => refuses(t, { answer: () => [] }, 'unreachable', true));
t.test('a send that fails discards the producer (H4)', (t) => refuses(t, { answer: () => protocol(7) }, 'unreachable', true));
t.test('a zombie is told so', (t) => refuses(t, { answer: () => protocol(47) }, 'fenced', true));
t.test('a code that nobody knows is fencing (H5)', (t) => refuses(t, { answer: () => protocol(120) }, 'fenced', true));
t.test('a commit that fails may have happened: nothing is aborted behind it (H4)', (t) =>
  refuses(t, { commit: protocol(16) }, 'unreachable', false),
);

t.test('a partition without a leader is not sent to with others (H1)', async (t) => {
  const { producer, calls } = scripted();
  const writer = await openWriter(options, () => producer);
  await t.rejects(writer.write([message('a', 0), message('a', 99)]), { code: 'unreachable', canRetry: true });
  t.notOk(calls.includes('send'));
});

t.test('a producer is renewed before its sequence numbers wrap (H14)', async (t) => {
  const { producer, calls } = scripted();
  const writer = await openWriter({ ...options, renewAfter: 3 }, () => producer);
  await writer.write([message('a', 0), message('a', 1)]);
  await t.rejects(writer.write([message('a', 0), message('a', 1)]), { code: 'closed', canRetry: true });
  t.equal(calls.filter((call) => call === 'send').length, 2, 'nothing was sent by the second');
});

t.test('one transaction at a time (H16)', async (t) => {
  const { producer } = scripted();
  const writer = await openWriter(options, () => producer);
  const first = writer.write([message('a', 0)]);
  await t.rejects(writer.write([message('a', 1)]), { name: 'InvariantError' });
  t.strictSame([...(await first)], [['a:0', 11]], 'the one under way is not disturbed');
});

t.test('compression is none unless told', async (t) => {
  for (const [compression, codec] of [
    [undefined, kafkajs.CompressionTypes.None],
    ['gzip', kafkajs.CompressionTypes.GZIP],
  ] as const) {
    // biome-ignore format: a table
    const { producer, batches } = scripted();
    const writer = await openWriter({ ...options, ...(compression === undefined ? {} : { compression }) }, () => producer);
    await writer.write([message('a', 0)]);
    t.equal(batches[0].compression, codec);
  }
});
