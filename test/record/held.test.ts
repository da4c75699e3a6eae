import { createSecretKey } from 'node:crypto';
import t from 'tap';
import { readHeld, sealHeld } from '../../src/record/held.ts';
import { flips, golden } from './golden.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const nonce = Buffer.alloc(12, 9);
const head = { view: 'device-health', windowStart: 1_760_000_400_000 };
const plain = Buffer.from('candidates');
const sealed = sealHeld(key, nonce, head, plain);

t.test('golden', async (t) => {
  const read = readHeld(golden(t, 'held.1.bin', sealed));
  t.ok(read.ok);
  if (!read.ok) return;
  t.same(read.value.head, head);
  t.same(read.value.open(key), plain);
});

t.test('nothing opens but the very bytes under the very key', async (t) => {
  const read = readHeld(sealed);
  t.equal(read.ok && read.value.open(createSecretKey(Buffer.alloc(32, 8))), null, 'the key of another window');
  for (const flipped of flips(sealed)) {
    const changed = readHeld(flipped);
    if (changed.ok && changed.value.open(key) !== null) t.fail('a flipped byte', { bytes: flipped.toString('hex') });
  }
  for (let cut = 0; cut < sealed.length; cut++) {
    const short = readHeld(sealed.subarray(0, cut));
    if (short.ok && short.value.open(key) !== null) t.fail(`cut to ${cut}`);
  }
  t.same(readHeld(Buffer.concat([Buffer.of(2), sealed.subarray(1)])), { ok: false, error: 'unknown-version' });
  t.notOk(Buffer.from(sealed).includes('candidates'));
});
