import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openKeyFolder, readKeyFile, replaceKeyFile, withLock, writeKeyFile } from '../../../src/runtime/keys/files.ts';

const folder = (t: Test): string => {
  const dir = join(t.testdir({}), 'keys');
  mkdirSync(dir, { mode: 0o700 });
  return dir;
};

t.test('a key file is written whole, private, over what was left aside', async (t) => {
  const path = join(folder(t), 'x');
  writeFileSync(`${path}.${process.pid}.new`, 'left over', { mode: 0o666 });
  writeKeyFile(path, 'one');
  writeKeyFile(path, 'two');
  t.equal(readKeyFile(path), 'two');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.same(readdirSync(join(path, '..')), ['x']);
  t.equal(readKeyFile(`${path}y`), null);
});

t.test('a replaced file is overwritten where it lay', async (t) => {
  const path = join(folder(t), 'x');
  writeKeyFile(path, 'secret');
  linkSync(path, `${path}.old`);
  replaceKeyFile(path, 'tombstone');
  t.equal(readFileSync(path, 'utf8'), 'tombstone');
  t.equal(readFileSync(`${path}.old`, 'utf8'), '\0'.repeat(6));
});

t.test('modes: secret files are private, public ones not writable by others', async (t) => {
  const path = join(folder(t), 'x');
  writeKeyFile(path, 'text');
  chmodSync(path, 0o644);
  t.throws(() => readKeyFile(path), { name: 'KeyError', code: 'key-file-mode' });
  t.equal(readKeyFile(path, 'public'), 'text');
  chmodSync(path, 0o664);
  t.throws(() => readKeyFile(path, 'public'), { code: 'key-file-mode' });
  chmodSync(join(path, '..'), 0o750);
  t.throws(() => openKeyFolder(join(path, '..')), { code: 'key-file-mode' });
});

t.test('the lock is released, also by what fails', async (t) => {
  const dir = folder(t);
  t.equal(
    withLock(dir, () => readdirSync(dir).join()),
    'lock',
  );
  t.throws(
    () =>
      withLock(dir, () => {
        throw new Error('x');
      }),
    { message: 'x' },
  );
  t.same(readdirSync(dir), []);
});

t.test('a lock of somebody alive, or of another host, is respected', async (t) => {
  const dir = folder(t);
  for (const owner of [`${process.ppid}@${hostname()}`, '4194305@another-host', 'nonsense']) {
    writeFileSync(join(dir, 'lock'), owner, { mode: 0o600 });
    t.throws(() => withLock(dir, () => t.fail('ran'), 1), { name: 'KeyError', code: 'key-file-broken' }, owner);
    t.equal(readFileSync(join(dir, 'lock'), 'utf8'), owner);
  }
});

t.test('a lock of a process that died is taken over', async (t) => {
  const dir = folder(t);
  const dead = spawnSync(process.execPath, ['--version']).pid;
  for (const pid of [dead, process.pid]) {
    writeFileSync(join(dir, 'lock'), `${pid}@${hostname()}`, { mode: 0o600 });
    t.equal(
      withLock(dir, () => 'ran', 2),
      'ran',
    );
    t.notOk(existsSync(join(dir, 'lock')));
  }
  t.same(readdirSync(dir), []);
});
