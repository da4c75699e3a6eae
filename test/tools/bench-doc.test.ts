import t from 'tap';
import { benchDoc } from '../../tools/bench-doc.ts';
import { drift } from '../../tools/generated.ts';

t.test('docs/performance.md is what the results give (npm run schemas)', async (t) => {
  t.same(drift(benchDoc()), []);
});
