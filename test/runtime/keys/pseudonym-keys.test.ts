import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KeyError } from '../../../src/model/keys.ts';
import { destroyPseudonymKey, destroyPseudonymKeys, openPseudonymKey } from '../../../src/runtime/keys/pseudonym-keys.ts';
import { openRing } from '../../../src/runtime/keys/ring.ts';

const PRF = 'aes-256-cmac';
const MESSAGE = Buffer.from('a message');
const folder = (t: Test): string => join(t.testdir({}), 'keys');
const file = (dir: string): string => join(dir, 'pseudonyms.json');
const of = (dir: string, id: string): string => Buffer.from(openPseudonymKey(dir, PRF, id).one(MESSAGE)).toString('hex');

t.test('a period has a key of its own, made once and private', async (t) => {
  const dir = folder(t);
  const made = of(dir, 'trial');
  t.equal(statSync(file(dir)).mode & 0o777, 0o600);
  t.equal(of(dir, 'trial'), made);
  t.not(of(dir, 'other'), made);
  const ring = openRing(dir, { prf: PRF, views: ['health'], create: true });
  t.equal(Buffer.from(ring.period('trial').one(MESSAGE)).toString('hex'), made);
  t.not(Buffer.from(ring.epoch(1).view('health').one(MESSAGE)).toString('hex'), made);
  t.not(of(folder(t), 'trial'), made, 'another folder has others');
});

t.test('a key that was destroyed is gone for every ring, and never made again', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, { prf: PRF, views: [], create: true });
  of(dir, 'trial');
  const other = of(dir, 'other');
  const { periods } = JSON.parse(readFileSync(file(dir), 'utf8')) as { periods: Record<string, string> };
  destroyPseudonymKey(dir, PRF, 'trial');
  destroyPseudonymKey(dir, PRF, 'trial');
  destroyPseudonymKey(dir, PRF, 'never-made');
  t.notMatch(readFileSync(file(dir), 'utf8'), periods['trial']);
  for (const id of ['trial', 'never-made']) t.throws(() => ring.period(id), { name: 'KeyError', code: 'key-destroyed' });
  t.equal(of(dir, 'other'), other, 'that of another period stays');
  destroyPseudonymKeys(dir, PRF);
  t.throws(() => of(dir, 'other'), KeyError);
  t.doesNotThrow(() => destroyPseudonymKeys(folder(t), PRF), 'where there are none');
});

t.test('a file that is broken or open to others is refused, and never told', async (t) => {
  const dir = folder(t);
  of(dir, 'trial');
  const text = readFileSync(file(dir), 'utf8');
  const [key] = Object.values((JSON.parse(text) as { periods: Record<string, string> }).periods);
  for (const broken of [text.slice(0, 60), text.replace('"version": 1', '"version": 2'), text.replace(key, key.slice(4)), 'null', '{}', text.replace(PRF, 'hmac-sha-256')]) {
    writeFileSync(file(dir), broken);
    t.throws(() => of(dir, 'trial'), { name: 'KeyError', code: 'key-file-broken' });
    try {
      of(dir, 'trial');
    } catch (error) {
      t.notMatch(String(error), key.slice(4, 20));
    }
  }
  writeFileSync(file(dir), text, { mode: 0o600 });
}); // biome-ignore format: a list
