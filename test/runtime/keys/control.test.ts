import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KeyError } from '../../../src/model/keys.ts';
import { commitmentOf } from '../../../src/runtime/keys/commitment.ts';
import { controlKeys, destroyControlKeys, openControlKey, stageControlKey } from '../../../src/runtime/keys/control.ts';
import { openRing } from '../../../src/runtime/keys/ring.ts';

const PRF = 'aes-256-cmac';
const OPTIONS = { prf: PRF, create: true } as const;
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
  const key = (JSON.parse(text) as { readonly keys: Readonly<Record<string, string>> }).keys['1'];
  for (const [broken, what] of [
    [text.slice(0, 40), 'torn'],
    [text.replace('"version": 2', '"version": 3'), 'another version'],
    [text.replace(key, key.slice(4)), 'a short key'],
    [text.replace('"1"', '"0"'), 'a number that no key has'],
    [text.replace(/"keys": \{[^}]*\}/, '"keys": {}'), 'no key'],
    ['null', 'no object'],
  ] as const) {
    writeFileSync(file(dir), broken);
    t.not(broken, text, what);
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

t.test('a file of the first version has key 1', async (t) => {
  const dir = folder(t);
  const made = openControlKey(dir, OPTIONS).one(MESSAGE);
  const { prf, keys } = JSON.parse(readFileSync(file(dir), 'utf8'));
  writeFileSync(file(dir), JSON.stringify({ version: 1, prf, key: keys['1'] }));
  t.strictSame(openControlKey(dir, { ...OPTIONS, create: false }).one(MESSAGE), made);
  stageControlKey(dir, PRF, 2);
  t.strictSame(openControlKey(dir, OPTIONS).one(MESSAGE), made, 'another key beside it changes nothing');
  writeFileSync(file(dir), JSON.stringify({ version: 1, prf, key: 'short' }));
  t.throws(() => openControlKey(dir, OPTIONS), { code: 'key-file-broken' });
});

t.test('another key is made once; a process that was there before finds it, and no other one in its place', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, { prf: PRF, views: ['health'], create: true });
  const first = ring.control().one(MESSAGE);
  const second = { number: 2, commitment: null };
  t.throws(() => ring.control(second), { name: 'KeyError', code: 'control-key-missing' });
  const staged = stageControlKey(dir, PRF, 2);
  t.strictSame(stageControlKey(dir, PRF, 2).one(MESSAGE), staged.one(MESSAGE), 'it is not made anew');
  t.notSame(staged.one(MESSAGE), first);
  t.equal(statSync(file(dir)).mode & 0o777, 0o600);
  const commitment = commitmentOf(staged);
  t.strictSame(ring.control({ number: 2, commitment }).one(MESSAGE), staged.one(MESSAGE));
  t.throws(() => ring.control({ number: 2, commitment: 'ab'.repeat(16) }), { code: 'control-key-missing' }, 'another one than was said');
  t.throws(() => ring.control({ number: 1, commitment }), { code: 'control-key-missing' });
  t.same(controlKeys(dir, OPTIONS), [
    { number: 1, isDestroyed: false },
    { number: 2, isDestroyed: false },
  ]);
});

t.test('a key that is destroyed is gone from the file and from every handle, and never made again', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, { prf: PRF, views: ['health'], create: true });
  const handle = ring.control();
  const kept = stageControlKey(dir, PRF, 2).one(MESSAGE);
  const secret = JSON.parse(readFileSync(file(dir), 'utf8')).keys['1'];
  ring.destroyControl?.(1);
  t.notOk(readFileSync(file(dir), 'utf8').includes(secret));
  t.throws(() => handle.one(MESSAGE), { code: 'key-destroyed' });
  t.throws(() => ring.control(), { code: 'key-destroyed' });
  t.throws(() => stageControlKey(dir, PRF, 1), { code: 'key-destroyed' });
  ring.destroyControl?.(1);
  t.strictSame(ring.control({ number: 2, commitment: null }).one(MESSAGE), kept, 'the others stay');
  t.same(controlKeys(dir, OPTIONS)[0], { number: 1, isDestroyed: true });
  destroyControlKeys(dir);
  t.throws(() => controlKeys(dir, { ...OPTIONS, create: false }), { code: 'key-file-broken' });
});
