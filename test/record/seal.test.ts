import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { openSealed, openSealSession, SEAL_OVERHEAD_BYTES } from '../../src/record/seal.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createOpener } from '../../src/verify/seal.ts';
import { flips, golden } from './golden.ts';

const { recipients, operatorKey, lineageKey } = memoryRecipients('seal');
const PLAIN = Buffer.from('plaintext');

t.test('what is sealed opens again, with its clear part, purpose and key', async (t) => {
  const session = openSealSession(recipients.operator, 'quarantine');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 }), (aad, plain) => {
      const blob = session.seal(aad, plain);
      t.equal(blob.length, plain.length + SEAL_OVERHEAD_BYTES);
      return Buffer.from(plain).equals(openSealed(operatorKey, 'quarantine', aad, blob) as Uint8Array);
    }),
  );
  const blob = session.seal('clear', PLAIN);
  t.same(openSealed(operatorKey, 'quarantine', Buffer.from('clear'), blob), PLAIN, 'bytes and text are the same clear part');
  t.equal(openSealed(operatorKey, 'quarantine', 'Clear', blob), null);
  t.equal(openSealed(operatorKey, 'lineage', 'clear', blob), null);
  t.equal(openSealed(lineageKey, 'quarantine', 'clear', blob), null);
});

t.test('a change of any byte is noticed, and so is any cut', async (t) => {
  const blob = openSealSession(recipients.operator, 'quarantine').seal('clear', PLAIN);
  for (const changed of flips(blob)) t.equal(openSealed(operatorKey, 'quarantine', 'clear', changed), null);
  for (let length = 0; length < blob.length; length++)
    t.equal(openSealed(operatorKey, 'quarantine', 'clear', blob.subarray(0, length)), null);
  t.equal(openSealed(operatorKey, 'quarantine', 'clear', Buffer.concat([blob, Buffer.of(0)])), null);
});

t.test('the other spelling of an ephemeral key, and keys of small order, do not open', async (t) => {
  const blob = Buffer.from(openSealSession(recipients.operator, 'quarantine').seal('clear', PLAIN));
  blob[32] ^= 0x80;
  t.equal(openSealed(operatorKey, 'quarantine', 'clear', blob), null, 'X25519 ignores the highest bit, the key derivation does not');
  blob.fill(0, 1, 33);
  t.equal(openSealed(operatorKey, 'quarantine', 'clear', blob), null);
});

t.test('blobs of a session share its key and never a nonce; sessions share nothing', async (t) => {
  const session = openSealSession(recipients.operator, 'quarantine');
  const heads = [0, 1, 2].map(() => Buffer.from(session.seal('clear', PLAIN)).toString('hex', 0, 41));
  t.equal(new Set(heads.map((head) => head.slice(0, 66))).size, 1);
  t.same(
    heads.map((head) => head.slice(66)),
    ['0000000000000000', '0000000000000001', '0000000000000002'],
  );
  const other = Buffer.from(openSealSession(recipients.operator, 'quarantine').seal('clear', PLAIN));
  t.not(other.toString('hex', 1, 33), heads[0].slice(2, 66));
});

t.test('pairs of the system work, and the checker opens what we seal', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const session = openSealSession({ publicKey, ephemeralPair: () => generateKeyPairSync('x25519') }, 'lineage');
  const blob = session.seal('clear', PLAIN);
  t.same(openSealed(privateKey, 'lineage', 'clear', blob), PLAIN);
  t.same(createOpener(privateKey, 'lineage')(Buffer.from(blob).toString('base64'), 'clear'), PLAIN);
});

t.test('a session does not show its key', async (t) => {
  t.equal(JSON.stringify(openSealSession(recipients.operator, 'quarantine')), '{}');
  t.notMatch(inspect(openSealSession(recipients.operator, 'quarantine'), { showHidden: true, depth: 9 }), /Buffer|Uint8Array/);
});

t.test('golden', async (t) => {
  const { recipients, operatorKey } = memoryRecipients('golden');
  const blob = golden(t, 'sealed.1.bin', openSealSession(recipients.operator, 'quarantine').seal('clear', PLAIN));
  t.same(openSealed(operatorKey, 'quarantine', 'clear', blob), PLAIN);
  t.ok(createPublicKey(operatorKey).equals(recipients.operator.publicKey));
});
