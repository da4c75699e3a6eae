import t from 'tap';
import { drift } from '../../tools/generated.ts';

t.test('drift tells what is missing, different or left over', async (t) => {
  t.same(drift(new Map([['docs/no-such-file.md', 'x']])), ['docs/no-such-file.md is missing']);
  t.same(drift(new Map([['tsconfig.json', 'x']])), ['tsconfig.json differs']);
  t.match(drift(new Map(), 'test/tools'), [/^test\/tools\/.*\.test\.ts is made from nothing$/]);
  t.same(drift(new Map()), []);
});
