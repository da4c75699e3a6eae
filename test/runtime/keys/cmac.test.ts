import { inspect } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { createCmac } from '../../../src/runtime/keys/cmac.ts';
import { batchOf, hex, messageBatches, wycheproof } from './vectors.ts';

t.test('Wycheproof AES-CMAC: 256-bit keys', async (t) => {
  const cases = wycheproof('aes_cmac_test').filter(({ key }) => key.length === 32);
  t.equal(cases.length, 102);
  t.ok(cases.some(({ valid }) => !valid));
  for (const { tcId, key, message, tag, valid } of cases) t.equal(hex(createCmac(key).one(message)) === hex(tag), valid, `case ${tcId}`);
});

t.test('Wycheproof AES-CMAC: keys of another length are refused', async (t) => {
  const cases = wycheproof('aes_cmac_test').filter(({ key }) => key.length !== 32);
  t.ok(cases.length > 200);
  for (const { tcId, key } of cases) t.throws(() => createCmac(key), { name: 'InvariantError' }, `case ${tcId}`);
});

t.test('NIST SP 800-38B, examples of CMAC-AES256', async (t) => {
  const cmac = createCmac(Buffer.from('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 'hex'));
  const message = Buffer.from(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
    'hex',
  );
  const tags: readonly (readonly [number, string])[] = [
    [0, '028962f61b7bf89efc6b551f4667d983'],
    [16, '28a7023f452e8f82bd4bf28d8c37c35c'],
    [20, '156727dc0878944a023c1fe03bad6d93'],
    [40, 'aaf3d8f1de5640c232f5b169b9c911e6'],
    [64, 'e1992190549f6ed5696a2c056c315410'],
  ];
  for (const [length, tag] of tags) t.equal(hex(cmac.one(message.subarray(0, length))), tag, `${length} bytes`);
  t.same(
    batchOf(
      cmac,
      tags.map(([length]) => message.subarray(0, length)),
    ),
    tags.map(([, tag]) => tag),
  );
});

t.test('a batch gives what its messages give one by one, whatever came before', async (t) => {
  const cmac = createCmac(Buffer.alloc(32, 7));
  fc.assert(
    fc.property(messageBatches, (messages) => {
      const together = batchOf(cmac, messages);
      return messages.every((message, i) => hex(cmac.one(message)) === together[i]);
    }),
  );
  t.equal(batchOf(cmac, []).length, 0);
});

t.test('neither the key nor a message can be read from the handle', async (t) => {
  const cmac = createCmac(Uint8Array.from({ length: 32 }, (_, i) => 0xa0 + i));
  cmac.one(Buffer.from('a message of more than one block'));
  const shown = inspect(cmac, { depth: 20, showHidden: true });
  t.notMatch(shown, /a0|160|message/);
  t.equal(JSON.stringify(cmac), '{}');
});
