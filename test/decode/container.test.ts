import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import { type ContainerHeader, type Inflate, MAX_BLOCK_BYTES, readBlock, readHeader } from '../../src/decode/container.ts';
import { encode, isPlain, long, RICH, text, valuesOf } from './avro.ts';
import { planOf, READING } from './plans.ts';

const plan = planOf([{ schemas: [READING, RICH] }]);
const SYNC = Buffer.from('0123456789abcdef');

const inflate: Inflate = (bytes, maxBytes) => {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'container-too-large' : 'container-broken';
  }
};

const bytes = (value: Uint8Array): Buffer => Buffer.concat([long(value.length), value]);

const header = (meta: Readonly<Record<string, string>>): Buffer => {
  const entries = Object.entries(meta).map(([key, value]) => Buffer.concat([text(key), text(value)]));
  return Buffer.concat([Buffer.from('Obj\x01'), long(entries.length), ...entries, long(0), SYNC]);
};

const block = (count: number | bigint, data: Uint8Array, sync = SYNC): Buffer => Buffer.concat([long(count), bytes(data), sync]);

const schema = JSON.stringify(READING);
const plain: ContainerHeader = { schema: 0, codec: 'null', sync: SYNC, end: 0 };
const deflated: ContainerHeader = { ...plain, codec: 'deflate' };

t.test('a header gives schema, codec, sync marker and where it ends', async (t) => {
  const front = header({ 'avro.schema': JSON.stringify(RICH), 'avro.codec': 'deflate', other: 'x' });
  t.same(readHeader(Buffer.concat([front, Buffer.from('more')]), plan), {
    schema: 1,
    codec: 'deflate',
    sync: new Uint8Array(SYNC),
    end: front.length,
  });
  t.match(readHeader(header({ 'avro.schema': schema }), plan), { schema: 0, codec: 'null' }, 'no codec is the codec null');
  t.match(
    readHeader(header({ 'avro.schema': JSON.stringify({ ...READING, doc: 'other words' }) }), plan),
    { schema: 0 },
    'by canonical form',
  );
});

t.test('a header in blocks of negative count', async (t) => {
  const entry = Buffer.concat([text('avro.schema'), text(schema)]);
  const front = Buffer.concat([Buffer.from('Obj\x01'), long(-1), long(entry.length), entry, long(0), SYNC]);
  t.match(readHeader(front, plan), { schema: 0, end: front.length });
});

t.test('headers that are refused', async (t) => {
  const sound = header({ 'avro.schema': schema });
  for (let end = 0; end < sound.length; end++) t.equal(readHeader(sound.subarray(0, end), plan), 'container-broken', `cut at ${end}`);
  t.equal(readHeader(header({ 'avro.schema': schema, 'avro.codec': 'snappy' }), plan), 'container-codec-unknown');
  t.equal(readHeader(header({ 'avro.schema': JSON.stringify({ ...READING, name: 'Other' }) }), plan), 'container-schema-unknown');
  t.equal(readHeader(header({ 'avro.schema': '"string"' }), plan), 'container-schema-unknown');
  t.equal(readHeader(header({ 'avro.schema': '{' }), plan), 'container-broken');
  t.equal(readHeader(header({}), plan), 'container-broken');
  const deep = `${'{"type":"array","items":'.repeat(20_000)}"int"${'}'.repeat(20_000)}`;
  t.type(readHeader(header({ 'avro.schema': deep }), plan), 'string', 'a schema deeper than the stack');
  const huge = Buffer.concat([Buffer.from('Obj\x01'), long(2n ** 61n), Buffer.alloc(64)]);
  t.equal(readHeader(huge, plan), 'container-broken', 'a count of entries that cannot be');
  t.equal(readHeader(Buffer.concat([Buffer.from('Obj\x01'), long(1), long(2 ** 40)]), plan), 'container-broken', 'a key that is not there');
});

t.test('a schema that comes with data is never compiled', async (t) => {
  const { forSchema } = avro.Type;
  const calls: unknown[] = [];
  (avro.Type as { forSchema: unknown }).forSchema = (...args: unknown[]) => calls.push(args);
  t.teardown(() => {
    avro.Type.forSchema = forSchema;
  });
  readHeader(header({ 'avro.schema': schema }), plan);
  readHeader(header({ 'avro.schema': JSON.stringify({ ...RICH, name: 'Hostile' }) }), plan);
  t.equal(calls.length, 0);
});

t.test('blocks: whole ones are read, parts are waited for', async (t) => {
  const data = Buffer.from('datum');
  const whole = block(2, data);
  t.match(readBlock(Buffer.concat([Buffer.from('before'), whole, whole]), 6, plain, inflate), {
    count: 2,
    bytes: data,
    end: 6 + whole.length,
  });
  for (let end = 0; end < whole.length; end++) t.equal(readBlock(whole.subarray(0, end), 0, plain, inflate), null, `cut at ${end}`);
  t.match(readBlock(block(2, deflateRawSync(data)), 0, deflated, inflate), { count: 2, bytes: data });
});

t.test('blocks that are refused', async (t) => {
  t.equal(readBlock(block(1, Buffer.from('x'), Buffer.alloc(16)), 0, plain, inflate), 'container-broken', 'another sync marker');
  t.equal(readBlock(block(-1, Buffer.from('x')), 0, plain, inflate), 'container-broken', 'a negative count');
  t.equal(readBlock(Buffer.concat([long(1), long(-1), SYNC]), 0, plain, inflate), 'container-broken', 'a negative size');
  t.equal(readBlock(Buffer.alloc(40, 0xff), 0, plain, inflate), 'container-broken', 'a number without end');
  t.equal(
    readBlock(Buffer.concat([long(1), long(MAX_BLOCK_BYTES + 1)]), 0, plain, inflate),
    'container-too-large',
    'at once, not when it is there',
  );
  t.equal(readBlock(block(1, Buffer.from('not deflate')), 0, deflated, inflate), 'container-broken');
  t.equal(
    readBlock(block(1, deflateRawSync(Buffer.alloc(MAX_BLOCK_BYTES + 1))), 0, deflated, inflate),
    'container-too-large',
    'an inflate bomb',
  );
});

t.test("Avro's own files are read", async (t) => {
  const file = (name: string) => readFileSync(new URL(`../fixtures/avro/${name}.avro`, import.meta.url));
  const weather = planOf([
    {
      schemas: [
        {
          type: 'record',
          name: 'test.Weather',
          fields: [
            ['station', 'string'],
            ['time', 'long'],
            ['temp', 'int'],
          ].map(([name, type]) => ({ name, type })),
        },
      ],
    },
    {
      schemas: [
        {
          type: 'record',
          name: 'Person',
          fields: [
            ['ID', 'long'],
            ['First', 'string'],
            ['Last', 'string'],
            ['Phone', 'string'],
            ['Age', 'int'],
          ].map(([name, type]) => ({ name, type })),
        },
      ],
    },
  ]);
  for (const [name, index, codec] of [
    ['weather', 0, 'null'],
    ['weather-deflate', 0, 'deflate'],
    ['syncInMeta', 1, 'deflate'],
  ] as const) {
    const found = readHeader(file(name), weather) as ContainerHeader;
    t.match(found, { schema: index, codec }, name);
    let at = found.end;
    let records = 0;
    while (at < file(name).length) {
      const read = readBlock(file(name), at, found, inflate);
      if (read === null || typeof read === 'string') throw new Error(`${name}: ${read}`);
      at = read.end;
      records += read.count;
    }
    t.equal(records, index === 0 ? 5 : records, `${name}: records`);
    t.ok(records > 0);
  }
  t.equal(readHeader(file('weather-snappy'), weather), 'container-codec-unknown');
});

t.test('what avsc writes is read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(valuesOf(RICH).filter(isPlain), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('null' as const, 'deflate' as const),
      async (values, codec) => {
        const data = Buffer.concat(values.map((value) => encode(RICH, value)));
        const encoder = new avro.streams.BlockEncoder(avro.Type.forSchema(RICH as unknown as avro.Schema, { wrapUnions: true } as never), {
          codec,
        });
        const type = avro.Type.forSchema(RICH as unknown as avro.Schema, { wrapUnions: true } as never);
        const parts: Buffer[] = [];
        encoder.on('data', (part: Buffer) => parts.push(part));
        const ended = new Promise((resolve) => encoder.on('end', resolve));
        for (const value of values) encoder.write(type.fromBuffer(encode(RICH, value)));
        encoder.end();
        await ended;
        const file = Buffer.concat(parts);
        const found = readHeader(file, plan) as ContainerHeader;
        const read = readBlock(file, found.end, found, inflate);
        if (read === null || typeof read === 'string') return false;
        return read.count === values.length && read.end === file.length && Buffer.from(read.bytes).equals(data);
      },
    ),
    { numRuns: 20 },
  );
});
