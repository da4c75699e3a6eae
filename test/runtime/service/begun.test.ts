import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openBegun } from '../../../src/runtime/service/begun.ts';

t.test('a task that began is known from then on, to every process that shares the folder', async (t) => {
  const dir = join(t.testdir(), 'keys', 'begun');
  const begun = openBegun(dir, 'unjoin.');
  t.equal(begun.has(3), false);
  begun.note(3);
  begun.note(3);
  t.strictSame([begun.has(3), begun.has(0), begun.has(33)], [true, false, false]);
  t.equal(openBegun(dir, 'unjoin.').has(3), true);
  t.equal(openBegun(dir, 'other.').has(3), false, 'groups have topics of their own');
  t.strictSame(readdirSync(dir), ['unjoin.3']);
  t.equal(statSync(dir).mode & 0o777, 0o700);
});
