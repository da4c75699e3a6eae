import t from 'tap';
import { ALGORITHMS, checksumsOf, crc32, digestsOf, murmur2, murmur3 } from '../../../src/verify/identifiers/digests.ts';

t.test('published vectors', async (t) => {
  t.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  t.equal(murmur3(Buffer.from('')), 0);
  t.equal(murmur3(Buffer.from('hello')), 0x248bfa47);
  t.equal(murmur3(Buffer.from('The quick brown fox jumps over the lazy dog')), 0x2e4ff723);
  // Apache Kafka, UtilsTest.testMurmur2.
  t.equal(murmur2(Buffer.from('21')) | 0, -973932308);
  t.equal(murmur2(Buffer.from('foobar')) | 0, -790332482);
  t.equal(murmur2(Buffer.from('a-little-bit-long-string')) | 0, -985981536);
  t.equal(murmur2(Buffer.from('abc')) | 0, 479470107);
});

t.test('the digests and checksums that are looked for', async (t) => {
  t.ok(['md5', 'sha1', 'sha256', 'sha512', 'blake2b512', 'blake2s256'].every((name) => ALGORITHMS.includes(name)));
  const digests: string[] = [];
  digestsOf('abc', (digest) => digests.push(digest.toString('hex')));
  t.ok(digests.includes('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));
  const forms: string[] = [];
  checksumsOf('123456789', (form) => forms.push(form));
  t.ok(forms.includes('cbf43926') && forms.includes(String(0xcbf43926)));
});
