import type { Admin } from 'kafkajs';
import t from 'tap';
import { createTopics, patiently } from '../../../../src/runtime/log/kafka/create-topics.ts';

const refusal = (code: number): Error => Object.assign(new Error('refused'), { name: 'KafkaJSProtocolError', code });
const UNKNOWN_TOPIC = 3;
const DENIED = 29;

/** An admin whose brokers refuse so often before they answer. */
const adminOf = (metadata: Error[], offsets: Error[]) => {
  const asked: string[] = [];
  const answer = (what: string, refusals: Error[]) => async () => {
    asked.push(what);
    const error = refusals.shift();
    if (error !== undefined) throw error;
    return [];
  };
  const admin = {
    createTopics: async ({ waitForLeaders }: { waitForLeaders: boolean }) => {
      asked.push(`create ${waitForLeaders}`);
      return true;
    },
    fetchTopicMetadata: answer('metadata', metadata),
    fetchTopicOffsets: answer('offsets', offsets),
  };
  return { asked, admin: admin as unknown as Admin };
};

t.test('a broker that has not heard of a topic is asked again, and every leader answers', async (t) => {
  const { asked, admin } = adminOf([refusal(UNKNOWN_TOPIC), refusal(UNKNOWN_TOPIC)], [refusal(UNKNOWN_TOPIC)]);
  let paused = 0;
  await createTopics(admin, [{ topic: 'a' }, { topic: 'b' }], async () => void paused++);
  t.strictSame(asked, ['create false', 'metadata', 'metadata', 'metadata', 'offsets', 'offsets', 'offsets']);
  t.equal(paused, 3);
});

t.test('what does not pass by itself is told at once', async (t) => {
  const { asked, admin } = adminOf([refusal(DENIED)], []);
  await t.rejects(
    createTopics(admin, [{ topic: 'a' }], async () => {}),
    { code: DENIED },
  );
  t.strictSame(asked, ['create false', 'metadata']);
});

t.test('patience ends', async (t) => {
  let tries = 0;
  const work = async () => {
    tries++;
    throw refusal(UNKNOWN_TOPIC);
  };
  await t.rejects(
    patiently(work, 5, async () => {}),
    { code: UNKNOWN_TOPIC },
  );
  t.equal(tries, 5);
});
