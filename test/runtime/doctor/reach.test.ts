import { createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { reachBrokers } from '../../../src/runtime/doctor/reach.ts';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';

const settings = (brokers: readonly string[], tls: KafkaSettings['tls'], connectTimeoutMs = 5000): KafkaSettings => ({
  brokers,
  clientId: 'test',
  tls,
  sasl: null,
  connectTimeoutMs,
  requestTimeoutMs: 1000,
});

/** A server that does something with each connection; returns its address. */
const serve = (t: Test, onConnection: (socket: Socket) => void): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
      t.teardown(() => socket.destroy());
    });
    t.teardown(() => server.close());
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    });
  });

/** An address where nobody listens any more. */
const deserted = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`));
    });
  });

t.test('each broker is told apart', async (t) => {
  const plain = await serve(t, () => {});
  const gone = await deserted();
  t.same(await reachBrokers(settings([plain, gone, 'no address'], null)), [
    { broker: plain, state: 'ok', certifiedUntilMs: null },
    { broker: gone, state: 'silent', certifiedUntilMs: null },
    { broker: 'no address', state: 'unknown-host', certifiedUntilMs: null },
  ]);
});

t.test('what does not speak TLS is told apart from what does not answer', async (t) => {
  const hanging = await serve(t, () => {});
  const ending = await serve(t, (socket) => socket.end());
  const talking = await serve(t, (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const gone = await deserted();
  const reached = await reachBrokers(settings([hanging, ending, talking, gone], { ca: null }, 300));
  t.same(
    reached.map(({ state }) => state),
    ['no-tls', 'no-tls', 'no-tls', 'silent'],
  );
});
