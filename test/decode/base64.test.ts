import fc from 'fast-check';
import t from 'tap';
import { decodeBase64, decodedBytes } from '../../src/decode/base64.ts';

const decode = (text: string | Uint8Array): Buffer | null => {
  const bytes = Buffer.from(text as string);
  const out = Buffer.alloc(decodedBytes(bytes.length) + 2, 0xee);
  const length = decodeBase64(bytes, 0, bytes.length, out, 1);
  return length < 0 ? null : out.subarray(1, 1 + length);
};

t.test('every byte string comes back', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => decode(Buffer.from(bytes).toString('base64'))?.equals(bytes) === true),
  );
});

t.test('text that is read is what its bytes are written as, and nothing else is read', async () => {
  const nearly = fc.string({ unit: fc.constantFrom('A', 'Q', '/', '+', '=', '-', '_', ' ', 'é', '\n'), maxLength: 8 });
  fc.assert(
    fc.property(nearly, (text) => {
      const bytes = decode(text);
      return bytes === null ? Buffer.from(text, 'base64').toString('base64') !== text : bytes.toString('base64') === text;
    }),
    { numRuns: 2000 },
  );
});

t.test('what is not base64', async (t) => {
  const bad = [
    'A',
    'AA',
    'AAA',
    'AA=A',
    '====',
    'A===',
    'AAAA=',
    'QR==',
    'QQF=',
    'QQ=',
    'QQ',
    'QQ==QQ==',
    'QQ\n=',
    'Q-_=',
    'QQQQ ',
    '\u0141QQQ',
  ];
  for (const text of bad) t.equal(decode(text), null, JSON.stringify(text));
  t.same(decode(''), Buffer.alloc(0));
  t.same(decode('QQ=='), Buffer.from('A'));
});

t.test('a part is decoded, and only that', async (t) => {
  const out = Buffer.alloc(4, 0xee);
  t.equal(decodeBase64(Buffer.from('"QUJD"'), 1, 5, out, 1), 3);
  t.same(out, Buffer.from([0xee, 65, 66, 67]));
});

t.test('a megabyte of it needs no stack', async (t) => {
  const bytes = Buffer.alloc(1 << 20, 7);
  t.ok(decode(bytes.toString('base64'))?.equals(bytes));
  t.equal(decode(`${bytes.toString('base64').slice(0, -4)}A*==`), null);
});
