import fc from 'fast-check';
import t from 'tap';
import { type ByteReader, createByteReader, createByteWriter } from '../../src/record/bytes.ts';

t.test('what is written is read', async (t) => {
  const number = fc.oneof(fc.nat(300), fc.maxSafeNat());
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.array(fc.tuple(number, int32, fc.double(), fc.string({ unit: 'binary' }), fc.uint8Array())), (rows) => {
      const writer = createByteWriter();
      for (const [varint, int, float, text, bytes] of rows) {
        writer.varint(varint);
        writer.int32(int);
        writer.float64(float);
        writer.text(text);
        writer.byte(bytes.length % 256);
        writer.bytes(bytes);
      }
      const reader = createByteReader(Buffer.concat([Buffer.of(1), writer.done()]).subarray(1));
      for (const [varint, int, float, text, bytes] of rows) {
        t.same([reader.varint(), reader.int32()], [varint, int]);
        t.ok(Object.is(reader.float64(), float));
        t.equal(reader.text(), text);
        t.equal(reader.byte(), bytes.length % 256);
        t.ok(Buffer.from(reader.bytes(bytes.length)).equals(bytes));
      }
      return reader.ended();
    }),
    { numRuns: 30 },
  );
});

const refuses = (bytes: readonly number[], read: (reader: ByteReader) => void): boolean => {
  const reader = createByteReader(Uint8Array.from(bytes));
  read(reader);
  return !reader.ended();
};

t.test('a number has one encoding, and an end', async (t) => {
  t.ok(
    refuses([0x80, 0x00], (reader) => reader.varint()),
    'longer than it must be',
  );
  t.ok(
    refuses([0x80], (reader) => reader.varint()),
    'cut',
  );
  t.ok(
    refuses([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10], (reader) => reader.varint()),
    'over 2^53 - 1',
  );
  t.ok(
    refuses(new Array(12).fill(0x80), (reader) => reader.varint()),
    'endless',
  );
  t.notOk(
    refuses([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], (reader) => reader.varint()),
    '2^53 - 1',
  );
});

t.test('texts are UTF-8, byte order marks included', async (t) => {
  t.ok(refuses([1, 0xff], (reader) => reader.text()));
  t.ok(
    refuses([3, 0xed, 0xa0, 0x80], (reader) => reader.text()),
    'a surrogate',
  );
  t.equal(createByteReader(Uint8Array.of(3, 0xef, 0xbb, 0xbf)).text(), '\ufeff');
});

t.test('a count is no larger than what can follow', async (t) => {
  const reader = createByteReader(Uint8Array.of(3, 0, 0, 0, 0, 0, 0));
  t.equal(reader.count(2), 3);
  t.ok(refuses([4, 0, 0, 0, 0, 0, 0], (reader) => reader.count(2)));
});

t.test('after a failure everything is 0 or nothing, for good', async (t) => {
  const reader = createByteReader(Uint8Array.of(1, 2, 3));
  t.equal(reader.bytes(4).length, 0);
  t.same([reader.byte(), reader.varint(), reader.int32(), reader.float64(), reader.text(), reader.count(1)], [0, 0, 0, 0, '', 0]);
  t.equal(reader.rest().length, 0);
  t.notOk(reader.ended());
});
