import type { Random } from '../random.ts';
import * as coordination from './coordinator.ts';
import { append, appendMarker, CODE, compact, createPartition, moveLeader, type Partition, type Produced, replicate } from './partition.ts';

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly isAppendTime?: boolean;
}

/** A cluster as one value: partitions with their leaders, transactions, clocks that differ. Not modelled: replication, quotas. */
export interface ModelBroker {
  readonly nodes: number;
  /** Our clock against each node's, ms. */
  readonly skewMs: readonly number[];
  readonly partitions: Map<string, Partition>;
  readonly coordinator: coordination.Coordinator;
  /** Whether a produce is checked against its transaction (Kafka 3.6 and later, KIP-890). */
  readonly verifies: boolean;
  /** Committed offsets of the group, which nothing of ours trusts. */
  readonly groupOffsets: Map<string, number>;
}

export const nameOf = (topic: string, partition: number): string => `${topic}:${partition}`;

export const createBroker = (specs: readonly TopicSpec[], random: Random, verifies: boolean, maxSkewMs: number): ModelBroker => {
  const nodes = 3;
  const partitions = new Map<string, Partition>();
  for (const { topic, partitions: count, isAppendTime = false } of specs)
    for (let i = 0; i < count; i++) partitions.set(nameOf(topic, i), createPartition(topic, i, random.below(nodes), isAppendTime));
  const skewMs = Array.from({ length: nodes }, () => random.below(2 * maxSkewMs + 1) - maxSkewMs);
  return { nodes, skewMs, partitions, coordinator: coordination.createCoordinator(), verifies, groupOffsets: new Map() };
};

export const partitionOf = ({ partitions }: ModelBroker, topic: string, partition: number): Partition => {
  const found = partitions.get(nameOf(topic, partition));
  if (found === undefined) throw new Error(`no partition ${topic}:${partition} in the model`);
  return found;
};

/** Appends to a partition as `node` would, at its own time. */
export const produce = (
  broker: ModelBroker,
  node: number,
  partition: Partition,
  batch: Produced,
  transactionalId: string,
  nowMs: number,
) => {
  if (partition.leader !== node) return { code: CODE.notLeader };
  const caller = { id: transactionalId, producerId: batch.producerId, epoch: batch.epoch };
  const verify = (): number =>
    broker.verifies ? coordination.verify(broker.coordinator, caller, nameOf(partition.topic, partition.partition)) : CODE.none;
  return append(partition, batch, nowMs + broker.skewMs[node], verify);
};

/** What the cluster does of itself just now: replicating, writing markers. Each is one event. */
export const backgroundOf = (broker: ModelBroker, nowMs: number): (() => void)[] => {
  const events: (() => void)[] = [];
  for (const partition of broker.partitions.values())
    if (partition.highWatermark < partition.end && partition.stalledUntilMs <= nowMs) events.push(() => replicate(partition));
  for (const ending of coordination.endings(broker.coordinator)) {
    const [name] = ending.partitions;
    if (name !== undefined)
      events.push(() => {
        const control = ending.state === 'prepare-commit' ? 'commit' : 'abort';
        const marker = appendMarker(broker.partitions.get(name) as Partition, ending.producerId, ending.epoch, control);
        ending.partitions.delete(name);
        ending.unreplicated.set(name, marker);
      });
    const replicated = [...ending.unreplicated].filter(([of, marker]) => (broker.partitions.get(of) as Partition).highWatermark > marker);
    if (replicated.length > 0 || ending.partitions.size + ending.unreplicated.size === 0)
      events.push(() => {
        for (const [of] of replicated) ending.unreplicated.delete(of);
        coordination.completeIfDone(ending);
      });
  }
  return events;
};

/** Moves a leadership; how far the new leader knows the others to be lags by up to some batches. */
export const moveAnyLeader = (broker: ModelBroker, partition: Partition, random: Random): void => {
  const leader = (partition.leader + 1 + random.below(broker.nodes - 1)) % broker.nodes;
  const lag = random.below(4);
  const { batches } = partition;
  const batch = lag === 0 ? undefined : batches[batches.length - lag];
  moveLeader(partition, leader, batch?.baseOffset ?? partition.highWatermark);
};

export const compactAll = (broker: ModelBroker, topic: string): void => {
  for (const partition of broker.partitions.values()) if (partition.topic === topic) compact(partition);
};
