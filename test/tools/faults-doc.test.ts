import t from 'tap';
import { faultsDoc } from '../../tools/faults-doc.ts';
import { drift } from '../../tools/generated.ts';

t.test('docs/faults.md is what the results give (npm run schemas)', async (t) => {
  t.same(drift(faultsDoc()), []);
});
