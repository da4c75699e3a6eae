import { createServer, type Server } from 'node:http';

/** What the probes ask. Both fail closed: whoever cannot say yes says no. */
export interface Probed {
  isLive(): boolean;
  isReady(): boolean;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

export interface ProbeServer {
  /** The port that was bound; a configured 0 gives any. */
  readonly port: number;
  close(): Promise<void>;
}

const answer = (isYes: boolean): { readonly status: number; readonly text: string } =>
  isYes ? { status: 200, text: 'ok\n' } : { status: 503, text: 'no\n' };

/**
 * Serves `/livez`, `/readyz` and `/metrics`, by GET alone. Nothing of a request is read but its path, and nothing changes
 * by asking.
 */
export const serveProbes = (probed: Probed, host: string, port: number): Promise<ProbeServer> => {
  const server: Server = createServer((request, response) => {
    const end = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      response.end(text);
    };
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'GET alone\n');
    if (path === '/livez' || path === '/readyz') {
      const { status, text } = answer(path === '/livez' ? probed.isLive() : probed.isReady());
      return end(status, text);
    }
    if (path !== '/metrics') return end(404, 'nothing here\n');
    probed.metrics().then(
      ({ type, text }) => end(200, text, type),
      () => end(500, 'no\n'),
    );
  });
  server.requestTimeout = 5000;
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise((closed) => {
            server.closeAllConnections();
            server.close(() => closed());
          }),
      });
    });
  });
};
