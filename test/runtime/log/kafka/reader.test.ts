import t from 'tap';
import { openReader, type Polled, type ReaderOptions } from '../../../../src/runtime/log/kafka/reader.ts';
import { type FakeCluster, type FakeOptions, fakeCluster } from './cluster.ts';
import { encodeBatch, marker, type TestBatch } from './wire/encode.ts';

/** A partition whose records are batches, from an offset on. */
const batchesFrom = (batches: readonly Buffer[], fromOffset: number): Buffer =>
  Buffer.concat(batches.filter((batch) => Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) >= fromOffset));

const batch = (baseOffset: number, texts: readonly string[], more: Partial<TestBatch> = {}): Buffer =>
  encodeBatch({ baseOffset, records: texts.map((text) => ({ value: Buffer.from(text) })), ...more });

/** Answers that all is well. */
const holding = (batches: readonly Buffer[], end: number, more: object = {}): FakeOptions['answer'] => {
  const ends = { highWatermark: end, lastStableOffset: end, logStartOffset: 0, ...more };
  return ({ fromOffset }) => ({ ...ends, records: batchesFrom(batches, fromOffset) });
};

const failing = (errorCode: number): ReturnType<FakeOptions['answer']> => ({
  errorCode,
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  records: null,
});

const open = (cluster: FakeCluster, partitions: readonly string[], more: Partial<ReaderOptions> = {}) =>
  openReader({
    connection: cluster,
    partitions: partitions.map((name) => ({ topic: name.split(':')[0], partition: Number(name.split(':')[1]) })),
    isolation: 1,
    maxWaitMs: 0,
    maxBytes: 1 << 20,
    pause: async () => {},
    ...more,
  });

/** What came, as `index offset value`. */
const told = (polled: readonly Polled[]): string[] =>
  polled.flatMap(({ index, runs }) =>
    runs.flatMap(
      (run) =>
      [...run.offset].map((offset, i) => `${index} ${offset} ${run.bytes.toString('utf8', run.valueStart[i], run.valueStart[i] + run.valueLength[i])}`), // biome-ignore format: a line
    ),
  );

t.test('every leader is asked for what it leads, and positions go past markers', async (t) => {
  const cluster = fakeCluster({
    leaders: { 'a:0': '1', 'a:1': '2', 'b:0': '1' },
    answer: (asked, fetch) =>
      asked.topic === 'a'
        ? holding([batch(0, ['x', 'y']), marker(2, 1n, false)], 3)(asked, fetch)
        : holding([batch(5, [`${asked.partition}`])], 6)(asked, fetch),
    earliest: (topic) => (topic === 'b' ? 5 : 0),
  });
  const reader = await open(cluster, ['a:0', 'a:1', 'b:0']);
  t.strictSame([0, 1, 2].map(reader.position), [0, 0, 0]);
  t.strictSame(told(await reader.poll()).sort(), ['0 0 x', '0 1 y', '1 0 x', '1 1 y', '2 5 0']);
  t.strictSame([0, 1, 2].map(reader.position), [3, 3, 6]);
  t.strictSame(await reader.poll(), []);
  t.strictSame(cluster.fetches.map(({ node, partitions }) => `${node} ${partitions.map(({ topic, partition }) => `${topic}:${partition}`)}`), ['1 a:0,b:0', '2 a:1', '2 a:1', '1 b:0,a:0']); // biome-ignore format: a line
  t.equal(await reader.highWatermark(2), 6);
  t.equal(cluster.fetches.length, 4, 'as of the last answer');
  await reader.close();
  t.equal(cluster.calls.disconnect, 0, 'connections of others are theirs to close');
});

t.test('it never jumps: what was sought and is gone is an error (H8)', async (t) => {
  const gone = (): FakeCluster =>
    fakeCluster({
      leaders: { 'a:0': '1' },
      answer: (asked, fetch) => (asked.fromOffset < 20 ? failing(1) : holding([batch(20, ['x'])], 21)(asked, fetch)),
      earliest: () => 20,
      latest: () => 21,
    });
  const fresh = await open(gone(), ['a:0']);
  t.strictSame(told(await fresh.poll()), ['0 20 x'], 'a partition that was never sought begins at its first record');

  const cluster = gone();
  const reader = await open(cluster, ['a:0']);
  t.equal(await reader.highWatermark(0), 21);
  t.equal(await reader.earliest(0), 20);
  for (const offset of [0, 19]) {
    reader.seek(0, offset);
    await t.rejects(reader.poll(), { name: 'TransportError', code: 'out-of-range', canRetry: false }, `offset ${offset}`);
    t.equal(reader.position(0), offset, 'and stays where it was');
  }
});

t.test('ends can be asked without reading anything', async (t) => {
  const cluster = fakeCluster({ leaders: { 'a:0': '1' }, answer: holding([batch(0, ['x'])], 9, { lastStableOffset: 4 }) });
  const reader = await open(cluster, ['a:0']);
  t.equal(await reader.highWatermark(0), 9);
  t.equal(await reader.lastStableOffset(0), 4);
  t.equal(reader.position(0), 0);
  t.match(cluster.fetches, [{ maxBytes: 1 }], 'one fetch, as small as can be');
  t.strictSame(told(await reader.poll()), ['0 0 x']);
  const uncommitted = fakeCluster({ leaders: { 'a:0': '1' }, answer: holding([], 9, { lastStableOffset: -1 }) });
  const other = await open(uncommitted, ['a:0'], { isolation: 0 });
  t.equal(await other.lastStableOffset(0), 9, 'brokers do not tell it to readers of uncommitted data');
  t.equal(uncommitted.fetches[0].isolation, 0);
});

t.test('a leader that moves is followed, and the others are read meanwhile', async (t) => {
  let moved = false;
  const cluster: FakeCluster = fakeCluster({
    leaders: { 'a:0': '1', 'a:1': '1' },
    answer: (asked, fetch) =>
      asked.partition === 0 && fetch.node === '1' && moved ? failing(6) : holding([batch(0, ['x']), batch(1, ['y'])], 2)(asked, fetch),
  });
  const reader = await open(cluster, ['a:0', 'a:1']);
  moved = true;
  cluster.leaders.set('a:0', '2');
  t.strictSame(told(await reader.poll()), ['1 0 x', '1 1 y']);
  t.equal(cluster.calls.refresh, 1);
  t.strictSame(told(await reader.poll()), ['0 0 x', '0 1 y']);
  t.equal(cluster.calls.refresh, 1, 'metadata is asked for when a leader moved, and not again');
});

t.test('a partition that finds no leader ends the wait, although others answer', async (t) => {
  for (const code of [3, 5, 6, 9, 74, 75, 76]) {
    const pauses: number[] = [];
    const cluster = fakeCluster({
      leaders: { 'a:0': '1', 'a:1': '1' },
      answer: (asked, fetch) => (asked.partition === 0 ? failing(code) : holding([], 0)(asked, fetch)),
    });
    const reader = await open(cluster, ['a:0', 'a:1'], { pause: async (ms) => pauses.push(ms) });
    const untilItEnds = async (): Promise<void> => {
      for (;;) await reader.poll();
    };
    await t.rejects(untilItEnds(), { code: 'unreachable', canRetry: true }, `error ${code}`);
    const total = pauses.reduce((sum, ms) => sum + ms, 0);
    t.ok(total > 15_000 && total < 60_000, 'longer than an election takes, not for ever');
  }
  const reader = await open(fakeCluster({ leaders: {}, answer: () => failing(0) }), ['a:0']);
  await t.rejects(reader.poll(), { code: 'unreachable', canRetry: true }, 'metadata that knows no leader');
});

t.test('errors of a partition or of the whole answer are told in our words', async (t) => {
  const expected: readonly (readonly [number, { code: string; canRetry: boolean }])[] = [
    [29, { code: 'denied', canRetry: false }],
    [2, { code: 'corrupt', canRetry: false }],
    [56, { code: 'unreachable', canRetry: true }],
    [999, { code: 'fenced', canRetry: false }],
  ];
  for (const [errorCode, error] of expected) {
    const one = await open(fakeCluster({ leaders: { 'a:0': '1' }, answer: () => failing(errorCode) }), ['a:0']);
    await t.rejects(one.poll(), error, `partition: ${errorCode}`);
    const all = await open(fakeCluster({ leaders: { 'a:0': '1' }, answer: holding([], 0), errorCode }), ['a:0']);
    await t.rejects(all.poll(), error, `answer: ${errorCode}`);
  }
});

t.test('a connection that breaks, and bytes that are broken, name nothing of what was sent', async (t) => {
  const broken = batch(0, ['canary-value']);
  broken[broken.length - 1] ^= 1;
  const corrupt = await open(fakeCluster({ leaders: { 'a:0': '1' }, answer: holding([broken], 1) }), ['a:0']);
  await t.rejects(corrupt.poll(), { code: 'corrupt', canRetry: false, message: /^(?!.*canary).*a:0, offset 0 .*another copy/ });
  t.equal(corrupt.position(0), 0, 'nothing of it has passed');
  const gone = fakeCluster({ leaders: { 'a:0': '1' }, answer: holding([], 0) });
  const reader = await open({ ...gone, findBroker: async () => Promise.reject(new Error('canary-host:9092')) }, ['a:0']);
  await t.rejects(reader.poll(), { code: 'unreachable', canRetry: true, message: /^(?!.*canary)/ });
});

t.test("records without the broker's own time are refused where it is needed", async (t) => {
  const cluster = (): FakeCluster =>
    fakeCluster({ leaders: { 'a:0': '1' }, answer: holding([batch(0, ['x'], { isAppendTime: false })], 1) });
  t.strictSame(told(await (await open(cluster(), ['a:0'])).poll()), ['0 0 x']);
  const strict = await open(cluster(), ['a:0'], { needsAppendTime: true });
  await t.rejects(strict.poll(), { code: 'misconfigured', canRetry: false });
});

t.test('what one poll unpacks is bounded over all partitions, and each has its turn to be first', async (t) => {
  const big = (partition: number): Buffer => batch(0, [`${partition}`.repeat(10 << 20)], { codec: 1 });
  const batches = [0, 1, 2].map(big);
  const cluster = fakeCluster({
    leaders: { 'a:0': '1', 'a:1': '1', 'a:2': '1' },
    answer: (asked, fetch) => holding([batches[asked.partition]], 1)(asked, fetch),
  });
  const reader = await open(cluster, ['a:0', 'a:1', 'a:2']);
  t.strictSame((await reader.poll()).map(({ index }) => index), [0, 1]); // biome-ignore format: a line
  t.equal(reader.position(2), 0, 'the third waits');
  t.strictSame((await reader.poll()).map(({ index }) => index), [2]); // biome-ignore format: a line
  for (let i = 0; i < 2; i++) await reader.poll();
  t.strictSame(cluster.fetches.map(({ partitions }) => partitions[0].partition), [0, 1, 2, 0]); // biome-ignore format: a line
});
