import avro from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import type { ContainerHeader } from '../../src/decode/container.ts';
import { createContainerFramer } from '../../src/decode/datums.ts';
import { schemaOf } from '../../src/verify/avro-schema.ts';
import { blockRecords } from '../../src/verify/skip.ts';
import { encode } from '../decode/avro.ts';
import { planOf, READING } from '../decode/plans.ts';

const NESTED = {
  type: 'record',
  name: 'Nested',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'ok', type: 'boolean' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'settings', type: { type: 'map', values: 'long' } },
    { name: 'more', type: ['null', { type: 'record', name: 'More', fields: [{ name: 'x', type: 'double' }] }] },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
  ],
};
const EMPTY = { type: 'record', name: 'Nothing', fields: [] };
const header = { schema: 0, codec: 'null', sync: new Uint8Array(16), end: 0 } satisfies ContainerHeader;

/** Where the run's framer and the checker see records: `number start length`, over blocks of one file. */
const both = (schema: object, blocks: readonly (readonly [count: number, bytes: Uint8Array])[]): [string[], string[]] => {
  const plan = planOf([{ schemas: [schema], eventTime: null }]);
  const framer = createContainerFramer(plan, header, 0, 0);
  const ours = blocks.flatMap(([count, bytes]) =>
    [...framer({ count, bytes, end: 0 })].flatMap((batch) => Array.from(batch.offset, (offset, i) => `${offset} ${batch.recordLength[i]}`)),
  );
  let first = 0;
  const theirs = blocks.flatMap(([count, bytes]) => {
    const { records, numbers } = blockRecords(bytes, count, schemaOf(schema), plan.limits);
    const told = records.map((record) => `${first + record.ordinal} ${record.bytes.length}`);
    first += numbers;
    return told;
  });
  return [ours, theirs];
};

const flipped = (bytes: Buffer, at: number, byte: number): Buffer => {
  const changed = Buffer.from(bytes);
  if (changed.length > 0) changed[at % changed.length] = byte;
  return changed;
};

t.test('run and checker cut any block into the same records', async (t) => {
  const reading = encode(READING as never, { id: 'a', at: 1, level: null });
  const type = avro.Type.forSchema(NESTED as unknown as avro.Schema, { wrapUnions: false } as never);
  const nested = type.toBuffer({ id: 'x', ok: true, tags: ['a', 'b'], settings: { k: 5 }, more: { x: 1 }, kind: 'B' });
  const block = (sound: Buffer) =>
    fc.tuple(
      fc.oneof(fc.nat(9), fc.constantFrom(1e6, 2 ** 53)),
      fc
        .array(fc.oneof(fc.constant(sound), fc.uint8Array({ maxLength: 9 })), { maxLength: 6 })
        .map((parts) => Buffer.concat(parts))
        .chain((bytes) => fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => flipped(bytes, at, byte))),
    );
  for (const [schema, sound] of [
    [READING, reading],
    [NESTED, nested],
  ] as const) {
    fc.assert(
      fc.property(fc.array(block(sound), { maxLength: 3 }), (blocks) => {
        const [ours, theirs] = both(schema, blocks);
        return ours.join() === theirs.join();
      }),
      { numRuns: 400 },
    );
  }
  const [ours, theirs] = both(EMPTY, [
    [2 ** 40, Buffer.alloc(0)],
    [3, Buffer.alloc(0)],
  ]);
  t.same(ours, theirs, 'records without bytes are bounded');
});

t.test('a block in order is cut where its records end', async (t) => {
  const reading = encode(READING as never, { id: 'a', at: 1, level: null });
  const [ours, theirs] = both(READING, [[2, Buffer.concat([reading, reading])]]);
  t.same(theirs, [`0 ${reading.length}`, `1 ${reading.length}`]);
  t.same(ours, theirs);
});
