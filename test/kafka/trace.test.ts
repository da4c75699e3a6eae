import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { clusterOf } from '../../src/runtime/log/kafka/client.ts';
import { type TraceCluster, trace } from '../simulation/broker/trace.ts';
import { TRANSCRIPT } from '../simulation/broker/transcript.ts';
import { unique, withBroker } from './support/broker.ts';
import { makeTopic } from './support/topics.ts';

t.test(
  'a real broker answers as the model does (test/simulation/broker/trace.test.ts has the same lines)',
  { timeout: 120_000 },
  async (t) => {
    await withBroker(t, {}, async ({ admin, settings }) => {
      const topic = await makeTopic(admin, 'trace', 1, { 'max.message.bytes': '1000' });
      const cluster = clusterOf(settings) as TraceCluster;
      try {
        const lines = await trace({ cluster, topic, prefix: `${unique('trace')}-`, pause: () => sleep(50) });
        t.strictSame(lines, TRANSCRIPT);
      } finally {
        await cluster.disconnect();
      }
    });
  },
);
