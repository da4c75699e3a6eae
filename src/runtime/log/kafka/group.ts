import kafkajs, { type Consumer, type PartitionAssigner } from 'kafkajs';
import { TransportError } from '../../../model/log.ts';
import { assignTasks } from './assignment.ts';
import { kafkaOf, METADATA_MAX_AGE_MS, RETRY } from './client.ts';
import { transportErrorOf } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

export interface GroupOptions {
  readonly settings: KafkaSettings;
  readonly group: string;
  readonly tasks: number;
  /** Its partition i stands for task i. */
  readonly ledgerTopic: string;
  /** How long a member may be silent before its tasks go to others, ms. */
  readonly sessionTimeoutMs: number;
  /** The tasks that are ours from now on, all of them; called after each rebalance. */
  readonly onAssigned: (tasks: readonly number[]) => void;
  /** Membership has ended for good: nobody may go on. */
  readonly onLost: (error: TransportError) => void;
}

/**
 * Membership in the group of gate processes, and nothing else: kafkajs's consumer joins, beats and is assigned tasks; it is
 * paused and never reads (H6 to H11). Ownership is not decided here: whoever opens a task fences its earlier owner.
 */
export interface Group {
  /** Settles when the broker has confirmed our membership again after the call: only then may a task that failed be opened anew. */
  confirmed(): Promise<void>;
  leave(): Promise<void>;
}

const VERSION = 1;

const ownedOf = (metadata: Buffer): number[] => {
  try {
    const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata);
    const tasks: unknown = JSON.parse(decoded?.userData.toString('utf8') || '[]');
    return Array.isArray(tasks) ? tasks.filter((task): task is number => Number.isSafeInteger(task)) : [];
  } catch {
    return [];
  }
};

/** Assigns whole tasks, sticky: members tell what they own when they join. */
const taskAssigner =
  (topic: string, tasks: number, owned: () => readonly number[]): PartitionAssigner =>
  () => ({
    name: 'unjoin-tasks',
    version: VERSION,
    async assign({ members }) {
      const shares = assignTasks(
        members.map(({ memberId, memberMetadata }) => ({ id: memberId, owned: ownedOf(memberMetadata) })),
        tasks,
      );
      return [...shares].map(([memberId, share]) => ({
        memberId,
        memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: [...share] },
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol: ({ topics }) => ({
      name: 'unjoin-tasks',
      metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
  });

/** Who waits for the next beat that the broker answered. */
const createWaiters = () => {
  let waiting: (() => void)[] = [];
  return {
    wait: () => new Promise<void>((resolve) => waiting.push(resolve)),
    wake(): void {
      const woken = waiting;
      waiting = [];
      for (const resolve of woken) resolve();
    },
  };
};

export const joinGroup = async (options: GroupOptions): Promise<Group> => {
  const { settings, group, tasks, ledgerTopic, sessionTimeoutMs, onAssigned, onLost } = options;
  let owned: readonly number[] = [];
  const beats = createWaiters();
  const consumer: Consumer = kafkaOf(settings).consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.max(100, Math.floor(sessionTimeoutMs / 4)),
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    partitionAssigners: [taskAssigner(ledgerTopic, tasks, () => owned)],
    retry: { ...RETRY, restartOnFailure: async () => true },
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    consumer.pause([{ topic: ledgerTopic }]);
    owned = [...(payload.memberAssignment[ledgerTopic] ?? [])].sort((a, b) => a - b);
    onAssigned(owned);
    beats.wake();
  });
  consumer.on(consumer.events.HEARTBEAT, () => beats.wake());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    // Errors of some names stop the consumer for good while the process lives (H11): then the process has to end.
    if (!payload.restart) onLost(new TransportError('unreachable', 'membership of the group has ended', true));
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [ledgerTopic] });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  } catch (error) {
    await consumer.disconnect().catch(() => {});
    throw transportErrorOf(error);
  }
  return {
    confirmed: () => beats.wait(),
    leave: () => consumer.disconnect().catch(() => {}),
  };
};
