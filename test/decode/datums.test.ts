import fc from 'fast-check';
import t from 'tap';
import type { ContainerHeader } from '../../src/decode/container.ts';
import { createContainerFramer } from '../../src/decode/datums.ts';
import type { SourceBatch } from '../../src/model/record.ts';
import { encode, long, text } from './avro.ts';
import { outcomeOf, planOf, READING } from './plans.ts';

const plan = planOf([{ schemas: [READING], fields: ['id'], appendTime: { path: 'at', unit: 'ms' } }]);
const header = { schema: 0, codec: 'null', sync: new Uint8Array(16), end: 0 } satisfies ContainerHeader;

const datum = (id: string): Buffer => encode(READING as never, { id, at: 1, level: null });

/** Frames blocks of (claimed count, bytes) as one file. */
const frame = (blocks: readonly (readonly [number, Uint8Array])[], of = plan): SourceBatch[] => {
  const framer = createContainerFramer(of, header, 2, 5);
  return blocks.flatMap(([count, bytes]) => [...framer({ count, bytes, end: 0 })]);
};

/** What became of each record: its number, and its id or fault. */
const told = (blocks: readonly (readonly [number, Uint8Array])[], of = plan): string[] =>
  frame(blocks, of).flatMap((batch) => {
    const { rows, faults } = outcomeOf(of, batch);
    const all = [
      ...rows.map(({ record, values }) => [record, String(values[0])] as const),
      ...faults.map(({ record, fault }) => [record, fault] as const),
    ];
    return all.sort((a, b) => a[0] - b[0]).map(([record, what]) => `${batch.offset[record]} ${what}`);
  });

const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

t.test('records are numbered through the file', async (t) => {
  t.same(
    told([
      [2, join(datum('a'), datum('b'))],
      [0, join()],
      [1, datum('c')],
    ]),
    ['0 a', '1 b', '2 c'],
  );
  const [batch] = frame([[1, datum('a')]]);
  t.match(batch, { source: 5, topic: 'file', partition: 2, form: 'datum', schema: 0, bare: true });
  t.same(batch.recordLength, batch.valueLength);
});

t.test('a datum whose end is known hurts no neighbour', async (t) => {
  const wrong = encode(READING as never, { id: 'x'.repeat(600), at: 1, level: null });
  t.same(told([[3, join(datum('a'), wrong, datum('c'))]]), ['0 a', '1 string-too-long', '2 c']);
  const notText = join(long(1), Buffer.from([0xff]), long(1), long(2), long(0));
  t.same(told([[3, join(datum('a'), notText, datum('c'))]]), ['0 a', '1 bad-text', '2 c']);
});

t.test('a datum whose end nobody can tell takes the rest of its block as one fault; the next block keeps its numbers', async (t) => {
  const broken = join(text('b'), long(9));
  const blocks = [
    [4, join(datum('a'), broken, datum('c'), datum('d'))],
    [1, datum('e')],
  ] as const;
  t.same(told(blocks), ['0 a', '1 bad-avro', '4 e']);
  const [first] = frame(blocks);
  const end = first.bytes.length;
  t.same([...first.recordStart], [0, datum('a').length]);
  t.same([...first.recordLength], [datum('a').length, end - datum('a').length], 'it has all the bytes');
});

t.test('a block that claims fewer records than it has', async (t) => {
  t.same(
    told([
      [1, join(datum('a'), datum('b'))],
      [1, datum('c')],
    ]),
    ['0 a', '1 avro-trailing-bytes', '2 c'],
  );
  t.same(told([[0, datum('a')]]), ['0 avro-trailing-bytes'], 'none at all');
});

t.test('a block that claims more than it has', async (t) => {
  t.same(
    told([
      [3, join(datum('a'), datum('b'))],
      [1, datum('c')],
    ]),
    ['0 a', '1 b', '2 bad-avro', '3 c'],
  );
  t.same(told([[5, join()]]), ['0 bad-avro']);
});

t.test('a claim is not believed: nothing grows with it', async (t) => {
  for (const count of [1e6, 2 ** 53, 2 ** 62]) t.same(told([[count, datum('a')]]), ['0 a', '1 bad-avro'], `${count}`);
  const garbage = Buffer.alloc(3000, 0xff);
  t.same(
    told([
      [2 ** 40, garbage],
      [1, datum('c')],
    ]),
    ['0 bad-avro', '3001 c'],
    'no more records than bytes',
  );
  const empty = planOf([{ schemas: [{ type: 'record', name: 'Nothing', fields: [] }], eventTime: null }]);
  t.same(new Set(told([[2 ** 40, join()]], empty).map((line) => line.split(' ')[1])), new Set(['no-append-time', 'bad-avro']));
  t.equal(told([[2 ** 40, join()]], empty).length, empty.limits.items + 1, 'empty records are bounded like items');
});

t.test('large blocks are cut into batches', async (t) => {
  const many = join(...Array.from({ length: 20_000 }, () => datum('a')));
  const batches = frame([[20_000, many]]);
  t.same(
    batches.map(({ count }) => count),
    [8192, 8192, 3616],
  );
  t.same(
    batches.map(({ offset }) => offset[0]),
    [0, 8192, 16_384],
  );
});

t.test('any bytes and any claim: spans lie side by side, numbers rise, every record is told once', async () => {
  const piece = fc.oneof(
    fc.constantFrom('a', 'b').map(datum),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(12), fc.array(piece, { maxLength: 6 })), { maxLength: 3 }), (blocks) => {
      const batches = frame(blocks.map(([count, pieces]) => [count, join(...pieces)]));
      const offsets = batches.flatMap(({ offset }) => [...offset]);
      for (const batch of batches) {
        let at = batch.recordStart[0];
        for (let i = 0; i < batch.count; i++) {
          if (batch.recordStart[i] !== at || batch.recordLength[i] < 0) return false;
          at += batch.recordLength[i];
        }
        if (at !== batch.bytes.length) return false;
        outcomeOf(plan, batch);
      }
      const held = blocks.filter(([, pieces]) => join(...pieces).length > 0).length;
      return offsets.every((offset, i) => offset > (offsets[i - 1] ?? -1)) && batches.length >= held;
    }),
    { numRuns: 500 },
  );
});
