import t from 'tap';
import { withdraw } from '../../../tools/kafka/faults/withdraw.ts';
import { shortRun } from '../support/faults.ts';

t.test('of who withdrew or was erased nothing leaves, though gate processes are killed', async (t) => {
  const result = await shortRun(t, 'withdraw', withdraw, 40);
  if (result === null) return;
  t.equal(result['gone'], 40);
  t.ok(Number(result['denied']) > 0, 'records of theirs came afterwards, and were blocked');
});
