import { gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import t from 'tap';
import { openQuarantine } from '../../src/record/quarantine.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { readToEnd } from '../../src/runtime/log/kafka/whole.ts';
import { type TestBroker, unique, withBroker } from './support/broker.ts';
import { fastPlan, makeTopics, openGate } from './support/gate.ts';

const plan = fastPlan(2000);
const MIB = 1 << 20;

/** Quarantine rows of a task, opened. */
const rowsOf = async (broker: TestBroker, topic: string) => {
  const { operatorKey } = memoryRecipients('kafka');
  const rows: { reason: string; offset: number; bytes: number }[] = [];
  for await (const { value } of readToEnd(broker.settings, { topic, partition: 0 }, 'earliest')) {
    const row = openQuarantine(String(value), operatorKey);
    if (!row.ok) throw new Error('a row that cannot be opened');
    rows.push({ reason: row.value.reason, offset: row.value.offset, bytes: row.value.record.length });
  }
  return rows.sort((a, b) => a.offset - b.offset);
};

t.test('no record that a broker takes from a gateway stops a task', { timeout: 120_000 }, async (t) => {
  await withBroker(t, {}, async (broker) => {
    const prefix = `${unique('hostile')}.`;
    const topics = await makeTopics(broker, plan, prefix, 1, 1);
    const { topic } = topics.sources[0];
    const json = (bytes: number): string => `{"x":"${'a'.repeat(bytes)}"}`;
    const gzip = kafkajs.CompressionTypes.GZIP;
    const send = (compression: number, ...values: string[]) =>
      broker.producer.send({ topic, acks: -1, compression, messages: values.map((value) => ({ partition: 0, value })) });
    await send(0, 'no json');
    // Small on the wire, too large for a quarantine that takes what brokers take by default.
    await send(gzip, json(12 * MIB));
    // A bomb: three records, 60 MiB.
    t.ok(gzipSync(json(60 * MIB)).length < MIB);
    await send(gzip, json(20 * MIB), json(20 * MIB), json(20 * MIB));
    await send(gzip, 'no json either');

    const gate = await openGate({ plan, settings: broker.settings, topics, group: prefix, initialise: true });
    while (gate.task.summary.read < 6) await gate.task.step();
    t.match(gate.task.summary, { read: 6, quarantined: 6 }, 'each record is in one place');
    await gate.close();
    const rows = await rowsOf(broker, topics.own.quarantine);
    t.strictSame(
      rows.map(({ reason, offset }) => `${offset} ${reason}`),
      ['0 bad-json', '1 oversize', '2 oversize', '3 oversize', '4 oversize', '5 bad-json'],
    );
    t.ok(rows[1].bytes > 12 * MIB && rows[2].bytes > 1000 && rows[3].bytes === 0, 'the bomb is kept once, as it came');

    const again = await openGate({ plan, settings: broker.settings, topics, group: prefix, initialise: false });
    t.match(again.task.summary, { read: 6, quarantined: 6 }, 'and a restart passes it, too');
    await again.close();
  });
});
