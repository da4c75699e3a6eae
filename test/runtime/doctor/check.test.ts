import t from 'tap';
import { exitOf, fail, ok, skip, warn } from '../../../src/runtime/doctor/check.ts';

t.test('a diagnosis ends with the code of the first thing that fails', async (t) => {
  t.equal(exitOf([]), 0);
  t.equal(exitOf([ok('a', ''), warn('b', ''), skip('c', '')]), 0, 'warnings do not fail');
  t.equal(exitOf([warn('a', '', null, 78), fail('b', '', 'x', 69), fail('c', '', 'y', 77)]), 69);
});
