import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { mendKafkajs } from '../../../../src/runtime/log/kafka/mends.ts';

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

interface Connection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
}

/** A server that counts who comes, and how many stay. */
const countingServer = async (
  t: Test,
): Promise<{
  readonly port: number;
  readonly came: () => number;
  readonly stay: () => number;
  readonly haveCome: (count: number) => Promise<void>;
  readonly allLeft: () => Promise<void>;
}> => {
  const sockets = new Set<Socket>();
  let came = 0;
  const events = new EventEmitter();
  const server = createServer((socket) => {
    came++;
    events.emit('came');
    sockets.add(socket);
    socket
      .on('end', () => socket.end())
      .on('close', () => {
        sockets.delete(socket);
        events.emit('left');
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    came: () => came,
    stay: () => sockets.size,
    async haveCome(count) {
      while (came < count) await once(events, 'came');
    },
    async allLeft() {
      while (sockets.size > 0) await once(events, 'left');
    },
  };
};

const newConnection = (port: number): Connection => {
  const Connection = load('kafkajs/src/network/connection.js') as new (options: object) => Connection;
  const socketFactory = (load('kafkajs/src/network/socketFactory.js') as () => object)();
  const silent = { ...logger, error() {}, namespace: () => silent };
  return new Connection({ host: '127.0.0.1', port, logger: silent, socketFactory, requestTimeout: 1000, connectionTimeout: 5000 });
};

// The order of these tests matters: a prototype is mended once and for all.
t.test('kafkajs 2.2.4 has these defects', async (t) => {
  const queue = newQueue();
  queue.checkPendingRequests();
  t.ok(queue.throttleCheckTimeoutId, 'an idle connection sets a timer');
  queue.destroy();
  const server = await countingServer(t);
  const forgetful = newConnection(server.port);
  await Promise.all([forgetful.connect(), forgetful.connect(), forgetful.connect()]);
  await server.haveCome(3);
  t.equal(server.stay(), 3, 'who connects at once makes a socket each');
  await forgetful.disconnect();
});

t.test('who connects at once shares one socket, and it is closed with the connection', async (t) => {
  mendKafkajs();
  const mended = await countingServer(t);
  const one = newConnection(mended.port);
  await Promise.all([one.connect(), one.connect(), one.connect()]);
  t.ok(one.isConnected());
  await mended.haveCome(1);
  await one.disconnect();
  await mended.allLeft();
  t.equal(mended.came(), 1);
  await Promise.all([one.connect(), one.connect()]);
  await mended.haveCome(2);
  await one.disconnect();
  await mended.allLeft();
  t.equal(mended.came(), 2, 'it can be opened again');
});

t.test('an idle connection sets no timer; a request that waits still has one', async (t) => {
  mendKafkajs();
  mendKafkajs();
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
