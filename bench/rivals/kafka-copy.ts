/**
 * A plain kafkajs copy, in a process of its own: reads the sources with `eachBatch` and writes the same bytes to one topic each.
 * No decoding, no gate, no exactly-once: the floor of what kafkajs costs. Says `ready` once it is a member of its group and
 * the number of records whenever it has copied more; ends at SIGTERM.
 */
import kafkajs, { type Message } from 'kafkajs';

const { broker, topics, to } = JSON.parse(process.argv[2]) as { broker: string; topics: string[]; to: string };

const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'copy', logLevel: kafkajs.logLevel.NOTHING });
// What it reads at once it writes as one batch, and brokers take no batch over 1 MiB.
const consumer = kafka.consumer({ groupId: 'copy', maxBytesPerPartition: 512 << 10 });
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });

let copied = 0;
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics, fromBeginning: true });
consumer.on(consumer.events.GROUP_JOIN, () => void process.stdout.write('ready\n'));
await consumer.run({
  partitionsConsumedConcurrently: 1,
  async eachBatch({ batch }) {
    const messages: Message[] = batch.messages.map(({ key, value, headers = {} }) => ({ key, value, headers, partition: batch.partition }));
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic: to, messages }] });
    copied += messages.length;
    process.stdout.write(`${copied}\n`);
  },
});
process.once('SIGTERM', () => process.exit(0));
