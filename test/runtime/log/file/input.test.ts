import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { longestLine } from '../../../../src/decode/envelope.ts';
import { TransportError } from '../../../../src/model/log.ts';
import type { SourceBatch } from '../../../../src/model/record.ts';
import { readInput } from '../../../../src/runtime/log/file/input.ts';
import { encode, long, text } from '../../../decode/avro.ts';
import { createSources, envelope, LIMITS, outcomeOf, planOf, READING } from '../../../decode/plans.ts';

const WEATHER = {
  type: 'record',
  name: 'test.Weather',
  schemaId: 8,
  fields: [
    { name: 'station', type: 'string' },
    { name: 'time', type: 'long' },
    { name: 'temp', type: 'int' },
  ],
};
const PERSON = {
  type: 'record',
  name: 'Person',
  fields: [
    ['ID', 'long'],
    ['First', 'string'],
    ['Last', 'string'],
    ['Phone', 'string'],
    ['Age', 'int'],
  ].map(([name, type]) => ({ name, type })),
};

const plan = planOf([
  { name: 'reading', schemas: [READING], fields: ['id'], appendTime: { path: 'at', unit: 'ms' } },
  { name: 'weather', schemas: [WEATHER], fields: ['station', 'time number', 'temp number'], eventTime: null },
  { name: 'person', schemas: [PERSON], fields: ['ID number'], eventTime: null, views: [] },
]);

const fixture = (name: string): string => new URL(`../../../fixtures/avro/${name}`, import.meta.url).pathname;

const batchesOf = async (path: string, of = plan): Promise<SourceBatch[]> => {
  const found: SourceBatch[] = [];
  for await (const batches of readInput(path, 4, of, createSources().index)) found.push(...batches);
  return found;
};

const refusal = (path: string): Promise<unknown> =>
  batchesOf(path).then(
    () => null,
    (thrown: unknown) => thrown,
  );

let files = 0;
const write = (dir: string, bytes: string | Uint8Array, ending: string): string => {
  const path = join(dir, `input-${files++}${ending}`);
  writeFileSync(path, bytes);
  return path;
};

const SYNC = Buffer.from('0123456789abcdef');
const container = (blocks: readonly (readonly [number, Uint8Array])[], codec = 'null', schema: unknown = READING): Buffer => {
  const meta = Buffer.concat([text('avro.schema'), text(JSON.stringify(schema)), text('avro.codec'), text(codec)]);
  const parts = blocks.map(([count, bytes]) => Buffer.concat([long(count), long(bytes.length), bytes, SYNC]));
  return Buffer.concat([Buffer.from('Obj\x01'), long(2), meta, long(0), SYNC, ...parts]);
};

const datum = (id: string): Buffer => encode(READING as never, { id, at: 1, level: null });

t.test("Avro's own container files", async (t) => {
  const expected = readFileSync(fixture('weather.json'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const name of ['weather.avro', 'weather-deflate.avro']) {
    const [batch] = await batchesOf(fixture(name));
    t.match(batch, { source: 0, topic: 'file', partition: 4, form: 'datum', schema: 1, bare: true, count: 5 });
    t.same([...batch.offset], [0, 1, 2, 3, 4]);
    const { rows } = outcomeOf(plan, { ...batch, appendMs: new Float64Array(5) });
    t.same(
      rows.map(({ values: [station, time, temp] }) => ({ station, time, temp })),
      expected,
      name,
    );
  }
  const persons = await batchesOf(fixture('syncInMeta.avro'));
  const count = persons.reduce((sum, batch) => sum + outcomeOf(plan, { ...batch, appendMs: new Float64Array(batch.count) }).noView, 0);
  t.equal(
    count,
    persons.reduce((sum, batch) => sum + batch.count, 0),
    'a sync marker inside the header',
  );
  t.ok(count > 0);
});

t.test('containers that are refused, in our words', async (t) => {
  const dir = t.testdir({ 'folder.avro': {} });
  const sound = container([[2, Buffer.concat([datum('canary'), datum('b')])]]);
  const cases: readonly (readonly [name: string, path: string, message: RegExp])[] = [
    ['an unknown codec', fixture('weather-snappy.avro'), /codec null or deflate/],
    ['an unknown schema', write(dir, container([], 'null', { ...READING, name: 'Canary' }), '.avro'), /whose schema the policy names/],
    ['cut in the header', write(dir, sound.subarray(0, 40), '.avro'), /sound Avro container/],
    ['cut in a block', write(dir, sound.subarray(0, -20), '.avro'), /sound Avro container/],
    ['cut in the last sync marker', write(dir, sound.subarray(0, -1), '.avro'), /sound Avro container/],
    ['another sync marker', write(dir, Buffer.concat([sound.subarray(0, -16), Buffer.alloc(16, 1)]), '.avro'), /sound Avro container/],
    ['bytes behind the last block', write(dir, Buffer.concat([sound, Buffer.from('x')]), '.avro'), /sound Avro container/],
    ['no container at all', write(dir, 'canary', '.avro'), /sound Avro container/],
    ['an empty file', write(dir, '', '.avro'), /sound Avro container/],
    ['a block larger than allowed', write(dir, Buffer.concat([container([]), long(1), long(2 ** 40)]), '.avro'), /blocks of 16 MiB/],
    ['an inflate bomb', write(dir, container([[1, deflateRawSync(Buffer.alloc(64 << 20))]], 'deflate'), '.avro'), /blocks of 16 MiB/],
    ['a block that does not inflate', write(dir, container([[1, Buffer.from('canary')]], 'deflate'), '.avro'), /sound Avro container/],
    ['a missing file', join(dir, 'canary.avro'), /cannot be read/],
    ['a folder', join(dir, 'folder.avro'), /cannot be read/],
  ];
  for (const [name, path, message] of cases) {
    const error = await refusal(path);
    t.ok(error instanceof TransportError, name);
    t.match(error, { code: 'unreadable', canRetry: false, message }, name);
    t.notMatch((error as Error).message, /canary|input-|folder/i, `${name}: without path or value`);
  }
});

t.test('blocks before a broken one are read; what follows is refused', async (t) => {
  const path = write(t.testdir(), Buffer.concat([container([[1, datum('a')]]), Buffer.from([2, 2, 0])]), '.avro');
  let seen = 0;
  await t.rejects(
    async () => {
      for await (const batches of readInput(path, 0, plan, createSources().index)) seen += batches[0].count;
    },
    { code: 'unreadable' },
  );
  t.equal(seen, 1);
});

t.test('a container without records has none, and a block that claims none but has bytes is a fault', async (t) => {
  const dir = t.testdir();
  t.same(await batchesOf(write(dir, container([]), '.avro')), []);
  t.same(await batchesOf(write(dir, container([[0, Buffer.alloc(0)]]), '.avro')), []);
  const [batch] = await batchesOf(write(dir, container([[0, datum('a')]]), '.avro'));
  t.same(
    outcomeOf(plan, batch).faults.map(({ fault }) => fault),
    ['avro-trailing-bytes'],
  );
});

t.test('blocks over the cuts of reading', async (t) => {
  const size = 1000;
  const blocks = Array.from({ length: 12 }, (_, i): [number, Buffer] => [
    size,
    Buffer.concat(Array.from({ length: size }, () => datum(String(i % 10).repeat(500)))),
  ]);
  const batches = await batchesOf(write(t.testdir(), container(blocks), '.avro'));
  const { length } = batches.flatMap((batch) => outcomeOf(plan, batch).rows);
  t.equal(length, 12 * size);
  t.same(
    batches.map(({ offset }) => offset[0]),
    blocks.map((_, i) => i * size),
  );
});

t.test('text: envelopes, bare events and broken lines of one file', async (t) => {
  const lines = [
    envelope({ offset: 7 }),
    '',
    '{"id":"b","type":"reading","at":9}',
    'x'.repeat(longestLine(LIMITS) + 100),
    envelope({ offset: 8, value: { id: 'c' } }),
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n`);
  const dir = t.testdir();
  for (const path of [write(dir, bytes, '.ndjson'), write(dir, gzipSync(bytes), '.ndjson.gz')]) {
    const batches = await batchesOf(path);
    t.same(
      batches.map(({ topic, partition, offset }) => [topic, partition, [...offset]]),
      [
        ['test.reading', 0, [7, 8]],
        ['file', 4, [2, 3]],
      ],
    );
    const [named, own] = batches.map((batch) => outcomeOf(plan, batch));
    t.same(
      named.rows.map(({ values }) => values[0]),
      ['a', 'c'],
    );
    t.same([own.rows.map(({ values }) => values[0]), own.faults.map(({ fault }) => fault)], [['b'], ['too-long-line']]);
  }
});

t.test('a truncated gzip file is refused', async (t) => {
  const packed = gzipSync(`${envelope()}\n`.repeat(100));
  t.match(await refusal(write(t.testdir(), packed.subarray(0, -10), '.ndjson.gz')), { code: 'unreadable' });
});
