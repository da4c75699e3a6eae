import { createRequire } from 'node:module';

/** Defects of kafkajs 2.2.4 that only a change of its prototypes mends; pinned by the version check in client.ts. */
const load = createRequire(import.meta.url);

/** Of which every connection has one. */
interface InternalQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

const CALM = Symbol('unjoin: only looks for requests that wait');

/**
 * kafkajs sets a timer of a negative time after every answer, and again when it fires: a thousand wake-ups a second and
 * connection while nothing happens, and a warning on newer Node versions. Nothing needs it unless requests wait or are throttled.
 */
const calmQueues = (): void => {
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: InternalQueue & { [CALM]?: true } };
  if (prototype[CALM]) return;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype[CALM] = true;
  prototype.scheduleCheckPendingRequests = function (this: InternalQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
};

interface InternalConnection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

const ONE_SOCKET = Symbol('unjoin: who connects at the same time waits for the same socket');

/**
 * Two requests at once on a connection that is not open yet make two sockets (docs/kafka-rules.md, H17). The connection forgets
 * the first one, which nobody can close any more: it holds the process until the broker ends it, ten minutes later.
 */
const shareConnects = (): void => {
  const { prototype } = load('kafkajs/src/network/connection.js') as { readonly prototype: InternalConnection & { [ONE_SOCKET]?: true } };
  if (prototype[ONE_SOCKET]) return;
  const { connect, disconnect } = prototype;
  const opening = new WeakMap<InternalConnection, Promise<unknown>>();
  prototype[ONE_SOCKET] = true;
  prototype.connect = function (this: InternalConnection) {
    const known = opening.get(this);
    if (known !== undefined) return known;
    const one: Promise<unknown> = connect.call(this).finally(() => {
      if (opening.get(this) === one) opening.delete(this);
    });
    opening.set(this, one);
    return one;
  };
  // Who connects after that asks for another socket.
  prototype.disconnect = function (this: InternalConnection) {
    opening.delete(this);
    return disconnect.call(this);
  };
};

/** Once a process, before the first connection. */
export const mendKafkajs = (): void => {
  calmQueues();
  shareConnects();
};
