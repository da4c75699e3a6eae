import t from 'tap';
import { once } from '../../src/model/once.ts';

t.test('made when it is first asked for, and never again', async (t) => {
  let times = 0;
  const value = once(() => ({ made: ++times }));
  t.equal(times, 0);
  t.equal(value(), value());
  t.equal(value().made, 1);
});
