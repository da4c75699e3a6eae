import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { API, type Api, type BrokerProxy, startProxy } from '../../../tools/kafka/proxy.ts';

/** A request: length, key, version, correlation id. */
const request = (api: Api, id: number): Buffer => {
  const frame = Buffer.alloc(12);
  frame.writeInt32BE(8);
  frame.writeInt16BE(API[api], 4);
  frame.writeInt32BE(id, 8);
  return frame;
};

/** A broker that answers each request with its id, and where it is itself; it tells what it was asked. */
const fakeBroker = async (t: Test) => {
  const asked: number[] = [];
  const server = createServer((socket) =>
    socket.on('data', (chunk) => {
      for (let at = 0; at < chunk.length; at += 12) {
        const id = chunk.readInt32BE(at + 8);
        asked.push(id);
        const host = Buffer.from('\0\t127.0.0.1');
        const answer = Buffer.alloc(8 + host.length + 4);
        answer.writeInt32BE(answer.length - 4);
        answer.writeInt32BE(id, 4);
        host.copy(answer, 8);
        answer.writeInt32BE((server.address() as AddressInfo).port, 8 + host.length);
        // In two pieces, as networks do.
        socket.write(answer.subarray(0, 5));
        socket.write(answer.subarray(5));
      }
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  const proxy = await startProxy(port);
  t.teardown(async () => {
    await proxy.close();
    server.close();
  });
  return { asked, port, proxy };
};

/** A client: what it was answered, as `id port`, and whether it was cut off. */
const connect = async ({ port }: BrokerProxy) => {
  const answers: string[] = [];
  const socket: Socket = createConnection(port, '127.0.0.1');
  let rest = Buffer.alloc(0);
  let isCut = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    isCut = true;
  });
  socket.on('data', (chunk) => {
    for (rest = Buffer.concat([rest, chunk]); rest.length >= 23; rest = rest.subarray(23)) answers.push(`${rest.readInt32BE(4)} ${rest.readInt32BE(19)}`); // biome-ignore format: a loop
  });
  await once(socket, 'connect');
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { socket, answers, until, isCut: () => isCut, ask: (api: Api, id: number) => void socket.write(request(api, id)) };
};

t.test('what passes is as it was, but for where the broker is', async (t) => {
  const { proxy, port } = await fakeBroker(t);
  const { ask, answers, until, socket } = await connect(proxy);
  ask('metadata', 1);
  ask('produce', 2);
  await until(() => answers.length === 2);
  t.strictSame(answers, [`1 ${proxy.port}`, `2 ${port}`], 'only answers that name brokers are changed');
  t.equal(proxy.seen.get(API.produce), 1);
  socket.destroy();
});

t.test('a loss happens once, to the request that it is meant for', async (t) => {
  const { proxy, asked } = await fakeBroker(t);
  const first = await connect(proxy);
  const before = proxy.lose({ api: 'produce', when: 'before', how: 'cut', skip: 1 });
  first.ask('endTxn', 1);
  first.ask('produce', 2);
  await first.until(() => first.answers.length === 2);
  first.ask('produce', 3);
  await before;
  await first.until(first.isCut);
  t.strictSame(asked, [1, 2], 'the broker never heard of it');

  const second = await connect(proxy);
  let atThatMoment: readonly number[] = [];
  const at = (): void => {
    atThatMoment = [...asked];
  };
  const after = proxy.lose({ api: 'endTxn', when: 'after', how: 'silent', at });
  second.ask('endTxn', 4);
  await after;
  t.strictSame(atThatMoment, [1, 2, 4], 'it was done by then');
  second.ask('endTxn', 5);
  await second.until(() => second.answers.length === 1);
  t.match(second.answers[0], /^5 /, 'the reply is gone, the connection is not');
  t.notOk(second.isCut());

  void proxy.lose({ api: 'fetch', when: 'before', how: 'cut' });
  proxy.disarm();
  second.ask('fetch', 6);
  await second.until(() => second.answers.length === 2);
  second.socket.destroy();
});

t.test('connections are stalled, and cut', async (t) => {
  const { proxy, asked } = await fakeBroker(t);
  const client = await connect(proxy);
  client.ask('fetch', 1);
  await client.until(() => client.answers.length === 1);
  proxy.stall();
  client.ask('fetch', 2);
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(asked, [1]);
  proxy.flow();
  await client.until(() => client.answers.length === 2);
  proxy.cut();
  await client.until(client.isCut);
  t.pass('cut');
});
