import { createHmac } from 'node:crypto';
import t from 'tap';
import { addToBloom, createBloom, isBlock, isInBloom } from '../../../src/control/dataset/bloom.ts';

const token = (name: string): Uint8Array => createHmac('sha256', 'key').update(name).digest();

t.test('what was added is found, and of other values one in a hundred thousand at most', async (t) => {
  const bloom = createBloom();
  const count = 40_000;
  for (let i = 0; i < count; i++) addToBloom(bloom, token(`in ${i}`), 0);
  t.ok(bloom.blocks.length > 4, `${bloom.blocks.length} blocks`);
  let missed = 0;
  for (let i = 0; i < count; i++) if (!isInBloom(bloom, token(`in ${i}`))) missed++;
  t.equal(missed, 0);
  let found = 0;
  const asked = 200_000;
  for (let i = 0; i < asked; i++) if (isInBloom(bloom, token(`out ${i}`))) found++;
  // At 1e-5 more than 8 of 200 000 come in one of four thousand.
  t.ok(found <= 8, `${found} of ${asked}`);
});

t.test('a full block has the rate that it is made for', async (t) => {
  const bloom = createBloom();
  for (let i = 0; i < 1024; i++) addToBloom(bloom, token(`in ${i}`), 0);
  t.equal(bloom.blocks.length, 1);
  const [{ bits }] = bloom.blocks;
  const set = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  const share = set / (bits.length * 8);
  t.ok(Math.abs(share - (1 - Math.exp(-0.5))) < 0.01, `${share} of the bits are set`);
  t.ok(share ** 16 < 5e-7);
});

t.test('a filter without values has none', async (t) => {
  t.notOk(isInBloom(createBloom(), token('x')));
});

t.test('blocks that are none are found', async (t) => {
  const bloom = createBloom();
  addToBloom(bloom, token('x'), 0);
  const [{ bits }] = bloom.blocks;
  t.ok(isBlock({ count: 1, bits }));
  t.notOk(isBlock({ count: 0, bits }));
  t.notOk(isBlock({ count: 1025, bits }));
  t.notOk(isBlock({ count: 1, bits: bits.subarray(1) }));
  t.notOk(isBlock({ count: 1, bits: bits.subarray(0, 64) }));
});
