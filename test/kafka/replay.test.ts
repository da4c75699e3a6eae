import t from 'tap';
import type { FaultName } from '../../src/model/fault.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createTopics } from '../../src/runtime/log/kafka/create-topics.ts';
import { mendedRecords, quarantineRowsOf } from '../../src/runtime/log/kafka/quarantine.ts';
import { openRepublisher } from '../../src/runtime/log/kafka/republish.ts';
import { readRange } from '../../src/runtime/log/kafka/whole.ts';
import { type Choice, type Chosen, choose, type OpenRow } from '../../src/runtime/quarantine/choose.ts';
import { createMarks } from '../../src/runtime/quarantine/marks.ts';
import { controlledPlan, OFFICER, signer } from '../control/world.ts';
import { type TestBroker, unique, withBroker } from './support/broker.ts';
import { fastPlan, makeTopics, openGate, publish } from './support/gate.ts';

/** Gates without a control log quarantine what is larger; whoever replays reads by a policy with signers and wider limits. */
const narrow = { ...fastPlan(2000), limits: { ...fastPlan(2000).limits, recordBytes: 500 } };
const wide = controlledPlan();
const { operatorKey } = memoryRecipients('kafka');

const sourceRecords = async ({ settings }: TestBroker, sources: readonly { topic: string; partition: number }[]) => {
  const records: { at: string; key: string; value: string; headers: string }[] = [];
  for (const of of sources)
    for await (const { key, value, headers } of readRange(settings, of, null))
      records.push({ at: `${of.topic}:${of.partition}`, key: String(key), value: String(value), headers: JSON.stringify(headers) });
  return records;
};

t.test('on Kafka a record is published again with its word on the control log, or neither is', { timeout: 120_000 }, async (t) => {
  await withBroker(t, {}, async (broker) => {
    const prefix = `${unique('replay')}.`;
    const topics = await makeTopics(broker, narrow, prefix, 1, 2);
    const appended = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await createTopics(broker.admin, [{ topic: topics.own.control, numPartitions: 1, configEntries: appended }]);
    const sent = await publish(broker, prefix, 600, 11);
    const gate = await openGate({ plan: narrow, settings: broker.settings, topics, group: prefix, initialise: true });
    while (gate.task.summary.read < sent) await gate.task.step();
    const { quarantined } = gate.task.summary;
    await gate.close();
    const before = await sourceRecords(broker, topics.sources);

    const open = (by = OFFICER) =>
      openRepublisher({
        settings: broker.settings,
        plan: wide,
        controlTopic: topics.own.control,
        transactionalId: `${prefix}replay`,
        transactionTimeoutMs: 15_000,
        signers: [by],
      });
    const chosenOf = async (known: Set<string>): Promise<{ choice: Choice; chosen: Chosen[] }> => {
      const { learn, isMended } = mendedRecords(wide, null);
      const rows: OpenRow[] = [];
      for await (const row of quarantineRowsOf(broker.settings, topics.own.quarantine, 1, operatorKey)) {
        await learn(row);
        rows.push(row);
      }
      const choice: Choice = { found: 0, before: 0, left: {}, replayed: {} };
      const chosen: Chosen[] = [];
      const all = async function* () {
        yield* rows;
      };
      for await (const one of choose(all(), choice, { markOf: createMarks(operatorKey), known, reasons: null, isMended })) chosen.push(one);
      return { choice, chosen };
    };

    const stranger = await open(signer('mallory'));
    const { choice, chosen } = await chosenOf(await stranger.known());
    t.equal(choice.found, quarantined);
    t.ok(chosen.length > 50 && Object.keys(choice.left).length > 0, 'some are mended, and some never will be');
    t.equal((await stranger.publish(chosen))?.refusal, 'unknown-signer');
    await stranger.close();
    t.equal((await sourceRecords(broker, topics.sources)).length, before.length, 'what nobody may say is not published');

    const first = await open();
    t.equal(await first.publish(chosen), null);
    const after = await sourceRecords(broker, topics.sources);
    t.equal(after.length, before.length + chosen.length);
    const counts = new Map<string, number>();
    for (const record of after) counts.set(JSON.stringify(record), (counts.get(JSON.stringify(record)) ?? 0) + 1);
    for (const record of before) if ((counts.get(JSON.stringify(record)) ?? 0) === 0) t.fail('a record changed');
    t.equal([...counts.values()].filter((count) => count > 1).length > 0, true, 'partition, key, headers and value are as they were');
    t.equal((await first.publish(chosen))?.refusal, 'contradiction', 'the same again is refused by the log itself');
    const second = await open();
    t.match(await chosenOf(await second.known()), {
      chosen: [],
      choice: { before: chosen.length, replayed: {} as Record<FaultName, number> },
    });
    t.equal((await sourceRecords(broker, topics.sources)).length, after.length);
    await t.rejects(first.publish([{ ...chosen[0], mark: 'f'.repeat(32) }]), 'whoever replays last is the only one');
    t.equal((await sourceRecords(broker, topics.sources)).length, after.length);
    await first.close();
    await second.close();
  });
});
