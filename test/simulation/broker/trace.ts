import type { InternalBroker, InternalCluster } from '../../../src/runtime/log/kafka/internals.ts';
import { fetchFrom } from '../../../src/runtime/log/kafka/leaders.ts';
import { walkRecords } from '../../../src/runtime/log/kafka/wire/walk.ts';

/** What kafkajs's brokers have beyond what the product uses of them. */
export interface TraceBroker extends InternalBroker {
  readonly nodeId: number;
  initProducerId(of: { transactionalId: string; transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
  addPartitionsToTxn(of: object): Promise<unknown>;
  produce(of: object): Promise<{ readonly topics: readonly { readonly partitions: readonly { readonly baseOffset: string }[] }[] }>;
  endTxn(of: object): Promise<unknown>;
}

export interface TraceCluster extends InternalCluster {
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType: number }): Promise<TraceBroker>;
}

export interface TraceOptions {
  readonly cluster: TraceCluster;
  /** A fresh topic of one partition, whose `max.message.bytes` is 1000. */
  readonly topic: string;
  /** Transactional ids begin with it. */
  readonly prefix: string;
  /** Lets some time pass on whatever clock the broker has. */
  readonly pause: () => Promise<void>;
}

/** Wide enough for a broker that looks for expired transactions every ten seconds. */
const MOST_PAUSES = 400;
/** The coordinator is not there yet (a fresh cluster makes its topics at first use), or still ends an earlier transaction. */
const PASSING = new Set([14, 15, 16, 51]);
const TRANSACTION = 1;

interface Owner {
  readonly id: string;
  producerId: string;
  producerEpoch: number;
  sequence: number;
}

const codeOf = (error: unknown): number => {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'number') throw error;
  return code;
};

/** One partition and its transactions, step by step; each step gives a line of what the broker said. */
const createSteps = ({ cluster, topic, prefix, pause }: TraceOptions, lines: string[]) => {
  const leader = async (): Promise<TraceBroker> => {
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
    return (await cluster.findBroker({ nodeId })) as TraceBroker;
  };
  const coordinator = (id: string) => cluster.findGroupCoordinator({ groupId: id, coordinatorType: TRANSACTION });
  const note = async (what: string, work: () => Promise<string>): Promise<void> => {
    const told = await work().catch((error) => `error ${codeOf(error)}`);
    lines.push(`${what}: ${told}`);
  };
  const caller = ({ id, producerId, producerEpoch }: Owner) => ({ transactionalId: id, producerId, producerEpoch });
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!PASSING.has(codeOf(error)) || tries > MOST_PAUSES) throw error;
        await pause();
      }
    }
  };
  const read = async (fromOffset: number, isolation: 0 | 1) => {
    const { nodeId } = await leader();
    const limits = { maxWaitMs: 0, maxBytes: 1 << 20, maxPartitionBytes: 1 << 20 };
    const { partitions } = await fetchFrom(cluster, String(nodeId), {
      partitions: [{ topic, partition: 0, fromOffset }],
      isolation,
      ...limits,
    });
    return partitions[0];
  };
  /** Reads until the answer is whole: brokers may cut it. */
  const readAll = async (from: number, isolation: 0 | 1) => {
    const offsets: number[] = [];
    const aborted: number[] = [];
    for (let at = from; ; ) {
      const answer = await read(at, isolation);
      if (answer.errorCode !== 0) return `error ${answer.errorCode}`;
      for (const { firstOffset } of answer.aborted) if (!aborted.includes(firstOffset)) aborted.push(firstOffset);
      const { runs, nextOffset } = walkRecords(answer.records, { fromOffset: at, aborted: answer.aborted, maxInflatedBytes: 1 << 20 });
      offsets.push(...runs.flatMap(({ offset }) => [...offset]));
      if (nextOffset === at) return `[${offsets}] high ${answer.highWatermark} stable ${answer.lastStableOffset} aborted [${aborted}]`;
      at = nextOffset;
    }
  };
  return {
    async init(name: string, transactionTimeout = 60_000): Promise<Owner> {
      const owner: Owner = { id: `${prefix}${name}`, producerId: '', producerEpoch: -1, sequence: 0 };
      const of = { transactionalId: owner.id, transactionTimeout };
      Object.assign(owner, await patiently(async () => (await coordinator(owner.id)).initProducerId(of)));
      lines.push(`init ${name}: epoch ${owner.producerEpoch}`);
      return owner;
    },
    add: (what: string, owner: Owner) =>
      note(`add ${what}`, async () => {
        await patiently(async () =>
          (await coordinator(owner.id)).addPartitionsToTxn({ ...caller(owner), topics: [{ topic, partitions: [0] }] }),
        );
        return 'ok';
      }),
    produce: (what: string, owner: Owner, count: number, { sequence = owner.sequence, bytes = 1 } = {}) =>
      note(`produce ${what}`, async () => {
        const messages = Array.from({ length: count }, () => ({ key: null, value: Buffer.alloc(bytes, 120), timestamp: '1700000000000' }));
        const topicData = [{ topic, partitions: [{ partition: 0, firstSequence: sequence, messages }] }];
        const { topics } = await (await leader()).produce({ ...caller(owner), acks: -1, timeout: 10_000, compression: 0, topicData });
        owner.sequence = sequence + count;
        return `at ${topics[0].partitions[0].baseOffset}`;
      }),
    end: (what: string, owner: Owner, transactionResult: boolean) =>
      note(`${transactionResult ? 'commit' : 'abort'} ${what}`, async () => {
        await patiently(async () => (await coordinator(owner.id)).endTxn({ ...caller(owner), transactionResult }));
        return 'ok';
      }),
    read: (from: number, isolation: 0 | 1) => note(`read from ${from}, isolation ${isolation}`, () => readAll(from, isolation)),
    /** A broker answers with whole batches: the first one may begin before what was asked for. */
    first: (from: number) => note(`first batch from ${from}`, async () => `at ${(await read(from, 0)).records.readBigInt64BE(0)}`),
    list: (isolation: number) =>
      note(`end, isolation ${isolation}`, async () => {
        const of = [{ topic, partitions: [{ partition: 0, timestamp: -1 }] }];
        return (await (await leader()).listOffsets({ isolationLevel: isolation, topics: of })).responses[0].partitions[0].offset;
      }),
    /** Waits until markers are written up to an offset, and nothing below it is unsettled. */
    async settled(offset: number): Promise<void> {
      for (let tries = 0; tries < MOST_PAUSES; tries++) {
        const { highWatermark, lastStableOffset } = await read(0, 1);
        if (highWatermark >= offset && lastStableOffset >= offset) return;
        await pause();
      }
      lines.push(`never settled up to ${offset}`);
    },
  };
};

/** The conformance trace: the same steps on the model and on a real broker, told as lines (kafka.md). */
export const trace = async (options: TraceOptions): Promise<readonly string[]> => {
  const lines: string[] = [];
  const { cluster, topic } = options;
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  const steps = createSteps(options, lines);
  const a = await steps.init('a');
  await steps.produce('a, not added', a, 1);
  await steps.add('a', a);
  await steps.produce('a', a, 2);
  await steps.list(0);
  await steps.list(1);
  await steps.read(0, 0);
  await steps.read(0, 1);
  await steps.produce('a again', a, 2, { sequence: 0 });
  await steps.produce('a, a gap', a, 1, { sequence: 7 });
  a.sequence = 2;
  await steps.produce('a, oversize', a, 1, { bytes: 2000 });
  await steps.end('a', a, true);
  await steps.settled(3);
  await steps.end('a again', a, true);
  await steps.end('a after its commit', a, false);
  await steps.read(0, 1);
  await steps.first(1);
  await steps.read(3, 1);
  await steps.read(4, 1);

  const b = await steps.init('b');
  await steps.add('b', b);
  await steps.produce('b', b, 1);
  await steps.add('a', a);
  await steps.produce('a', a, 1);
  await steps.end('a', a, true);
  await steps.add('a', a);
  await steps.read(0, 1);
  await steps.end('b', b, false);
  await steps.settled(7);
  await steps.produce('a', a, 1);
  await steps.add('b', b);
  await steps.produce('b', b, 1);
  await steps.end('b', b, false);
  await steps.add('b', b);
  await steps.end('a', a, false);
  await steps.end('b, of nothing', b, true);
  await steps.settled(11);
  await steps.read(0, 1);

  const zombie = { ...a };
  const next = await steps.init('a');
  await steps.add('zombie', zombie);
  await steps.produce('zombie', zombie, 1);
  await steps.end('zombie', zombie, true);
  await steps.add('a', next);
  await steps.produce('a', next, 1);
  const last = await steps.init('a');
  await steps.end('a, fenced', next, true);
  await steps.add('a', last);
  await steps.end('a', last, true);

  const slow = await steps.init('slow', 1000);
  await steps.add('slow', slow);
  await steps.produce('slow', slow, 1);
  await steps.settled(16);
  await steps.end('slow, expired', slow, true);
  await steps.read(0, 1);
  return lines;
};
