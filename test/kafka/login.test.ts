import t from 'tap';
import { clusterOf } from '../../src/runtime/log/kafka/client.ts';
import { openWriter } from '../../src/runtime/log/kafka/writer.ts';
import { startProxy } from '../../tools/kafka/proxy.ts';
import { unique, withBroker } from './support/broker.ts';
import { makeTopic } from './support/topics.ts';

/** The clients' listener without TLS, so that a proxy sees what is asked. */
const IN_CLEAR = { 'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_PLAINTEXT' };

t.test('a log-in that is cut off is tried again; one that is refused is not', async (t) => {
  await withBroker(t, { own: true, properties: IN_CLEAR, users: { gate: 'gate-secret' } }, async (broker) => {
    const topic = await makeTopic(broker.admin, 'login');
    const [, port] = broker.cluster.client[0].split(':');
    const proxy = await startProxy(Number(port));
    t.teardown(() => proxy.close());
    const settings = {
      ...broker.as('admin'),
      tls: null,
      brokers: [`127.0.0.1:${proxy.port}`],
      connectTimeoutMs: 2000,
      requestTimeoutMs: 1000,
    };
    const metadata = clusterOf({ ...broker.as('admin'), tls: null });
    t.teardown(() => metadata.disconnect());
    const open = (password: string) =>
      openWriter({
        settings: { ...settings, sasl: { mechanism: 'scram-sha-512', username: 'admin', password } },
        metadata,
        topics: [topic],
        transactionalId: unique('task'),
        transactionTimeoutMs: 10_000,
      });
    for (const when of ['before', 'after'] as const)
      for (const how of ['cut', 'silent'] as const) {
        const hit = proxy.lose({ api: 'saslAuthenticate', when, how });
        await t.rejects(open(broker.cluster.users['admin']), { code: 'unreachable', canRetry: true }, `${when}, ${how}`);
        await hit;
      }
    await t.rejects(open('wrong'), { code: 'denied', canRetry: false });
    await (await open(broker.cluster.users['admin'])).close();
  });
});
