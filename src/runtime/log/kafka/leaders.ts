import { TransportError } from '../../../model/log.ts';
import { createEncoder, type InternalCluster } from './internals.ts';
import type { TopicPartition } from './reader.ts';
import { decodeFetch, encodeFetch, FETCH, type FetchedPartition, type FetchRequest } from './wire/fetch.ts';

/** What the broker has for its answer on top of the time that it may wait, ms. */
const ANSWER_MS = 10_000;

/** Sends a fetch over kafkajs's own connection to a broker, and reads the answer ourselves. */
export const fetchFrom = async (
  cluster: InternalCluster,
  nodeId: string,
  request: FetchRequest,
): Promise<{ readonly errorCode: number; readonly partitions: readonly FetchedPartition[] }> => {
  const broker = await cluster.findBroker({ nodeId });
  const bytes = encodeFetch(request);
  return broker.connectionPool.send({
    request: { ...FETCH, encode: async () => createEncoder().writeBuffer(bytes) },
    response: { decode: async (raw) => raw, parse: async (raw) => decodeFetch(raw) },
    requestTimeout: request.maxWaitMs + ANSWER_MS,
    logResponseError: false,
  });
};

/**
 * Indexes of the partitions by who leads them now, the one at `first` first: a broker fills its answer in the order that it is
 * asked, and gives one whole batch, however large, to the first partition alone.
 */
export const byLeader = async (
  cluster: InternalCluster,
  partitions: readonly TopicPartition[],
  first: number,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  await cluster.refreshMetadataIfNecessary();
  const groups = new Map<string, number[]>();
  for (let i = 0; i < partitions.length; i++) {
    const index = (first + i) % partitions.length;
    const { topic, partition } = partitions[index];
    const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    if (leader === undefined) throw new TransportError('unreachable', 'a partition has no leader', true);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [index]);
    else group.push(index);
  }
  return groups;
};

/** Who leads a partition, as far as we know; who is not known is no group of their own, but an error. */
export const leadersOf =
  (metadata: InternalCluster) =>
  (topic: string, partition: number): string => {
    const [leader] = Object.keys(metadata.findLeaderForPartitions(topic, [partition]));
    // kafkajs writes a partition that has no leader as led by broker -1.
    if (leader === undefined || !(Number(leader) >= 0)) throw new TransportError('unreachable', 'a partition has no leader', true);
    return leader;
  };

/** Offset of the first record that a partition still has. */
export const earliestOf = async (cluster: InternalCluster, { topic, partition }: TopicPartition): Promise<number> => {
  const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }]);
  const offset = Number(answer?.partitions[0]?.offset);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new TransportError('unreachable', 'a partition does not tell its start', true);
  return offset;
};

const LATEST = -1;

/**
 * The high watermark, from the leader. Not that of a fetch: a leader that was just elected does not know yet how far the
 * others are, and tells fetches an older one; here it refuses until it does (KIP-207). Throws what kafkajs throws.
 */
export const latestOf = async (cluster: InternalCluster, { topic, partition }: TopicPartition): Promise<number> => {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw new TransportError('unreachable', 'a partition has no leader', true);
  const broker = await cluster.findBroker({ nodeId });
  const { responses } = await broker.listOffsets({
    isolationLevel: 0,
    topics: [{ topic, partitions: [{ partition, timestamp: LATEST }] }],
  });
  const offset = Number(responses[0]?.partitions[0]?.offset);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new TransportError('unreachable', 'a partition does not tell its end', true);
  return offset;
};
