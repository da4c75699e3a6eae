import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KeyError } from '../../../src/model/keys.ts';
import { openControlKey } from '../../../src/runtime/keys/control.ts';
import { openRing } from '../../../src/runtime/keys/ring.ts';

const PRF = 'aes-256-cmac';
const MESSAGE = Buffer.from('a message');
const folder = (t: Test): string => join(t.testdir({}), 'keys');
const file = (dir: string): string => join(dir, 'control.json');

t.test('the key is made once, private, and comes back in every process and ring', async (t) => {
  const dir = folder(t);
  const made = openControlKey(dir, { prf: PRF, create: true }).one(MESSAGE);
  t.equal(statSync(file(dir)).mode & 0o777, 0o600);
  t.strictSame(openControlKey(dir, { prf: PRF, create: false }).one(MESSAGE), made);
  t.strictSame(openControlKey(dir, { prf: PRF, create: true }).one(MESSAGE), made, 'it is not made anew');
  const ring = openRing(dir, { prf: PRF, views: ['health'], create: true });
  t.strictSame(ring.control().one(MESSAGE), made);
  ring.epoch(5);
  ring.destroy(5);
  t.strictSame(ring.control().one(MESSAGE), made, 'it outlives epochs');
  t.notSame(openControlKey(folder(t), { prf: PRF, create: true }).one(MESSAGE), made, 'another folder has another');
});

t.test('a key that is missing, open to others or broken is refused, and never told', async (t) => {
  t.throws(() => openControlKey(folder(t), { prf: PRF, create: false }), KeyError);
  const dir = folder(t);
  openControlKey(dir, { prf: PRF, create: true });
  const text = readFileSync(file(dir), 'utf8');
  const { key } = JSON.parse(text) as { readonly key: string };
  for (const [broken, what] of [
    [text.slice(0, 40), 'torn'],
    [text.replace('"version": 1', '"version": 2'), 'another version'],
    [text.replace(key, key.slice(4)), 'a short key'],
    ['null', 'no object'],
  ] as const) {
    writeFileSync(file(dir), broken);
    try {
      openControlKey(dir, { prf: PRF, create: true });
      t.fail(what);
    } catch (error) {
      t.match(error, { name: 'KeyError', code: 'key-file-broken' }, what);
      t.notOk((error as Error).message.includes(key.slice(4, 20)), what);
    }
  }
  writeFileSync(file(dir), text);
  t.throws(() => openControlKey(dir, { prf: 'hmac-sha-256', create: true }), { code: 'key-file-broken' });
  chmodSync(file(dir), 0o644);
  t.throws(() => openControlKey(dir, { prf: PRF, create: true }), { code: 'key-file-mode' });
});
