import kafkajs from 'kafkajs';
import t from 'tap';
import { lastValue, readRange, readToEnd } from '../../../../src/runtime/log/kafka/whole.ts';
import { type FakeCluster, fakeCluster } from './cluster.ts';
import { encodeBatch, marker } from './wire/encode.ts';

const OF = { topic: 'unjoin.ledger', partition: 0 };
const value = (text: string | null) => ({
  key: Buffer.from('k'),
  value: text === null ? null : Buffer.from(text),
  headers: [['h', 'v']] as const,
});
const sent = (baseOffset: number, producerId: bigint, ...texts: (string | null)[]): Buffer =>
  encodeBatch({ baseOffset, producerId, isTransactional: true, records: texts.map(value) });

/** A committed transaction, an aborted one of a second producer within another, and a marker at the very end. */
const BATCHES = [sent(3, 1n, 'a', 'b'), sent(5, 2n, 'lost'), marker(6, 1n, false), sent(7, 1n, 'c', null), marker(9, 2n, true), marker(10, 1n, false)]; // biome-ignore format: a line
const END = 11;

/** A partition that begins at 3; a fetch gives one batch, as a broker with small answers does. */
const ledger = (): FakeCluster =>
  fakeCluster({
    leaders: { 'unjoin.ledger:0': '1' },
    earliest: () => 3,
    answer: ({ fromOffset }, { isolation }) => {
      const ends = { highWatermark: END, lastStableOffset: END, logStartOffset: 3 };
      const records = BATCHES.find((batch) => Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) >= fromOffset) ?? null;
      return { ...ends, records, ...(isolation === 1 ? { aborted: [{ producerId: 2n, firstOffset: 5 }] } : {}) };
    },
  });

const all = async <T>(records: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const record of records) list.push(record);
  return list;
};

t.test('a small topic is read until the position, markers included, is at the high watermark', async (t) => {
  const cluster = ledger();
  const records = await all(readToEnd(cluster, OF, 'earliest'));
  t.strictSame(records.map(({ offset, key, value }) => `${offset} ${key} ${value}`), ['3 k a', '4 k b', '7 k c', '8 k null']); // biome-ignore format: a line
  t.strictSame(cluster.looks, [0], 'the end is that of uncommitted data');
  t.ok(cluster.fetches.every(({ isolation }) => isolation === 1));
  t.match(cluster.fetches.at(-1)?.partitions, [{ fromOffset: 10 }], 'the last marker was waited for');
  t.strictSame((await all(readToEnd(ledger(), OF, 8))).map(({ offset }) => offset), [8]); // biome-ignore format: a line
  t.strictSame(await all(readToEnd(ledger(), OF, END)), [], 'nothing is left behind the end');
});

const refusal = (code: number): Error => new kafkajs.KafkaJSProtocolError({ type: 'X', code, message: 'x', retriable: true } as never);

t.test('a leader that does not know yet how far the others are is asked until it does: its fetches tell an older end', async (t) => {
  for (const code of [5, 6, 78]) {
    const refusals = [refusal(code), refusal(code)];
    const behind = fakeCluster({
      leaders: { 'unjoin.ledger:0': '1' },
      earliest: () => 3,
      latest: () => refusals.shift() ?? END,
      answer: ({ fromOffset }) => {
        // As if the last entry and its marker were not there: a reader that stops here goes on from the entry before.
        const known = refusals.length > 0 ? 5 : END;
        const ends = { highWatermark: known, lastStableOffset: known, logStartOffset: 3 };
        const next = BATCHES.find((batch) => Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) >= fromOffset) ?? null;
        return { ...ends, records: fromOffset < known ? next : null, aborted: [{ producerId: 2n, firstOffset: 5 }] };
      },
    });
    t.strictSame((await all(readToEnd(behind, OF, 'earliest'))).map(({ offset }) => offset), [3, 4, 7, 8], `refused with ${code}`); // biome-ignore format: a line
    t.equal(behind.calls.refresh, 2, 'who leads is looked up again');
  }
  const never = fakeCluster({ leaders: { 'unjoin.ledger:0': '1' }, latest: () => refusal(29), answer: () => ({ highWatermark: 0, lastStableOffset: 0, logStartOffset: 0, records: null }) }); // biome-ignore format: a line
  await t.rejects(all(readToEnd(never, OF, 'earliest')), { name: 'TransportError', code: 'denied' });
});

t.test('a range stops before its end, and has everything around the value', async (t) => {
  const [a, b, ...more] = await all(readRange(ledger(), OF, 5));
  t.strictSame([a.offset, b.offset, more.length], [3, 4, 0]);
  t.strictSame(a.headers, [{ name: 'h', value: Buffer.from('v') }]);
  t.ok(a.whole.includes('a') && a.whole.length < BATCHES[0].length);
  t.strictSame((await all(readRange(ledger(), OF, null))).map(({ offset }) => offset), [3, 4, 7, 8]); // biome-ignore format: a line
});

t.test('a start that is gone is an error, and no shorter list', async (t) => {
  const gone = fakeCluster({
    leaders: { 'unjoin.ledger:0': '1' },
    earliest: () => 3,
    answer: ({ fromOffset }) => ({
      errorCode: fromOffset < 3 ? 1 : 0,
      highWatermark: 3,
      lastStableOffset: 3,
      logStartOffset: 3,
      records: null,
    }),
  });
  await t.rejects(all(readToEnd(gone, OF, 0)), { code: 'out-of-range' });
});

t.test('the last value of a long partition is looked for at its end, and everywhere when nothing there is committed', async (t) => {
  const long = (isCommitted: boolean): FakeCluster => {
    const batches = [sent(3, 1n, 'old'), marker(4, 1n, true), sent(900, 2n, 'last'), marker(901, 2n, isCommitted)];
    const ends = { highWatermark: 902, lastStableOffset: 902, logStartOffset: 3 };
    return fakeCluster({
      leaders: { 'unjoin.ledger:0': '1' },
      earliest: () => 3,
      latest: () => 902,
      answer: ({ fromOffset }) => ({
        ...ends,
        records: batches.find((batch) => Number(batch.readBigInt64BE(0)) >= fromOffset) ?? null,
        aborted: isCommitted ? [] : [{ producerId: 2n, firstOffset: 900 }],
      }),
    });
  };
  const committed = long(true);
  t.equal((await lastValue(committed, OF))?.toString(), 'last');
  t.strictSame(
    committed.fetches.flatMap(({ partitions }) => partitions.map(({ fromOffset }) => fromOffset))[0],
    702,
    'the rest is not read',
  );
  t.equal((await lastValue(long(false), OF))?.toString(), 'old');
});
