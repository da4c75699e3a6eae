import { createRequire } from 'node:module';
import fc from 'fast-check';
import t from 'tap';
import { TransportError } from '../../../../../src/model/log.ts';
import { decodeFetch, encodeFetch, FETCH } from '../../../../../src/runtime/log/kafka/wire/fetch.ts';
import { type Answer, encodeAnswer } from './answer.ts';

const load = createRequire(import.meta.url);

t.test('requests are those of kafkajs, byte for byte', async (t) => {
  const request = load('kafkajs/src/protocol/requests/fetch/v11/request.js');
  const partitions = [
    { topic: 'telemetry.device', partition: 0, fromOffset: 0 },
    { topic: 'gerät', partition: 7, fromOffset: 2 ** 40 + 3 },
    { topic: 'telemetry.device', partition: 1, fromOffset: 12 },
  ];
  for (const isolation of [0, 1] as const) {
    const { encode, ...head } = request({
      replicaId: -1,
      maxWaitTime: 250,
      minBytes: 1,
      maxBytes: 1 << 23,
      isolationLevel: isolation,
      topics: partitions.map(({ topic, partition, fromOffset }) => ({
        topic,
        partitions: [{ partition, fetchOffset: fromOffset, maxBytes: 1 << 20 }],
      })),
    });
    t.strictSame(head, { ...FETCH });
    const { buffer } = await encode();
    t.strictSame(encodeFetch({ partitions, isolation, maxWaitMs: 250, maxBytes: 1 << 23, maxPartitionBytes: 1 << 20 }), buffer);
  }
});

const answers: readonly Answer[] = [
  { topic: 'a', partition: 3, highWatermark: 2 ** 33, lastStableOffset: 9, logStartOffset: 2, records: Buffer.from('batches') },
  { topic: 'a', partition: 4, errorCode: 6, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: null },
  {
    topic: 'bö',
    partition: 0,
    highWatermark: 5,
    lastStableOffset: 5,
    logStartOffset: 0,
    aborted: [
      { producerId: 2n ** 60n + 1n, firstOffset: 1 },
      { producerId: 7n, firstOffset: 0 },
    ],
    records: Buffer.alloc(0),
  },
];

t.test('answers are read as they lie, with ids and offsets of 64 bits', async (t) => {
  const { errorCode, partitions } = decodeFetch(encodeAnswer(answers));
  t.equal(errorCode, 0);
  t.strictSame(
    partitions,
    answers.map((answer) => ({ errorCode: 0, aborted: [], ...answer, records: answer.records ?? Buffer.alloc(0) })),
  );
  t.equal(decodeFetch(encodeAnswer([], 70)).errorCode, 70);
});

t.test('an answer that is cut is refused, wherever it is', async (t) => {
  const whole = encodeAnswer(answers);
  for (let cut = 0; cut < whole.length; cut++)
    t.throws(() => decodeFetch(whole.subarray(0, cut)), { name: 'TransportError', code: 'corrupt' });
});

t.test('any bytes: an answer, or a refusal', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.record({ at: fc.nat(), to: fc.nat(255) }).map(({ at, to }) => {
      const changed = encodeAnswer(answers);
      changed[at % changed.length] = to;
      return changed;
    }),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      try {
        decodeFetch(Buffer.from(given));
        return true;
      } catch (error) {
        return error instanceof TransportError && error.code === 'corrupt';
      }
    }),
    { numRuns: 2000 },
  );
});
