import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { TransportError } from '../../../../../src/model/log.ts';
import { headersOf } from '../../../../../src/runtime/log/kafka/wire/records.ts';
import { walkRecords } from '../../../../../src/runtime/log/kafka/wire/walk.ts';
import { encodeBatch, marker, rawZstd } from './encode.ts';

const LIMIT = 1 << 16;
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
