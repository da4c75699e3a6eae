import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { diskCheck, keyChecks, memoryCheck, nodeCheck } from '../../../src/runtime/doctor/machine.ts';

t.test('Node as package.json wants it', async (t) => {
  for (const version of ['v20.19.0', 'v20.20.2', 'v22.1.0', process.version]) t.equal(nodeCheck(version).status, 'ok', version);
  for (const version of ['v20.18.9', 'v18.20.0']) t.match(nodeCheck(version), { status: 'fail', exit: 1, next: /20\.19/ }, version);
});

t.test('space and memory', async (t) => {
  const dir = t.testdir();
  const asked: string[] = [];
  const disk = (mib: number) =>
    diskCheck(join(dir, 'not', 'there'), (path) => {
      asked.push(path);
      return mib;
    });
  t.match([disk(5000), disk(500), disk(10)], [{ status: 'ok' }, { status: 'warn' }, { status: 'fail', exit: 1 }]);
  t.same([...new Set(asked)], [dir], 'of the folder that will hold it');
  t.match(diskCheck(dir), { told: /MiB free/ });
  t.match([memoryCheck(1024, () => 2048), memoryCheck(1024, () => 512)], [{ status: 'ok' }, { status: 'warn' }]);
  t.match(
    memoryCheck(256, () => 2048),
    { status: 'warn', next: /320 or more/ },
    'no room to read',
  );
});

t.test('a key ring is judged by its modes, without a key being opened', async (t) => {
  const dir = join(t.testdir(), 'keys');
  t.match(keyChecks(dir), [{ status: 'skip', next: /--initialise/ }]);
  mkdirSync(dir, { mode: 0o700 });
  t.match(keyChecks(dir), [{ status: 'warn', told: /ring\.json/ }]);
  const write = (name: string, mode: number): void => {
    writeFileSync(join(dir, name), 'canary');
    chmodSync(join(dir, name), mode);
  };
  write('ring.json', 0o600);
  write('operator.pub', 0o644);
  t.match(keyChecks(dir), [{ status: 'ok' }]);
  write('lineage.key', 0o600);
  t.match(keyChecks(dir), [{ status: 'ok' }, { status: 'warn', told: /^lineage\.key/, next: /move/ }]);
  write('lineage.key', 0o640);
  t.match(keyChecks(dir), [{ status: 'fail', exit: 77, next: /chmod/ }]);
  write('lineage.key', 0o600);
  write('operator.pub', 0o666);
  t.match(keyChecks(dir), [{ status: 'fail', exit: 77 }], 'whom we seal to is nobody else to decide');
  write('operator.pub', 0o644);
  chmodSync(dir, 0o750);
  t.match(keyChecks(dir), [{ status: 'fail', exit: 77 }]);
  t.notMatch(JSON.stringify(keyChecks(dir)), 'canary');
  writeFileSync(join(t.testdir(), 'file'), '');
  t.match(keyChecks(join(t.testdirName, 'file')), [{ status: 'fail', exit: 77 }]);
});
