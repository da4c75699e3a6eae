import { request } from 'node:http';
import t from 'tap';
import { serveProbes } from '../../../src/runtime/service/probes.ts';

const ask = (port: number, path: string, method = 'GET'): Promise<{ status: number; text: string; type: string }> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, type: String(response.headers['content-type']) }));
    })
      .on('error', reject)
      .end();
  });

t.test('probes say what they are told, fail closed, and know nothing else', async (t) => {
  let isReady = false;
  let isLive = true;
  const metrics = async () => {
    if (!isLive) throw new Error('canary');
    return { type: 'text/plain; version=0.0.4', text: 'unjoin_tasks 1\n' };
  };
  const server = await serveProbes({ isLive: () => isLive, isReady: () => isReady, metrics }, '127.0.0.1', 0);
  t.match(await ask(server.port, '/livez'), { status: 200 });
  t.match(await ask(server.port, '/readyz'), { status: 503 });
  isReady = true;
  t.match(await ask(server.port, '/readyz?verbose'), { status: 200, text: 'ok\n' });
  t.match(await ask(server.port, '/metrics'), { status: 200, text: 'unjoin_tasks 1\n', type: /version=0.0.4/ });
  isLive = false;
  t.match(await ask(server.port, '/livez'), { status: 503 });
  const failed = await ask(server.port, '/metrics');
  t.equal(failed.status, 500);
  t.notMatch(failed.text, /canary/);
  t.match(await ask(server.port, '/secrets'), { status: 404 });
  t.match(await ask(server.port, '/readyz', 'POST'), { status: 405 });
  await server.close();
  await t.rejects(ask(server.port, '/livez'));
});
