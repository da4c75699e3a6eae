import t from 'tap';
import { createModel } from '../model.ts';
import { type TraceCluster, trace } from './trace.ts';
import { TRANSCRIPT } from './transcript.ts';

t.test('the model answers as a real broker does (test/kafka/trace.test.ts has the same lines)', async (t) => {
  const model = createModel([{ topic: 'trace', partitions: 1 }]);
  for (const partition of model.broker.partitions.values()) partition.maxBytes = 1000;
  const cluster = model.client.cluster(null as never) as TraceCluster;
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
  try {
    t.strictSame(await model.run(() => trace({ cluster, topic: 'trace', prefix: '', pause })), TRANSCRIPT);
  } finally {
    model.stop();
  }
});
