import t from 'tap';
import { fleetLines } from '../properties/world.ts';
import { conformance, durableConformance } from '../runtime/log/suite.ts';
import { type TestBroker, withBroker } from './support/broker.ts';
import { makeOwnTopics, openLog, recordsOf } from './support/log.ts';
import { makeTopic } from './support/topics.ts';

interface Envelope {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: unknown;
}

const ENVELOPES = fleetLines({ devices: 90, count: 400, seed: 5, malformedShare: 0 }).map(
  (line) => JSON.parse(line.toString()) as Envelope,
);
const PARTITIONS = 4;

/** The same records that the logs of memory and files have, published as gateways do. */
const publish = async ({ admin, producer }: TestBroker) => {
  const sources: { topic: string; partition: number }[] = [];
  for (const name of new Set(ENVELOPES.map(({ topic }) => topic))) {
    const topic = await makeTopic(admin, 'source', PARTITIONS, { 'message.timestamp.type': 'LogAppendTime' });
    const own = ENVELOPES.filter((envelope) => envelope.topic === name);
    const messages = own.map(({ partition, key, value }) => ({ partition, key, value: value === null ? null : JSON.stringify(value) }));
    // In pieces, so that a partition has several batches.
    for (let from = 0; from < messages.length; from += 50) await producer.send({ topic, messages: messages.slice(from, from + 50) });
    for (let partition = 0; partition < PARTITIONS; partition++) sources.push({ topic, partition });
  }
  return sources;
};

t.test('the log on a real broker', { timeout: 120_000 }, async (t) => {
  await withBroker(t, {}, async (broker) => {
    const { admin, settings } = broker;
    const sources = await publish(broker);
    const open = async () => {
      const topics = await makeOwnTopics(admin);
      return {
        log: openLog(settings, topics, sources),
        visible: async () => (await recordsOf(settings, topics.quarantine)).map(({ value }) => value.toString()),
        complete: async () => {},
        successor: async () => openLog(settings, topics, sources),
      };
    };
    await t.test('as every log', async (t) => conformance(t, open, { sources: 3 * PARTITIONS, records: ENVELOPES.length }));
    await t.test('as a log with owners', async (t) => durableConformance(t, open));
  });
});
