import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { Test } from 'tap';
import { MAX_ANSWER_BYTES, type RegistrySettings } from '../../../src/runtime/registry/http.ts';

/** How a registry goes wrong. */
export type Mode =
  | 'ok'
  /** Takes the request, and never answers. */
  | 'slow'
  /** Begins to answer, and never ends. */
  | 'dripping'
  /** Breaks the connection. */
  | 'broken'
  | 'failing'
  | 'busy'
  | 'denied'
  | 'redirecting'
  /** Answers with something else than JSON. */
  | 'garbage'
  /** JSON of another form. */
  | 'other'
  | 'huge'
  /** Somebody else answers: a proxy that finds no registry. */
  | 'proxy';

export interface FakeRegistry {
  readonly url: string;
  readonly settings: RegistrySettings;
  /** Requests so far, as `GET /path`. */
  readonly asked: string[];
  mode: Mode;
  /** Whether it knows GUIDs, as newer ones do. */
  hasGuids: boolean;
  /** `NONE`, or a rule that refuses every other schema of a subject. */
  compatibility: 'NONE' | 'REFUSE';
  /** Basic login that it asks for. */
  login: string | null;
  /** Registers a schema and returns its id. */
  put(subject: string, schema: unknown, more?: { readonly id?: number; readonly type?: string; readonly references?: readonly unknown[] }): number;
  /** Forgets a schema, as a hard deletion does. */
  drop(id: number): void;
  guid(id: number): string;
  /** Settles when a request arrives after the call. */
  nextRequest(): Promise<void>;
  /** Stops to listen; a later `start` listens at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
} // biome-ignore format: long lines

interface Entry {
  readonly id: number;
  readonly text: string;
  readonly type: string;
  readonly references: readonly unknown[];
  readonly guid: string;
}

const textOf = (schema: unknown): string => (typeof schema === 'string' ? schema : JSON.stringify(schema));
const guidOf = (text: string): string => createHash('md5').update(text).digest('hex');
const NOT_FOUND = 'not found';

/** What a sound registry answers: status and body. */
type Answer = readonly [status: number, body: unknown];

const createStore = () => {
  const entries: Entry[] = [];
  const subjects = new Map<string, number[]>();
  let next = 1;
  const put: FakeRegistry['put'] = (subject, schema, { id, type = 'AVRO', references = [] } = {}) => {
    const text = textOf(schema);
    const known = entries.find((entry) => entry.text === text && (id === undefined || entry.id === id));
    const entry = known ?? { id: id ?? next, text, type, references, guid: guidOf(text) };
    if (known === undefined) entries.push(entry);
    next = Math.max(next, entry.id + 1);
    const versions = subjects.get(subject) ?? [];
    if (!versions.includes(entry.id)) subjects.set(subject, [...versions, entry.id]);
    return entry.id;
  };
  const drop = (id: number): void => {
    entries.splice(0, entries.length, ...entries.filter((entry) => entry.id !== id));
    for (const [subject, ids] of subjects) subjects.set(subject, ids.filter((one) => one !== id)); // biome-ignore format: a line
  };
  return { entries, subjects, put, drop };
};

const shown = ({ text, type, references }: Entry) => ({ schema: text, ...(type === 'AVRO' ? {} : { schemaType: type }), references });

const answerTo = (store: ReturnType<typeof createStore>, registry: FakeRegistry, method: string, path: string, body: string): Answer => {
  const missing = (code: number): Answer => [404, { error_code: code, message: NOT_FOUND }];
  const [, what, first, second] = path.split('/').map(decodeURIComponent);
  if (method === 'GET' && path === '/schemas/types') return [200, ['JSON', 'PROTOBUF', 'AVRO']];
  if (method === 'GET' && what === 'schemas' && first === 'ids') {
    const entry = store.entries.find(({ id }) => id === Number(second));
    return entry === undefined ? missing(40403) : [200, shown(entry)];
  }
  if (method === 'GET' && what === 'schemas' && first === 'guids' && registry.hasGuids) {
    const entry = store.entries.find(({ guid }) => guid === second.replaceAll('-', ''));
    return entry === undefined ? missing(40403) : [200, shown(entry)];
  }
  if (method === 'GET' && path.endsWith('/versions/latest')) {
    const last = store.entries.find(({ id }) => id === store.subjects.get(first)?.at(-1));
    return last === undefined ? missing(40401) : [200, { subject: first, id: last.id, ...shown(last) }];
  }
  if (method !== 'POST') return [404, null];
  const { schema } = JSON.parse(body) as { readonly schema: string };
  const subject = what === 'compatibility' ? second : first;
  const ids = store.subjects.get(subject) ?? [];
  const own = store.entries.filter(({ id }) => ids.includes(id));
  const same = own.find(({ text }) => text === schema);
  const isCompatible = registry.compatibility === 'NONE' || own.length === 0 || same !== undefined;
  if (what === 'compatibility') return own.length === 0 ? missing(40402) : [200, { is_compatible: isCompatible }];
  if (path.endsWith('/versions')) return isCompatible ? [200, { id: store.put(subject, schema) }] : [409, { error_code: 409, message: schema }];
  if (own.length === 0) return missing(40401);
  return same === undefined ? missing(40403) : [200, { subject, version: ids.indexOf(same.id) + 1, id: same.id, schema: same.text }];
}; // biome-ignore format: long lines

type Misbehave = (request: IncomingMessage, response: ServerResponse) => void;

const saying =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Misbehave =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);

const MISBEHAVIOUR: Readonly<Record<Exclude<Mode, 'ok'>, Misbehave>> = {
  slow: () => {},
  dripping: (_, response) => void response.writeHead(200).write('{"schema":"'),
  broken: (request) => void request.socket.destroy(),
  failing: saying(503, '{"error_code":50301}'),
  busy: saying(429, ''),
  denied: saying(401, '{"error_code":401}'),
  redirecting: saying(302, '', { location: '/schemas/ids/1' }),
  garbage: saying(200, '<html>'),
  other: saying(200, '{"message":"hello"}'),
  huge: saying(200, JSON.stringify({ schema: 'x'.repeat(MAX_ANSWER_BYTES) })),
  proxy: saying(404, '<html>404</html>'),
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

/** A registry in this process that does what a test says, and ends with it. */
export const fakeRegistry = async (t: Test, tls?: ServerOptions, base = ''): Promise<FakeRegistry> => {
  const store = createStore();
  const waiting: (() => void)[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').slice(base.length);
    const method = request.method ?? '';
    registry.asked.push(`${method} ${path}`);
    for (const settle of waiting.splice(0)) settle();
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (registry.mode !== 'ok') return MISBEHAVIOUR[registry.mode](request, response);
      const isKnown = registry.login === null || request.headers.authorization === `Basic ${Buffer.from(registry.login).toString('base64')}`;
      const [status, told] = isKnown ? answerTo(store, registry, method, path, body) : ([401, {}] as const);
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
      response.end(told === null ? '' : JSON.stringify(told));
    });
  };
  let server: Server | null = null;
  let port = 0;
  const start = async (): Promise<void> => {
    server = tls === undefined ? createServer(handle) : (createSecureServer(tls, handle) as unknown as Server);
    port = await listen(server, port);
  };
  const stop = async (): Promise<void> => {
    const was = server;
    server = null;
    if (was === null) return;
    was.closeAllConnections();
    await new Promise<void>((resolve) => was.close(() => resolve()));
  };
  await start();
  t.teardown(stop);
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${base}`;
  const registry: FakeRegistry = {
    url,
    settings: { url, ca: null, timeoutMs: 5000, login: null },
    asked: [],
    mode: 'ok',
    hasGuids: true,
    compatibility: 'NONE',
    login: null,
    put: store.put,
    drop: store.drop,
    guid: (id) => store.entries.find((entry) => entry.id === id)?.guid ?? '',
    nextRequest: () => new Promise((resolve) => void waiting.push(resolve)),
    stop,
    start,
  };
  return registry;
}; // biome-ignore format: long lines
