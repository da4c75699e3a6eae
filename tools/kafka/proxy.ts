import { type AddressInfo, createServer, createConnection as dial, type Socket } from 'node:net';

/** Requests by their key in the protocol (Kafka protocol guide, "Api Keys"). */
export const API = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  initProducerId: 22,
  addPartitions: 24,
  addOffsets: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
  saslAuthenticate: 36,
} as const;

export type Api = keyof typeof API;

/**
 * What becomes of one request. `before`: it never reaches the broker. `after`: the broker has done it, and its reply is lost.
 * Then the connection is cut, or says nothing more of it (`silent`: the client waits until its time-out).
 */
export interface Loss {
  readonly api: Api;
  readonly when: 'before' | 'after';
  readonly how: 'cut' | 'silent';
  /** Requests of that kind that pass before; default 0. */
  readonly skip?: number;
  /** Called at that moment, before anything else is done: to kill or stop whoever asked. */
  readonly at?: () => void;
}

/** A TCP proxy in front of one broker of the plain-text listener: clients see the broker at the proxy's own address. */
export interface BrokerProxy {
  readonly port: number;
  /** Arms one loss; settles when it has happened. */
  lose(loss: Loss): Promise<void>;
  /** Forgets losses that have not happened. */
  disarm(): void;
  /** Cuts every connection. */
  cut(): void;
  /** Holds everything back in both directions until `flow`. */
  stall(): void;
  flow(): void;
  /** Requests so far, by key. */
  readonly seen: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

const LENGTH_BYTES = 4;

/** Whole messages out of a stream: each a length of 32 bits and so many bytes. Gives what stands there, and keeps the rest. */
const createFrames = () => {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk: Buffer): Buffer[] => {
    const frames: Buffer[] = [];
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= LENGTH_BYTES && rest.length >= LENGTH_BYTES + rest.readInt32BE(0)) {
      const end = LENGTH_BYTES + rest.readInt32BE(0);
      frames.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return frames;
  };
};

const HOST = Buffer.from('\0\t127.0.0.1');

/** Answers name the brokers: host and port. The port is replaced where it is the broker's, so that clients come back to us. */
const rewritten = (frame: Buffer, from: number, to: number): Buffer => {
  for (let at = frame.indexOf(HOST); at >= 0; at = frame.indexOf(HOST, at + 1)) {
    const port = at + HOST.length;
    if (port + 4 <= frame.length && frame.readInt32BE(port) === from) frame.writeInt32BE(to, port);
  }
  return frame;
};

interface Armed {
  readonly loss: Loss;
  left: number;
  readonly resolve: () => void;
}

/** Everything one proxy knows. */
interface State {
  readonly broker: number;
  readonly links: Set<Link>;
  readonly seen: Map<number, number>;
  armed: Armed[];
  isStalled: boolean;
  port: number;
}

interface Link {
  readonly client: Socket;
  readonly broker: Socket;
}

/** The loss that is meant for a request; it happens once. */
const take = (state: State, key: number, when: Loss['when']): Armed | null => {
  const found = state.armed.find(({ loss }) => loss.when === when && API[loss.api] === key);
  if (found === undefined || found.left-- > 0) return null;
  state.armed = state.armed.filter((armed) => armed !== found);
  return found;
};

const cutLink = ({ client, broker }: Link): void => {
  client.destroy();
  broker.destroy();
};

const happen = (link: Link, { loss, resolve }: Armed): void => {
  loss.at?.();
  if (loss.how === 'cut') cutLink(link);
  resolve();
};

const NAMES_BROKERS: ReadonlySet<number> = new Set([API.metadata, API.findCoordinator]);

const join = (state: State, client: Socket): void => {
  const broker = dial(state.broker, '127.0.0.1');
  const link: Link = { client, broker };
  /** What was asked, by correlation id. */
  const asked = new Map<number, number>();
  const [requests, replies] = [createFrames(), createFrames()];
  state.links.add(link);
  const end = (): void => {
    state.links.delete(link);
    cutLink(link);
  };
  for (const socket of [client, broker]) {
    socket.setNoDelay(true).on('error', end).on('close', end);
    if (state.isStalled) socket.pause();
  }
  client.on('data', (chunk) => {
    for (const frame of requests(chunk)) {
      const key = frame.readInt16BE(LENGTH_BYTES);
      state.seen.set(key, (state.seen.get(key) ?? 0) + 1);
      const lost = take(state, key, 'before');
      if (lost !== null) happen(link, lost);
      else {
        asked.set(frame.readInt32BE(LENGTH_BYTES + 4), key);
        broker.write(frame);
      }
    }
  });
  broker.on('data', (chunk) => {
    for (const frame of replies(chunk)) {
      const id = frame.readInt32BE(LENGTH_BYTES);
      const key = asked.get(id) ?? -1;
      asked.delete(id);
      const lost = take(state, key, 'after');
      if (lost !== null) happen(link, lost);
      else client.write(NAMES_BROKERS.has(key) ? rewritten(frame, state.broker, state.port) : frame);
    }
  });
};

export const startProxy = async (broker: number): Promise<BrokerProxy> => {
  const state: State = { broker, links: new Set(), seen: new Map(), armed: [], isStalled: false, port: 0 };
  const server = createServer((client) => join(state, client));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.port = (server.address() as AddressInfo).port;
  const each = (work: (link: Link) => void): void => {
    for (const link of [...state.links]) work(link);
  };
  const turn = (isStalled: boolean): void => {
    state.isStalled = isStalled;
    each((link) => {
      for (const socket of [link.client, link.broker]) isStalled ? socket.pause() : socket.resume();
    });
  };
  return {
    port: state.port,
    lose: (loss) => new Promise((resolve) => state.armed.push({ loss, left: loss.skip ?? 0, resolve })),
    disarm() {
      state.armed = [];
    },
    cut: () => each(cutLink),
    stall: () => turn(true),
    flow: () => turn(false),
    seen: state.seen,
    async close() {
      each(cutLink);
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
