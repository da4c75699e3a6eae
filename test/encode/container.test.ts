import { PassThrough } from 'node:stream';
import avro from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import { createContainer } from '../../src/encode/container.ts';
import { createEncoder } from '../../src/encode/encode.ts';
import { planOf, released, rowsOf, view } from './world.ts';

const readBack = async (bytes: Uint8Array): Promise<unknown[]> => {
  const stream = new PassThrough();
  const decoder = stream.pipe(new avro.streams.BlockDecoder());
  stream.end(bytes);
  const records: unknown[] = [];
  for await (const record of decoder) records.push(record);
  return records;
};

t.test('law: another reader of Avro container files reads what was encoded, block by block', async (t) => {
  const shape = view();
  const encoder = createEncoder(planOf(shape), shape);
  const container = createContainer(shape.name, encoder.avsc);
  await fc.assert(
    fc.asyncProperty(fc.array(rowsOf(shape, 90), { maxLength: 3 }), async (windows) => {
      const encoded = windows.map((rows) => encoder.encode(released(shape, rows))).filter(({ count }) => count > 0);
      const file = Buffer.concat([container.header, ...encoded.map(({ avro: data }) => container.block(data))]);
      const records = JSON.parse(JSON.stringify(await readBack(file)));
      t.strictSame(
        records,
        encoded.flatMap(({ json }) => json.map((line) => JSON.parse(line))),
      );
    }),
    { numRuns: 20 },
  );
});

t.test('equal views give equal headers: the sync marker is no fingerprint of a run', async (t) => {
  t.strictSame(createContainer('a', '"string"').header, createContainer('a', '"string"').header);
  t.notSame(createContainer('a', '"string"').header, createContainer('b', '"string"').header);
});
