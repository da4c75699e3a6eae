import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import t from 'tap';
import { CODECS, inflate, prepareCodecs } from '../../../../../src/runtime/log/kafka/wire/inflate.ts';
import { rawZstd, xerial } from './encode.ts';

const [, GZIP, SNAPPY, LZ4, ZSTD] = CODECS.keys();
const LIMIT = 1 << 20;

/** What the reference command-line tools make of `TEXT`: zstd -3, and lz4 -9 with content size and blocks of 256 KiB. */
const TEXT = Buffer.from(Array.from({ length: 120 }, (_, i) => `{"device":"d-${(i * 7919) % 1000}","t":${i % 37}}`).join('\n'));
// biome-ignore format: one line each
const BY_ZSTD = Buffer.from('KLUv/QRYtQkAss0fFqAXpA3mbxGnraqxTXJl75QIUoA6TgzFPVT2Ezm+5bGfkFfzUNlPSqneQ/UTkz0ZtuKhsp8QXXqo7CfFaW0XPXVtGX9sVKrayvdeu1JN9tqbNRxii2K8sc45Vkg5Hq0v2eypIdHRlJWNrPd5PIBChFEwAoYIDEMYxACBATGMg4CyqBF5z/07sKOSZgwRWEAjjAgQRcREQnwBYqZFQNFvB5e4LXIYCuKYlwTFTEAWYeYSZixhmPiN09yY+dsPbaWr0Ks5esxtdShhHLqVPFjX5cYSZiwhX8aFlojTbjeltl2kkxe+lLD9upQ9f5AMeXY2xPmSkM16GpAOAGzjgCwCGIOg0+BPCpIhAfMMLKdAMwQgT4Bn+bf4G/iDcPiB2IILfNgUa0p+RYI1hv7Im9gGfz1sFSu78tQ=', 'base64');
// biome-ignore format: one line each
const BY_LZ4 = Buffer.from('BCJNGGxA9wsAAAAAAAD9IAMAAPkIeyJkZXZpY2UiOiJkLTAiLCJ0IjowfQoXADI5MTkZABsxGQAyODM4GQAbMhkAMjc1NxkAGzMZADI2NzYZABs0GQAyNTk1GQAcNRkAIjE0GQAbNhkAMjQzMxkAGzcZADIzNTIZABs4GQAyMjcxGQAbORkAIzE5+gAcMfsAJDEw+wAM/AATMvsAHDH8ACM5NPwAHDH9ACM4Nv0AHDH+ACM3OP4AHDH/ACM3MP8AHDEAASM2MgABHDEBASM1NAEBHDECASM0NgIBHDEDASMzOAMBHDIDASMyOQMBHTIDARQx/wEMBAEjMTMEARwyBAETNQMBHDIDASM5NwMBHDIDASM4OQMBHDIDASM4MQMBHDIDASM3MwMBHDIDASM2NQMBHDIDASM1NwMBHDMDASM0OAMBHDMDASM0MAMBHDMDASQzMgMDDAMBIzI0BAEcMwQBIzE2BAEdMwQBAwMBHDMDAR8zswMELzIyswMELzQxswMELzYwswMFHzmzAwUfOLMDBR83swMFHzazAwUfNbMDBR80swMFHzOzAwUvMTKzAwQvMzGzAwUvNTCzAwYfObMDBh84swMGHzezAwYfNrMDBh81swMGHzSzAwYfM7MDBD8zMDKzAwUvMjGzAwUvNDCzAwUfObMDBh84swMGHzezAwYfNrMDBh81swMGHzSzAwYfM7MDBS85MrMDBS8xMbMDBS8zMLMDBh85swMGHzizAwUfN7MDBB82swMFHzWzAwUfNLMDBR8zswMELzgyswMDPzYwMbMDBC8yMLMDBR85swMFHzizAwUfN7MDBR82swMGHzWzAwUfNLMDBh8zswMFLzcyswMFLzkxswMFLzEwswMGHzmzAwYfOLMDBh83swMGHzazAwYfNbMDBh80swMGHzOzAwQvNjKzAwUvODGzAwQ/OTAwswMGHzmzAwYfOLMDBh83swMGHzazAwYfNbMDBh80swMGHzOzAwUvNTKzAwUvNzGzAwQvOTCzAwQfObMDBR84swMFHzezAwUfNrMDBR81swMFHzSzAwUfM7MDBC80MrMDBKA2MSIsInQiOjh9AAAAAHJwfxo=', 'base64');

t.before(() => prepareCodecs());

const PACK: readonly (readonly [number, (bytes: Buffer) => Buffer])[] = [
  [GZIP, (bytes) => gzipSync(bytes)],
  [SNAPPY, (bytes) => Buffer.from(snappy.compress(bytes))],
  [SNAPPY, (bytes) => xerial(bytes, 100)],
  [LZ4, (bytes) => Buffer.from(lz4.compress(bytes))],
  [ZSTD, rawZstd],
];

/** Bytes that can be packed: words that come again, and noise. */
const packable = fc
  .array(fc.oneof(fc.constantFrom('device', 'temperature', 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaa').map((word) => Buffer.from(word)), fc.uint8Array({ maxLength: 80 })), { minLength: 1, maxLength: 60 }) // biome-ignore format: a line
  .map((parts) => Buffer.concat(parts))
  .filter(({ length }) => length > 0);

t.test('what was packed comes back, by every codec', async (t) => {
  fc.assert(
    fc.property(
      packable,
      (bytes) =>
      PACK.every(([codec, pack]) => inflate(codec, pack(bytes), LIMIT)?.equals(bytes) === true && inflate(codec, pack(bytes), bytes.length)?.equals(bytes) === true), // biome-ignore format: a line
    ),
  );
  t.strictSame(inflate(ZSTD, BY_ZSTD, LIMIT), TEXT);
  t.strictSame(inflate(LZ4, BY_LZ4, LIMIT), TEXT);
  t.strictSame(inflate(ZSTD, Buffer.concat([BY_ZSTD, BY_ZSTD]), LIMIT), Buffer.concat([TEXT, TEXT]), 'two frames');
});

t.test('a byte more than allowed is refused', async () => {
  fc.assert(fc.property(packable, (bytes) => PACK.every(([codec, pack]) => inflate(codec, pack(bytes), bytes.length - 1) === null)));
});

t.test('bombs are refused before they are unpacked', async (t) => {
  const zeros = Buffer.alloc(20_000_000);
  const bombs: readonly (readonly [string, number, Buffer])[] = [
    ['gzip', GZIP, gzipSync(zeros)],
    ['snappy', SNAPPY, Buffer.from(snappy.compress(zeros))],
    ['snappy in blocks', SNAPPY, xerial(zeros, 1 << 18)],
    ['snappy that announces 4 GiB', SNAPPY, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])],
    ['lz4', LZ4, Buffer.from(lz4.compress(zeros))],
    [
      'zstd',
      ZSTD,
      Buffer.from(
        'KLUv/QRYVAAAEAAAAQD7/znAAgIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAEQAAAABAP3/zQsQAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAARAAAAAEA/f/NCxACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAANoCQAh91DZ',
        'base64',
      ),
    ],
    ['zstd with a window of a terabyte', ZSTD, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 0, 0, 0])],
  ];
  for (const [what, codec, bytes] of bombs) t.equal(inflate(codec, bytes, LIMIT), null, what);
});

t.test('a bomb costs no more memory than is allowed: gzip, of many members (H13)', async (t) => {
  const member = gzipSync(Buffer.alloc(20_000_000));
  const bomb = Buffer.concat(Array.from({ length: 25 }, () => member));
  const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
  const before = peakBytes();
  t.equal(inflate(GZIP, bomb, LIMIT), null);
  t.ok(peakBytes() - before < 100_000_000, '500 MB were announced');
});

t.test('lengths and distances that lead nowhere are refused, and end', async (t) => {
  const lz4Frame = (block: readonly number[], stored = 0): Buffer =>
    Buffer.from([4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, block.length, 0, 0, stored, ...block, 0, 0, 0, 0]);
  const broken: readonly (readonly [string, number, Buffer])[] = [
    ['a snappy literal of negative length', SNAPPY, Buffer.from([0x20, 0xfc, 0xfa, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    ['a snappy copy from before the start', SNAPPY, Buffer.from([4, 1, 9])],
    ['a snappy copy of distance 0', SNAPPY, Buffer.from([5, 0, 65, 1, 0])],
    ['a snappy copy that ends in the middle', SNAPPY, Buffer.from([5, 0, 65, 2, 1])],
    ['a snappy literal whose length is cut', SNAPPY, Buffer.from([5, 0xf4, 1])],
    ['snappy that is longer than it says', SNAPPY, Buffer.from([1, 4, 65, 66])],
    ['snappy that is shorter than it says', SNAPPY, Buffer.from([3, 4, 65, 66])],
    ['snappy without a length', SNAPPY, Buffer.from([0xff])],
    ['a xerial block that does not fit', SNAPPY, xerial(Buffer.from('abc')).subarray(0, -1)],
    ['a zstd Huffman table of one symbol that takes no bits', ZSTD, Buffer.from('28b52ffd2040f50000a2000505f003000001010101010101010101010101010101010101010100', 'hex')], // biome-ignore format: a line
    ['an lz4 match from before the start', LZ4, lz4Frame([0x10, 65, 9, 0, 0x10, 65])],
    ['an lz4 match of distance 0', LZ4, lz4Frame([0x10, 65, 0, 0, 0x10, 65])],
    ['an lz4 length that does not end', LZ4, lz4Frame([0xff, 255, 255, 255])],
    ['an lz4 literal that does not fit', LZ4, lz4Frame([0x50, 65])],
    ['an lz4 match that is cut', LZ4, lz4Frame([0x10, 65, 1])],
    ['an lz4 block that ends in a match', LZ4, lz4Frame([0x10, 65, 1, 0])],
    ['an lz4 frame of another version', LZ4, Buffer.concat([BY_LZ4.subarray(0, 4), Buffer.from([0x20]), BY_LZ4.subarray(5)])],
    ['an lz4 frame with a dictionary', LZ4, Buffer.concat([BY_LZ4.subarray(0, 4), Buffer.from([0x61]), BY_LZ4.subarray(5)])],
    ['lz4 without an end', LZ4, lz4Frame([0x10, 65]).subarray(0, -4)],
    ['gzip without its head', GZIP, deflateRawSync(TEXT)],
    ['a codec that nobody knows', 5, TEXT],
    ['none is no packing', 0, TEXT],
  ];
  for (const [what, codec, bytes] of broken) t.equal(inflate(codec, bytes, LIMIT), null, what);
  t.strictSame(inflate(LZ4, lz4Frame([0x10, 65]), LIMIT), Buffer.from('A'), 'the frame of these is sound');
  t.strictSame(inflate(LZ4, lz4Frame([65, 66], 0x80), LIMIT), Buffer.from('AB'), 'a stored block');
});

t.test('many small lz4 frames with large blocks cost little memory', async (t) => {
  const small = inflate(LZ4, Buffer.from(lz4.compress(Buffer.from('small'))), 16 << 20);
  t.ok(small !== null && small.buffer.byteLength <= 1 << 17);
});

t.test('changed bytes unpack to something within the limit, or are refused', async () => {
  const at = fc.record({ at: fc.nat(), to: fc.nat(255) });
  fc.assert(
    fc.property(packable, fc.array(at, { minLength: 1, maxLength: 4 }), fc.nat(), (bytes, changes, cut) =>
      [...PACK, [ZSTD, () => BY_ZSTD] as const, [LZ4, () => BY_LZ4] as const].every(([codec, pack]) => {
        const changed = Buffer.from(pack(bytes));
        for (const { at, to } of changes) changed[at % changed.length] = to;
        const unpacked = inflate(codec, cut % 3 === 0 ? changed.subarray(0, cut % changed.length) : changed, LIMIT);
        return unpacked === null || unpacked.length <= LIMIT;
      }),
    ),
    { numRuns: 500 },
  );
});
