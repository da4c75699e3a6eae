import t from 'tap';
import { expired } from '../../../tools/kafka/faults/expired.ts';
import { shortRun } from '../support/faults.ts';

t.test('a transaction that the broker gave up is refused at its commit, and every record leaves once', async (t) => {
  const result = await shortRun(t, 'expired', expired, 1);
  if (result !== null) t.equal(result['failed'], 1);
});
