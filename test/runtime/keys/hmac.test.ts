import { inspect } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { createCmac } from '../../../src/runtime/keys/cmac.ts';
import { createHmacPrf } from '../../../src/runtime/keys/hmac.ts';
import { batchOf, hex, messageBatches, wycheproof } from './vectors.ts';

t.test('Wycheproof HMAC-SHA-256, truncated to 128 bits', async (t) => {
  const cases = wycheproof('hmac_sha256_test');
  t.equal(cases.length, 174);
  for (const { tcId, key, message, tag, valid } of cases) {
    const mac = hex(createHmacPrf(key).one(message));
    if (valid) t.equal(mac, hex(tag.subarray(0, 16)), `case ${tcId}`);
    else if (tag.length === 16) t.not(mac, hex(tag), `case ${tcId}`);
  }
});

t.test('RFC 4231: keys longer than a block are hashed', async (t) => {
  const prf = createHmacPrf(Buffer.alloc(131, 0xaa));
  t.equal(hex(prf.one(Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'))), '60e431591ee0b67f0d8a26aacbf5b77f');
  t.equal(hex(createHmacPrf(Buffer.alloc(20, 0x0c)).one(Buffer.from('Test With Truncation'))), 'a3b6167473100ee06e0c796c2955552b');
});

t.test('a batch gives what its messages give one by one, whatever came before', async (t) => {
  const prf = createHmacPrf(Buffer.alloc(32, 7));
  fc.assert(
    fc.property(messageBatches, (messages) => {
      const together = batchOf(prf, messages);
      return messages.every((message, i) => hex(prf.one(message)) === together[i]);
    }),
  );
  const long = Buffer.alloc(10_000, 1);
  t.equal(batchOf(prf, [Buffer.of(1), long, Buffer.of(1)])[1], hex(createHmacPrf(Buffer.alloc(32, 7)).one(long)), 'scratch that grows');
});

t.test('neither the key nor a message can be read from the handle', async (t) => {
  const prf = createHmacPrf(Uint8Array.from({ length: 32 }, (_, i) => 0xa0 + i));
  prf.one(Buffer.from('message'));
  const shown = inspect(prf, { depth: 20, showHidden: true });
  t.notMatch(shown, /a0|160|message/);
  t.equal(JSON.stringify(prf), '{}');
});

t.test('a key that was erased makes no token that it made before', async (t) => {
  for (const prf of [createHmacPrf(Buffer.alloc(32, 7)), createCmac(Buffer.alloc(32, 7))]) {
    const before = hex(prf.one(Buffer.from('home-1')));
    prf.erase();
    let after = '';
    try {
      after = hex(prf.one(Buffer.from('home-1')));
    } catch {
      // A cipher that was freed takes nothing any more.
    }
    t.not(after, before);
  }
});
