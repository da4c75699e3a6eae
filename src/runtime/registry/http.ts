import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** How a registry is reached. Holds a secret: never print it. */
export interface RegistrySettings {
  /** Base address, as `http://host:8081` or `https://host/apis/ccompat/v7`. */
  readonly url: string;
  /** PEM of its authority; null: those of the system. */
  readonly ca: string | null;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
  readonly login: { readonly username: string; readonly password: string } | null;
}

/** Why there is no answer. Whatever it is: nobody can tell what an id stands for just now. */
export type Failure =
  /** Nobody listens, or the host has no address. */
  | 'silent'
  | 'slow'
  /** The certificate is of no authority that we trust, for another host, or has expired. */
  | 'untrusted'
  /** 401 or 403. */
  | 'denied'
  /** 429 or 5xx. */
  | 'failing'
  /** A redirect: it is not followed, for the login would go with it. */
  | 'redirected'
  /** No JSON, or not of the expected form. */
  | 'garbage'
  | 'oversized';

export type Reply = { readonly status: number; readonly body: unknown; readonly failure: null } | { readonly failure: Failure };

/** One request and its answer, bounded in time and size. Never throws. */
export interface Http {
  send(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply>;
  close(): void;
}

/** No schema of ours is a hundredth of it. */
export const MAX_ANSWER_BYTES = 4 << 20;
const MAX_SOCKETS = 16;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** By error codes of Node; texts, which quote hosts and certificates, are dropped. */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/;

const failureOf = (error: unknown): Failure => {
  const { code } = Object(error) as { readonly code?: unknown };
  if (UNTRUSTED.test(String(code))) return 'untrusted';
  return /^(HPE_|ERR_HTTP|ERR_SSL|EPROTO)/.test(String(code)) ? 'garbage' : 'silent';
};

const failureOfStatus = (status: number): Failure | null => {
  if (status >= 300 && status < 400) return 'redirected';
  if (status === 401 || status === 403) return 'denied';
  return status === 429 || status >= 500 ? 'failing' : null;
};

const NONE = Symbol('no JSON');

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser quotes what it read.
    return NONE;
  }
};

/** The answer once it is whole. A refusal may say it in any words; what is granted has to be JSON. */
const replyOf = (status: number, text: string): Reply => {
  const failure = failureOfStatus(status);
  if (failure !== null) return { failure };
  const body = parsed(text);
  if (body !== NONE) return { status, body, failure: null };
  return status >= 400 ? { status, body: null, failure: null } : { failure: 'garbage' };
};

const textOf = async (answer: IncomingMessage): Promise<string | null> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** The way to a registry, over connections that are kept. */
export const openHttp = ({ url, ca, timeoutMs, login }: RegistrySettings): Http => {
  const base = url.replace(/\/+$/, '');
  const isSecure = base.startsWith('https:');
  const keeping = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = isSecure ? new HttpsAgent({ ...keeping, ...(ca === null ? {} : { ca }) }) : new HttpAgent(keeping);
  const headers = {
    accept: `${MEDIA_TYPE}, application/json`,
    ...(login === null ? {} : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` }),
  };
  const answerTo = (method: string, path: string, text: string | null, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sent = (isSecure ? httpsRequest : httpRequest)(
        `${base}${path}`,
        {
          agent,
          method,
          signal,
          headers: text === null ? headers : { ...headers, 'content-type': MEDIA_TYPE, 'content-length': Buffer.byteLength(text) },
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(text ?? undefined);
    });
  return {
    async send(method, path, body) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await answerTo(method, path, body === undefined ? null : JSON.stringify(body), signal);
        const text = await textOf(answer);
        return text === null ? { failure: 'oversized' } : replyOf(answer.statusCode ?? 0, text);
      } catch (error) {
        return { failure: signal.aborted ? 'slow' : failureOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
};
