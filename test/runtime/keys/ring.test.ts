import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createPrf } from '../../../src/runtime/keys/prf.ts';
import { openRing, type RingOptions } from '../../../src/runtime/keys/ring.ts';
import type { StoredRing } from '../../../src/runtime/keys/ring-file.ts';
import { hex } from './vectors.ts';

const OPTIONS: RingOptions = { prf: 'aes-256-cmac', views: ['health', 'usage'], create: true };
const MESSAGE = Buffer.from('a message');

const folder = (t: Test): string => join(t.testdir({}), 'keys');
const stored = (dir: string): StoredRing => JSON.parse(readFileSync(join(dir, 'ring.json'), 'utf8'));
const token = (ring: ReturnType<typeof openRing>, epoch: number): string => hex(ring.epoch(epoch).counting.one(MESSAGE));

t.test('keys are made, on disk, private, and come back', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, OPTIONS);
  const { counting, view, epoch } = ring.epoch(2950);
  t.equal(epoch, 2950);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.equal(statSync(join(dir, 'ring.json')).mode & 0o777, 0o600);
  t.same(readdirSync(dir), ['ring.json'], 'nothing is left aside');
  const { state, counting: key = '', views = {} } = stored(dir).epochs[2950];
  t.equal(state, 'active');
  t.equal(
    hex(createPrf('aes-256-cmac', Buffer.from(key, 'base64')).one(MESSAGE)),
    hex(counting.one(MESSAGE)),
    'the handle is that of the file',
  );
  t.equal(hex(createPrf('aes-256-cmac', Buffer.from(views['usage'], 'base64')).one(MESSAGE)), hex(view('usage').one(MESSAGE)));
  t.equal(ring.epoch(2950).counting, counting, 'one handle an epoch');
  t.equal(token(openRing(dir, { ...OPTIONS, create: false }), 2950), hex(counting.one(MESSAGE)), 'another process gets the same keys');
});

t.test('all keys of all epochs and views are independent', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, OPTIONS);
  for (let epoch = -1; epoch < 5; epoch++) ring.epoch(epoch);
  const keys = Object.values(stored(dir).epochs).flatMap(({ counting, views = {} }) => [counting, ...Object.values(views)]);
  t.equal(new Set(keys).size, 6 * 3);
});

t.test('a view that is new in the policy gets a key; the others keep theirs', async (t) => {
  const dir = folder(t);
  const before = hex(openRing(dir, OPTIONS).epoch(1).view('health').one(MESSAGE));
  const { view } = openRing(dir, { ...OPTIONS, views: ['health', 'constructor', '__proto__'] }).epoch(1);
  t.equal(hex(view('health').one(MESSAGE)), before);
  t.not(hex(view('constructor').one(MESSAGE)), hex(view('__proto__').one(MESSAGE)));
  t.throws(() => view('nothing'), { name: 'KeyError', code: 'key-file-broken' });
});

t.test('folders and files that others can open are refused', async (t) => {
  for (const mode of [0o604, 0o620, 0o640, 0o601, 0o666]) {
    const dir = folder(t);
    openRing(dir, OPTIONS).epoch(1);
    chmodSync(join(dir, 'ring.json'), mode);
    t.throws(() => openRing(dir, OPTIONS), { name: 'KeyError', code: 'key-file-mode' }, mode.toString(8));
    chmodSync(join(dir, 'ring.json'), 0o600);
    chmodSync(dir, mode | 0o100);
    t.throws(() => openRing(dir, OPTIONS), { code: 'key-file-mode' }, `folder ${mode.toString(8)}`);
    chmodSync(dir, 0o700);
    t.doesNotThrow(() => openRing(dir, OPTIONS));
  }
});

t.test('a folder of another user is refused', { skip: process.getuid === undefined }, async (t) => {
  const dir = folder(t);
  openRing(dir, OPTIONS);
  const original = process.getuid as () => number;
  t.teardown(() => Object.assign(process, { getuid: original }));
  process.getuid = () => original() + 1;
  t.throws(() => openRing(dir, OPTIONS), { code: 'key-file-mode' });
});

t.test('without `create` nothing is made', async (t) => {
  const dir = folder(t);
  mkdirSync(dir, { mode: 0o700 });
  t.throws(() => openRing(dir, { ...OPTIONS, create: false }), { code: 'key-file-broken' });
  t.same(readdirSync(dir), []);
});

t.test('a broken ring is refused, and its text is not told', async (t) => {
  const dir = folder(t);
  openRing(dir, OPTIONS).epoch(1);
  const whole = stored(dir);
  const key = whole.epochs[1].counting;
  const active = whole.epochs[1];
  const broken: readonly unknown[] = [
    null,
    [],
    { ...whole, version: 2 },
    { ...whole, version: '1' },
    { ...whole, prf: 'hmac-sha-256' },
    { ...whole, epochs: [] },
    { ...whole, more: 1 },
    { ...whole, epochs: { one: active } },
    { ...whole, epochs: { 1: { ...active, state: 'gone' } } },
    { ...whole, epochs: { 1: { ...active, counting: `${key}=` } } },
    { ...whole, epochs: { 1: { ...active, counting: 'AAAA' } } },
    { ...whole, epochs: { 1: { ...active, views: { health: 5 } } } },
    { ...whole, epochs: { 1: { ...active, salt: '' } } },
    { ...whole, epochs: { 1: { ...active, state: 'destroyed' } } },
    { ...whole, epochs: { 1: null } },
  ];
  const texts = [...broken.map((ring) => JSON.stringify(ring)), JSON.stringify(whole).slice(0, -3), ''];
  for (const text of texts) {
    writeFileSync(join(dir, 'ring.json'), text);
    try {
      openRing(dir, OPTIONS);
      t.fail('was opened', { text });
    } catch (error) {
      t.match(error, { name: 'KeyError', code: 'key-file-broken' });
      t.notOk(inspect(error, { depth: 9 }).includes(key as string), 'no key in the error');
    }
  }
});

t.test('no prefix of a ring file is taken for a ring', async (t) => {
  const dir = folder(t);
  openRing(dir, OPTIONS).epoch(1);
  const text = readFileSync(join(dir, 'ring.json'), 'utf8').trimEnd();
  fc.assert(
    fc.property(fc.nat(text.length - 1), (length) => {
      writeFileSync(join(dir, 'ring.json'), text.slice(0, length));
      t.throws(() => openRing(dir, OPTIONS), { code: 'key-file-broken' });
    }),
    { numRuns: 30 },
  );
});

t.test('states: staged, active, retired, destroyed, and never back', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, OPTIONS);
  t.equal(ring.state(7), null);
  ring.stage(7);
  t.equal(ring.state(7), 'staged');
  const key = stored(dir).epochs[7].counting;
  const before = token(ring, 7);
  t.equal(ring.state(7), 'active');
  t.equal(stored(dir).epochs[7].counting, key, 'what was staged is what is used');
  ring.stage(7);
  t.equal(ring.state(7), 'active');
  ring.retire(7);
  t.equal(token(openRing(dir, OPTIONS), 7), before, 'a retired epoch can be replayed');
  t.equal(ring.state(7), 'retired');
  t.throws(() => openRing(dir, { ...OPTIONS, views: ['new'] }).epoch(7), { code: 'key-file-broken' }, 'but gets no new key');
  ring.destroy(7);
  ring.retire(7);
  ring.stage(7);
  t.equal(ring.state(7), 'destroyed');
});

t.test('destroyed: the keys are gone from the file and from every handle, the tombstone stays', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, OPTIONS);
  const { counting, view } = ring.epoch(1);
  const health = view('health');
  const other = token(ring, 2);
  const keys = Object.values(stored(dir).epochs[1].views ?? {}).concat(stored(dir).epochs[1].counting ?? []);
  ring.destroy(1);
  for (const use of [
    () => ring.epoch(1),
    () => counting.one(MESSAGE),
    () => health.one(MESSAGE),
    () => counting.batch(MESSAGE, new Int32Array(1), new Int32Array(1), 1, new Uint8Array(16)),
    () => openRing(dir, OPTIONS).epoch(1),
  ]) {
    t.throws(use, { name: 'KeyError', code: 'key-destroyed' });
  }
  const text = readFileSync(join(dir, 'ring.json'), 'utf8');
  t.notOk(keys.some((key) => text.includes(key)));
  t.same(stored(dir).epochs[1], { state: 'destroyed' });
  t.equal(token(ring, 2), other, 'other epochs live on');
  ring.destroy(3);
  t.throws(() => ring.epoch(3), { code: 'key-destroyed' }, 'an epoch that never was cannot be made any more');
});

t.test('no key can be read from a ring', async (t) => {
  const dir = folder(t);
  const ring = openRing(dir, OPTIONS);
  const epoch = ring.epoch(1);
  const { counting = '', views = {} } = stored(dir).epochs[1];
  const shown = inspect([ring, epoch, epoch.view('health')], { depth: 20, showHidden: true }) + JSON.stringify([ring, epoch]);
  for (const key of [counting, ...Object.values(views)]) {
    t.notOk(shown.includes(key));
    t.notOk(shown.includes(Buffer.from(key, 'base64').toString('hex').slice(0, 8)));
  }
});

t.test('rings opened side by side agree on every key', async (t) => {
  const dir = folder(t);
  const [a, b] = [openRing(dir, OPTIONS), openRing(dir, OPTIONS)];
  t.equal(token(a, 1), token(b, 1));
  t.equal(token(b, 2), token(a, 2));
});

const PROGRAM = `
  const { openRing } = await import(process.argv[1]);
  const ring = openRing(process.argv[2], { prf: 'aes-256-cmac', views: ['health'], create: true });
  for (let epoch = 0; epoch < 25; epoch++) console.log(Buffer.from(ring.epoch(epoch).counting.one(Buffer.of(1))).toString('hex'));
`;

t.test('processes that make the same epochs at once agree on every key', async (t) => {
  const dir = folder(t);
  const module = new URL('../../../src/runtime/keys/ring.ts', import.meta.url).href;
  const run = () =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, module, dir]);
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
      });
      child.on('close', () => resolve(said));
    });
  const [first, ...others] = await Promise.all([run(), run(), run()]);
  t.equal(first.split('\n').length, 26);
  for (const other of others) t.equal(other, first);
  t.same(readdirSync(dir), ['ring.json']);
  rmSync(dir, { recursive: true });
});
