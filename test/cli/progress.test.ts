import { PassThrough } from 'node:stream';
import t from 'tap';
import { progressOf } from '../../src/cli/progress.ts';

t.test('nothing is drawn where no terminal is', async (t) => {
  const stream = new PassThrough();
  const progress = progressOf('read', 10, 'records', stream as unknown as NodeJS.WriteStream);
  progress.at(5);
  progress.end();
  t.equal(stream.read(), null);
});

t.test('a terminal gets a bar, and it goes away', async (t) => {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 100,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
  });
  const progress = progressOf('read', 10, 'records', stream as unknown as NodeJS.WriteStream);
  progress.at(10);
  progress.end();
  progress.end();
  t.match(String(stream.read()), /read .*of 10 records/);
});
