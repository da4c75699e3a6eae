import type { Consumer, ConsumerConfig } from 'kafkajs';
import type { TransportError } from '../../../model/log.ts';
import { kafkaOf, METADATA_MAX_AGE_MS } from './client.ts';
import { transportErrorOf } from './errors.ts';
import { type Claim, createConfirmations, taskAssigner } from './membership.ts';
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
  /** Settles when the broker has confirmed our membership by a beat sent after the call: only then may a task that failed be opened anew. */
  confirmed(): Promise<void>;
  leave(): Promise<void>;
}

/** Beats in the time after which we are given up. */
const BEATS_PER_SESSION = 10;
const MIN_BEAT_MS = 100;
/** A paused consumer sleeps for as long as it would wait for records, and beats no sooner (by default after 5 s). */
const MAX_SLEEP_MS = 250;

/**
 * kafkajs asks a coordinator that died again and again, and looks for its successor only when it has given up and begins anew. Until
 * then nobody is confirmed, and no task is opened. So it gives up after about 4 s, which is longer than brokers take to elect one.
 */
const COORDINATOR_RETRY = { initialRetryTime: 50, retries: 7, maxRetryTime: 1000, multiplier: 2, factor: 0.2 } as const;

export const consumerConfig = (options: GroupOptions, claim: () => Claim): ConsumerConfig => {
  const { group, tasks, ledgerTopic, sessionTimeoutMs } = options;
  const heartbeatInterval = Math.max(MIN_BEAT_MS, Math.floor(sessionTimeoutMs / BEATS_PER_SESSION));
  return {
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval,
    maxWaitTimeInMs: Math.min(MAX_SLEEP_MS, heartbeatInterval),
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    partitionAssigners: [taskAssigner(ledgerTopic, tasks, claim)],
    retry: { ...COORDINATOR_RETRY, restartOnFailure: async () => true },
  };
};

const consumerOf = (options: GroupOptions, claim: () => Claim): Consumer =>
  kafkaOf(options.settings).consumer(consumerConfig(options, claim));

/** Nothing that we throw reaches kafkajs, which would stop or start again by the name of the error (H11). */
const guarded =
  <T>(work: (event: T) => void, onLost: (error: TransportError) => void) =>
  (event: T): void => {
    try {
      work(event);
    } catch (error) {
      onLost(transportErrorOf(error));
    }
  };

export const joinGroup = async (options: GroupOptions, createConsumer = consumerOf): Promise<Group> => {
  const { ledgerTopic, onAssigned, onLost } = options;
  let owned: readonly number[] = [];
  let generation = -1;
  const confirmations = createConfirmations();
  const consumer: Consumer = createConsumer(options, () => ({ owned, generation }));
  const { GROUP_JOIN, HEARTBEAT, CRASH } = consumer.events;
  consumer.on(
    GROUP_JOIN,
    guarded(({ payload }) => {
      consumer.pause([{ topic: ledgerTopic }]);
      owned = [...(payload.memberAssignment[ledgerTopic] ?? [])].sort((a, b) => a - b);
      onAssigned(owned);
    }, onLost),
  );
  consumer.on(
    HEARTBEAT,
    guarded(({ payload }) => {
      generation = payload.groupGenerationId;
      confirmations.beat();
    }, onLost),
  );
  consumer.on(
    CRASH,
    guarded(({ payload }) => {
      // Errors of some names stop the consumer for good while the process lives (H11): then the process has to end.
      if (!payload.restart) onLost(transportErrorOf(payload.error));
    }, onLost),
  );
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [ledgerTopic] });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  } catch (error) {
    await consumer.disconnect().catch(() => {});
    throw transportErrorOf(error);
  }
  return {
    confirmed: confirmations.wait,
    leave: () => consumer.disconnect().catch(() => {}),
  };
};
