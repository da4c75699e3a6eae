import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { transportErrorOf } from './errors.ts';

/** Longer than any broker takes to hear of a topic. */
const TRIES = 150;
const PAUSE_MS = 100;

/** Tries again what passes by itself, such as a coordinator or a topic that was just asked for. Throws the last error. */
export const patiently = async <T>(
  work: () => Promise<T>,
  tries: number = TRIES,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<T> => {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried >= tries || !transportErrorOf(error).canRetry) throw error;
      await pause(PAUSE_MS);
    }
  }
};

/**
 * Creates topics, and waits until the leader of every partition answers. kafkajs's own wait ends with an error when the broker
 * that it asks has not heard of a topic yet (UNKNOWN_TOPIC_OR_PARTITION): it knows no other answer than that a leader is
 * missing. Whoever writes too early is answered for some partitions and not for others, and kafkajs writes all of it again.
 * Throws what kafkajs throws.
 */
export const createTopics = async (
  admin: Pick<Admin, 'createTopics' | 'fetchTopicMetadata' | 'fetchTopicOffsets'>,
  topics: readonly ITopicConfig[],
  pause?: (ms: number) => Promise<unknown>,
): Promise<void> => {
  await admin.createTopics({ waitForLeaders: false, topics: [...topics] });
  const names = topics.map(({ topic }) => topic);
  if (names.length === 0) return;
  await patiently(() => admin.fetchTopicMetadata({ topics: names }), TRIES, pause);
  for (const name of names) await patiently(() => admin.fetchTopicOffsets(name), TRIES, pause);
};
