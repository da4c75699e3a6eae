import t from 'tap';
import { stop } from '../../../tools/kafka/faults/stop.ts';
import { shortRun } from '../support/faults.ts';

t.test('a gate process that slept past its session is refused, and every record leaves once', async (t) => {
  const result = await shortRun(t, 'stop', stop, 1);
  if (result !== null) t.ok(Number(result['refused']) > 0, 'it tried');
});
