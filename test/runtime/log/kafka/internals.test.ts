import { createRequire } from 'node:module';
import t from 'tap';
import { calmQueues } from '../../../../src/runtime/log/kafka/internals.ts';

const load = createRequire(import.meta.url);

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  destroy(): void;
}

const logger = { debug() {}, warn() {} };

const newQueue = (): Queue => {
  const RequestQueue = load('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;
  return new RequestQueue({ maxInFlightRequests: null, requestTimeout: 1000, clientId: 'c', broker: 'b', logger });
};

t.test('an idle connection sets no timer; a request that waits still has one', async (t) => {
  const before = newQueue();
  before.checkPendingRequests();
  t.ok(before.throttleCheckTimeoutId, 'kafkajs 2.2.4 does');
  before.destroy();

  calmQueues();
  calmQueues();
  const queue = newQueue();
  queue.checkPendingRequests();
  t.equal(queue.throttleCheckTimeoutId, null);
  queue.throttledUntil = Date.now() + 60_000;
  queue.checkPendingRequests();
  t.ok(queue.throttleCheckTimeoutId, 'throttled by the broker');
  queue.destroy();
  const waiting = newQueue();
  waiting.throttledUntil = Date.now() + 60_000;
  waiting.pending.push({});
  waiting.checkPendingRequests();
  t.ok(waiting.throttleCheckTimeoutId, 'something waits');
  waiting.destroy();
});
