import { Kafka, logLevel } from 'kafkajs';
import { until, type World } from '../chaos/world.ts';

const QUIET = { logLevel: logLevel.NOTHING, retry: { retries: 5, initialRetryTime: 100 } } as const;

interface Copies {
  readonly leader: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
}

const partitionsOf = async (brokers: readonly string[]): Promise<readonly Copies[]> => {
  const admin = new Kafka({ brokers: [...brokers], clientId: 'chaos-nodes', ...QUIET }).admin();
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata();
    return topics.flatMap(({ partitions }) => partitions);
  } finally {
    await admin.disconnect();
  }
};

/** Waits until every partition of every topic, the brokers' own too, has all its copies in sync and a leader. */
export const whole = ({ cluster }: World): Promise<boolean> =>
  until(async () => {
    try {
      return (await partitionsOf(cluster.plaintext)).every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length);
    } catch {
      return false;
    }
  });

/** How many partitions each node leads, as those other than one tell it. */
export const leading = async ({ cluster }: World, asleep: number): Promise<ReadonlyMap<number, number>> => {
  const counts = new Map<number, number>();
  const awake = cluster.plaintext.filter((_, i) => i !== asleep - 1);
  for (const { leader } of await partitionsOf(awake)) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  return counts;
};
