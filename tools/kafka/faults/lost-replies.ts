import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import { type Fault, settled, type World } from '../chaos/world.ts';
import { API, type Api, type BrokerProxy } from '../proxy.ts';

/** What a transaction asks of a broker. The group's offsets are not part of it: TxnOffsetCommit is never sent, which is counted. */
const APIS = ['produce', 'addPartitions', 'endTxn', 'initProducerId'] as const satisfies readonly Api[];
const WAYS = [
  { when: 'before', how: 'cut' },
  { when: 'after', how: 'cut' },
  { when: 'before', how: 'silent' },
  { when: 'after', how: 'silent' },
] as const;

/** A producer asks for its id when its task is opened: a process whose connections were all cut opens its tasks. */
const provoke = async ({ gates }: World, victim: number): Promise<void> => {
  gates.signal(victim, 'SIGKILL');
  await gates.ended(victim);
  gates.start(victim);
};

const HIT_MS = 30_000;

/** Loses one reply; gives false when nothing of the kind was asked in time. */
const loseOne = async (world: World, proxy: BrokerProxy, victim: number, api: Api, way: (typeof WAYS)[number]): Promise<boolean> => {
  const hit = proxy.lose({ api, ...way });
  if (api === 'initProducerId') await provoke(world, victim);
  const timeout = new AbortController();
  const isHit = await Promise.race([hit.then(() => true), pause(HIT_MS, false, { signal: timeout.signal }).catch(() => false)]);
  timeout.abort();
  proxy.disarm();
  return isHit;
};

/** Every so many losses all of them are waited for, and measured; between them the next comes while the last is being mended. */
const MEASURED = 4;

export const lostReplies: Fault = {
  says: 'lost replies of Produce, AddPartitionsToTxn, EndTxn and InitProducerId, before and after they took effect',
  count: 48,
  isProxied: true,
  kafka: { requestTimeoutMs: 3000, connectTimeoutMs: 3000 },
  async harm(world) {
    const { proxies, count, random, gates } = world;
    const lost: Record<string, number> = {};
    for (let i = 0; i < count && world.goesOn(); i++) {
      const api = APIS[i % APIS.length];
      const way = WAYS[Math.floor(i / APIS.length) % WAYS.length];
      const victim = below(random, gates.count);
      const name = `${api} ${way.when}`;
      const isHit = await loseOne(world, proxies[victim], victim, api, way);
      world.strike(`${i + 1}: ${name} its effect, ${way.how}`);
      if (isHit) lost[name] = (lost[name] ?? 0) + 1;
      if (i % MEASURED === MEASURED - 1) for (const one of world.strikes.slice(-MEASURED)) await settled(world, one);
    }
    for (const one of world.strikes.filter(({ backMs }) => backMs === null)) await settled(world, one);
    const missed = APIS.flatMap((api) => ['before', 'after'].map((when) => `${api} ${when}`)).filter((name) => lost[name] === undefined);
    const offsets = proxies.reduce((sum, { seen }) => sum + (seen.get(API.txnOffsetCommit) ?? 0), 0);
    return {
      figures: { losses: Object.values(lost).reduce((sum, n) => sum + n, 0), txnOffsetCommits: offsets, ...lost },
      broken: world.strikes.length >= APIS.length * WAYS.length ? missed.map((name) => `no reply of this kind was lost: ${name}`) : [],
    };
  },
};
