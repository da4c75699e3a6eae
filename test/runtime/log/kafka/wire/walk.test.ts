import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { TransportError } from '../../../../../src/model/log.ts';
import { headersOf } from '../../../../../src/runtime/log/kafka/wire/headers.ts';
import { prepareCodecs } from '../../../../../src/runtime/log/kafka/wire/inflate.ts';
import { walkRecords } from '../../../../../src/runtime/log/kafka/wire/walk.ts';
import { encodeBatch, marker, rawZstd } from './encode.ts';

const LIMIT = 1 << 16;

t.before(() => prepareCodecs());
const value = (text: string) => ({ value: Buffer.from(text) });

const walk = (bytes: Buffer, fromOffset = 0, aborted: readonly { producerId: bigint; firstOffset: number }[] = []) =>
  walkRecords(bytes, { fromOffset, aborted, maxInflatedBytes: LIMIT });

/** What came through, as `offset value`. */
const told = (...given: Parameters<typeof walk>): string[] =>
  walk(...given).runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, i) => {
      const start = run.valueStart[i];
      return `${run.offset[i]} ${run.valueLength[i] < 0 ? 'null' : run.bytes.toString('utf8', start, start + run.valueLength[i])}`;
    }),
  );

t.test('records of every codec, with keys, headers and times', async (t) => {
  for (const codec of [0, 1, 2, 3, 4]) {
    const bytes = encodeBatch({
      baseOffset: 40,
      codec,
      baseTimestampMs: 1000,
      maxTimestampMs: 1500,
      records: [{ key: Buffer.from('k'), value: Buffer.from('one'), headers: [['a', 'b']] }, value('two'.repeat(50)), { value: null }],
    });
    t.strictSame(told(bytes), ['40 one', `41 ${'two'.repeat(50)}`, '42 null'], `codec ${codec}`);
    const { runs, nextOffset, isAppendTime } = walk(bytes);
    t.equal(nextOffset, 43);
    t.ok(isAppendTime);
    t.strictSame([...runs[0].timestampMs], [1500, 1500, 1500], "the broker's own time");
    t.strictSame(headersOf(runs[0], 0), [{ name: 'a', value: Buffer.from('b') }]);
    t.strictSame(headersOf(runs[0], 1), []);
  }
});

t.test("a device's own time shows, and that it is one", async (t) => {
  const bytes = encodeBatch({ baseOffset: 0, isAppendTime: false, baseTimestampMs: 1000, records: [{ ...value('a'), timestampDelta: 7 }] });
  const { runs, isAppendTime } = walk(bytes);
  t.notOk(isAppendTime);
  t.strictSame([...runs[0].timestampMs], [1007]);
});

t.test('a broker answers with whole batches: earlier records are left out, a last half one waits', async (t) => {
  const first = encodeBatch({ baseOffset: 0, records: [value('a'), value('b'), value('c')] });
  const second = encodeBatch({ baseOffset: 3, records: [value('d')] });
  t.strictSame(told(Buffer.concat([first, second]), 2), ['2 c', '3 d']);
  for (let cut = 0; cut < second.length; cut++) {
    const bytes = Buffer.concat([first, second.subarray(0, cut)]);
    t.strictSame(told(bytes, 1), ['1 b', '2 c']);
    t.equal(walk(bytes, 1).nextOffset, 3);
  }
});

t.test('offsets go past markers, aborted batches and what compaction took away', async (t) => {
  const gap = encodeBatch({ baseOffset: 0, records: [value('a')], lastOffsetDelta: 9 });
  t.equal(walk(gap).nextOffset, 10);
  t.equal(walk(Buffer.concat([gap, marker(10, 1n, false)])).nextOffset, 11);
  const lost = encodeBatch({ baseOffset: 11, producerId: 1n, isTransactional: true, records: [value('x')] });
  const end = Buffer.concat([gap, lost, marker(12, 1n, true)]);
  t.strictSame(told(end, 0, [{ producerId: 1n, firstOffset: 11 }]), ['0 a']);
  t.equal(walk(end, 0, [{ producerId: 1n, firstOffset: 11 }]).nextOffset, 13);
});

t.test('a record whose key looks like an abort marker is a record', async (t) => {
  const odd = encodeBatch({
    baseOffset: 0,
    producerId: 1n,
    isTransactional: true,
    records: [{ key: Buffer.alloc(4), value: Buffer.from('a') }],
  });
  const next = encodeBatch({ baseOffset: 1, producerId: 1n, isTransactional: true, records: [value('b')] });
  t.strictSame(told(Buffer.concat([odd, next, marker(2, 1n, true)]), 0, [{ producerId: 1n, firstOffset: 0 }]), []);
  t.strictSame(told(Buffer.concat([odd, next, marker(2, 1n, false)])), ['0 a', '1 b']);
});

t.test('brokers list aborted transactions in the order of their ends, not of their beginnings (H6)', async (t) => {
  const of = (baseOffset: number, producerId: bigint): Buffer =>
    encodeBatch({ baseOffset, producerId, isTransactional: true, records: [value(`${baseOffset}`)] });
  const bytes = Buffer.concat([of(0, 1n), of(1, 2n), marker(2, 2n, true), marker(3, 1n, true), of(4, 1n), marker(5, 1n, false)]);
  const aborted = [
    { producerId: 2n, firstOffset: 1 },
    { producerId: 1n, firstOffset: 0 },
  ];
  t.strictSame(told(bytes, 0, aborted), ['4 4']);
});

/** Steps of producers, interleaved: a record, or the end of the producer's transaction. */
const step = fc.record({ producer: fc.nat(3), what: fc.constantFrom('record', 'record', 'record', 'abort', 'commit') });

t.test('interleaved transactions: what was aborted is left out, and nothing else (against a slow model)', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, from) => {
      const open = new Map<number, number[]>();
      const aborted: { producerId: bigint; firstOffset: number }[] = [];
      const alive = new Set<number>();
      const batches = steps.map(({ producer, what }, offset) => {
        const own = open.get(producer) ?? [];
        if (what === 'record') {
          open.set(producer, [...own, offset]);
          return encodeBatch({ baseOffset: offset, producerId: BigInt(producer), isTransactional: true, records: [value(`${offset}`)] });
        }
        if (what === 'abort' && own.length > 0) aborted.push({ producerId: BigInt(producer), firstOffset: own[0] });
        if (what === 'commit') for (const at of own) alive.add(at);
        open.delete(producer);
        return marker(offset, BigInt(producer), what === 'abort');
      });
      // Nothing of an open transaction is below the last stable offset, up to which a broker answers.
      const stable = Math.min(steps.length, ...[...open.values()].map(([first]) => first ?? steps.length));
      const bytes = Buffer.concat(batches.slice(0, stable));
      const expected = [...alive].filter((at) => at < stable && at >= from).sort((a, b) => a - b);
      return told(bytes, from, aborted).join() === expected.map((at) => `${at} ${at}`).join();
    }),
    { numRuns: 400 },
  );
});

t.test('a changed byte is never taken for a record', async (t) => {
  const bytes = encodeBatch({ baseOffset: 5, records: [value('secret'), value('more')] });
  const first = 12;
  for (let at = first; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1 << (at % 8);
    // The leader epoch is not covered by the checksum, and nobody looks at it.
    if (at < 16) t.strictSame(told(changed), ['5 secret', '6 more']);
    else t.throws(() => walk(changed), { code: 'corrupt' }, `byte ${at}`);
  }
});

t.test('bombs and broken packages are refused, in our words', async (t) => {
  const big = Buffer.alloc(LIMIT + 1);
  const bombs: readonly (readonly [string, number, Buffer])[] = [
    ['gzip', 1, gzipSync(big)],
    ['zstd', 4, rawZstd(big)],
    ['gzip that is none', 1, Buffer.from('canary-value')],
    ['snappy that is none', 2, Buffer.from('canary-value')],
    ['lz4 that is none', 3, Buffer.from('canary-value')],
    ['zstd that is none', 4, Buffer.from('canary-value')],
    ['zstd with a window of a terabyte', 4, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 0, 0, 0])],
    ['a codec that nobody knows', 5, Buffer.from('canary-value')],
  ];
  for (const [what, codec, payload] of bombs) {
    const bytes = encodeBatch({ baseOffset: 0, codec, payload, records: [value('a')] });
    t.throws(() => walk(bytes), { name: 'TransportError', code: 'corrupt', message: /^(?!.*canary)/ }, what);
  }
  const many = encodeBatch({ baseOffset: 0, payload: Buffer.alloc(0), records: Array.from({ length: 1000 }, () => value('a')) });
  t.throws(() => walk(many), { code: 'corrupt' }, 'more records than bytes');
});

t.test('of a batch that a gateway packed too well, every record is there, and nothing of it is known', async (t) => {
  const keep = (bytes: Buffer, fromOffset = 0) =>
    walkRecords(bytes, { fromOffset, aborted: [], maxInflatedBytes: LIMIT, keepsPacked: true });
  const three = [value('a'), value('b'), value('c')];
  const bomb = encodeBatch({ baseOffset: 5, codec: 1, payload: gzipSync(Buffer.alloc(LIMIT + 1)), records: three, maxTimestampMs: 77 });
  const bytes = Buffer.concat([encodeBatch({ baseOffset: 3, records: [value('before'), value('it')] }), bomb, encodeBatch({ baseOffset: 8, codec: 1, records: [value('behind')] })]); // biome-ignore format: a list
  const { runs, nextOffset } = keep(bytes);
  t.equal(nextOffset, 9, 'it is passed');
  t.strictSame(runs.map(({ isPacked, offset }) => [isPacked, ...offset]), [[false, 3, 4], [true, 5, 6, 7], [false, 8]]); // biome-ignore format: a line
  const [, packed] = runs;
  t.strictSame([...packed.valueLength, ...packed.keyLength], Array(6).fill(-1));
  t.strictSame([...packed.timestampMs], [77, 77, 77]);
  for (let row = 0; row < 3; row++) t.strictSame(headersOf(packed, row), []);
  const kept = (row: number): Buffer => packed.bytes.subarray(packed.recordStart[row], packed.recordStart[row] + packed.recordLength[row]);
  t.strictSame(
    [0, 1, 2].map((row) => kept(row).equals(row === 0 ? bomb : Buffer.alloc(0))),
    [true, true, true],
    'the batch is kept once',
  );
  t.strictSame([...keep(bytes, 6).runs[0].offset], [6, 7], 'who comes from within it goes on there');

  const many = encodeBatch({ baseOffset: 0, codec: 5, payload: Buffer.alloc(9), records: Array.from({ length: 25_000 }, () => value('')) });
  const ends: number[] = [];
  for (let at = 0; at < 25_000; ends.push(at)) at = keep(many, at).nextOffset;
  t.strictSame(ends, [10_000, 20_000, 25_000], 'no step gets more rows than it can write');
  const gaps = encodeBatch({ baseOffset: 0, codec: 5, payload: Buffer.alloc(9), records: three, lastOffsetDelta: 9 });
  t.throws(() => keep(gaps), { code: 'corrupt' }, 'offsets that the header does not tell are not guessed');
});

t.test('any bytes: records, or a refusal', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        walk(Buffer.from(bytes));
        return true;
      } catch (error) {
        return error instanceof TransportError && error.code === 'corrupt';
      }
    }),
    { numRuns: 2000 },
  );
});

t.test('offsets that do not rise within their batch, or from batch to batch, are refused: no record may count twice', async (t) => {
  const refuses = (what: string, ...batches: Buffer[]): boolean =>
    t.throws(() => walk(Buffer.concat(batches)), { code: 'corrupt' }, what) as unknown as boolean;
  const two = [value('a'), value('b')];
  refuses('the same twice', encodeBatch({ baseOffset: 0, records: two, offsetDeltas: [1, 1] }));
  refuses('falling', encodeBatch({ baseOffset: 0, records: two, offsetDeltas: [1, 0] }));
  refuses('before its batch', encodeBatch({ baseOffset: 5, records: two, offsetDeltas: [-1, 1] }));
  refuses('behind its batch', encodeBatch({ baseOffset: 0, records: two, offsetDeltas: [0, 2] }));
  refuses('a batch with a range below zero', encodeBatch({ baseOffset: 5, records: [], lastOffsetDelta: -1 }));
  refuses('a batch before the start', encodeBatch({ baseOffset: -5, records: two }));
  const batch = encodeBatch({ baseOffset: 3, records: two });
  refuses('a batch twice', batch, batch);
  refuses('an earlier batch', batch, encodeBatch({ baseOffset: 0, records: two }));
  const kept = encodeBatch({ baseOffset: 0, records: two, offsetDeltas: [3, 7], lastOffsetDelta: 9 });
  t.strictSame(told(kept), ['3 a', '7 b'], 'what compaction keeps has gaps');
  t.equal(walk(kept).nextOffset, 10);
});

t.test('an answer without one whole batch would never get further, so it is refused', async (t) => {
  const batch = encodeBatch({ baseOffset: 0, records: [value('a')] });
  for (let cut = 1; cut < batch.length; cut++) t.throws(() => walk(batch.subarray(0, cut)), { code: 'corrupt' });
  t.strictSame(told(Buffer.alloc(0)), []);
  t.equal(walk(Buffer.alloc(0), 7).nextOffset, 7);
});

t.test('message formats before 2 are refused', async (t) => {
  for (const magic of [0, 1, 3]) {
    const batch = encodeBatch({ baseOffset: 0, records: [value('a')] });
    batch[16] = magic;
    t.throws(() => walk(batch), { code: 'corrupt', message: /message format/ });
  }
});

t.test('batches that compaction emptied move the position, packed or not', async (t) => {
  for (const codec of [0, 1]) {
    const empty = encodeBatch({ baseOffset: 4, codec, records: [], payload: Buffer.alloc(0), lastOffsetDelta: 5 });
    t.strictSame(told(empty), []);
    t.equal(walk(empty).nextOffset, 10);
  }
});

t.test('what an answer unpacks to is bounded: the rest waits for the next fetch, and nothing is lost', async (t) => {
  const batches = Array.from({ length: 5 }, (_, i) => encodeBatch({ baseOffset: i, codec: 1, records: [value('x'.repeat(1000))] }));
  const bytes = Buffer.concat([...batches, encodeBatch({ baseOffset: 5, records: [value('plain')] })]);
  const at = (fromOffset: number, budgetBytes: number) =>
    walkRecords(bytes, { fromOffset, aborted: [], maxInflatedBytes: LIMIT, budgetBytes });
  const first = at(0, 2000);
  t.equal(first.nextOffset, 2, 'two batches of a little more than 1000 bytes');
  t.ok(first.inflatedBytes > 2000);
  t.equal(at(2, 2000).nextOffset, 4);
  t.equal(at(4, 2000).nextOffset, 6);
  t.equal(at(0, 1).nextOffset, 1, 'one batch always goes');
  t.equal(at(0, 0).nextOffset, 0, 'unless there is nothing left to spend');
  t.equal(at(5, 0).nextOffset, 6, 'what is not packed costs nothing');
  t.equal(at(0, LIMIT).nextOffset, 6);
});

t.test("batches that kafkajs's own encoder makes", async (t) => {
  const load = createRequire(import.meta.url);
  const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js');
  const Record = load('kafkajs/src/protocol/recordBatch/record/v0/index.js');
  const Long = load('kafkajs/src/utils/long.js');
  for (const compression of [0, 1]) {
    const { buffer } = await RecordBatch({
      compression,
      firstOffset: Long.fromInt(7),
      firstTimestamp: 1000,
      maxTimestamp: 1002,
      lastOffsetDelta: 2,
      records: [
        Record({ offsetDelta: 0, timestampDelta: 0, key: 'k', value: 'one', headers: { client: 'c-1' } }),
        Record({ offsetDelta: 1, timestampDelta: 2, key: null, value: null }),
        Record({ offsetDelta: 2, timestampDelta: -3, key: null, value: 'three', headers: { a: ['1', '2'] } }),
      ],
    });
    t.strictSame(told(buffer), ['7 one', '8 null', '9 three'], `codec ${compression}`);
    const [run] = walk(buffer).runs;
    t.strictSame([...run.timestampMs], [1000, 1002, 997]);
    t.strictSame([...run.keyLength], [1, -1, -1]);
    t.strictSame(headersOf(run, 0), [{ name: 'client', value: Buffer.from('c-1') }]);
    t.strictSame(headersOf(run, 2).map((header) => `${header.name} ${header.value}`), ['a 1', 'a 2']); // biome-ignore format: a line
    t.equal(run.recordStart[1] - (run.recordStart[0] + run.recordLength[0]), 1, 'records lie behind one another, each behind its length');
  }
});
