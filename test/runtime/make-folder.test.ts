import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolder } from '../../src/runtime/make-folder.ts';

t.test('a folder and those above it, with the mode', async (t) => {
  const dir = t.testdir();
  makeFolder(join(dir, 'a', 'b', 'c'), 0o700);
  t.equal(statSync(join(dir, 'a', 'b', 'c')).mode & 0o777, 0o700);
  makeFolder(join(dir, 'a', 'b'), 0o755);
  t.equal(statSync(join(dir, 'a', 'b')).mode & 0o777, 0o700, 'what is there stays as it is');
});

t.test('what cannot be made is an error, at once', async (t) => {
  const dir = t.testdir();
  writeFileSync(join(dir, 'file'), '');
  t.throws(() => makeFolder(join(dir, 'file', 'below'), 0o700), { code: 'ENOTDIR' });
  // Below a folder that answers ENOENT for its own children, mkdir with `recursive` never returns.
  if (existsSync('/proc/self')) t.throws(() => makeFolder('/proc/missing/below', 0o700), { code: 'ENOENT' });
  mkdirSync(join(dir, 'there'));
  t.doesNotThrow(() => makeFolder(join(dir, 'there'), 0o700));
});
