import t from 'tap';
import { createTopics } from '../../src/runtime/log/kafka/create-topics.ts';
import { openReader, type TopicPartition } from '../../src/runtime/log/kafka/reader.ts';
import type { KafkaSettings } from '../../src/runtime/log/kafka/settings.ts';
import { readToEnd } from '../../src/runtime/log/kafka/whole.ts';
import type { Summary } from '../../src/runtime/summary.ts';
import { unique, withBroker } from './support/broker.ts';
import { fastPlan, finish, type GateTopics, makeTopics, openGate, publish } from './support/gate.ts';

const plan = fastPlan(2000);

/** Values of all partitions of a topic, sorted; uncommitted ones too when asked for. */
const valuesOf = async (settings: KafkaSettings, topic: string, partitions: number, isolation: 0 | 1): Promise<string[]> => {
  const values: string[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const reader = await openReader({
      connection: settings,
      partitions: [{ topic, partition }],
      isolation,
      maxWaitMs: 50,
      maxBytes: 8 << 20,
    });
    const end = await reader.highWatermark(0);
    reader.seek(0, 0);
    while (reader.position(0) < end)
      for (const { runs } of await reader.poll())
        for (const run of runs)
          for (let i = 0; i < run.count; i++) {
            t.equal(run.keyLength[i], -1, 'no key');
            values.push(`${run.timestampMs[i]} ${run.bytes.toString('hex', run.valueStart[i], run.valueStart[i] + run.valueLength[i])}`);
          }
    await reader.close();
  }
  return values.sort();
};

const released = ({ views }: Summary): number =>
  Object.values(views).reduce((sum, view) => sum + view.released.reduce((all, count) => all + count, 0), 0);

const decidedOf = ({ views }: Summary): number => Object.values(views).reduce((sum, view) => sum + view.windows, 0);

t.test('one task on a real broker', async (t) => {
  await withBroker(t, {}, async (broker) => {
    const { settings } = broker;

    await t.test('owners come and go, zombies are fenced, and every record leaves once', async (t) => {
      const prefix = `${unique('log')}.`;
      const topics: GateTopics = await makeTopics(broker, plan, prefix, 1);
      const of = { plan, settings, topics, group: prefix };
      await t.rejects(openGate({ ...of, initialise: false }), { code: 'misconfigured' }, 'an empty ledger is a lost one');
      let sent = await publish(broker, prefix, 1500, 5);
      let owner = await openGate({ ...of, initialise: true });
      await owner.task.step();
      for (let zombie = 0; zombie < 10; zombie++) {
        const successor = await openGate({ ...of, initialise: false });
        sent += await publish(broker, prefix, 30, zombie);
        // The older owner reads what is new and tries to write it.
        await t.rejects(
          (async () => {
            for (;;) await owner.task.step();
          })(),
          { code: 'fenced' },
          `zombie ${zombie}`,
        );
        await owner.close();
        owner = successor;
      }
      const all = await countOf(settings, topics.sources);
      t.equal(all, sent);
      await finish(owner.task, plan, all);
      const { summary } = owner.task;
      t.equal(summary.read, all, 'every record was read once');
      t.ok(released(summary) > 100);
      t.ok(decidedOf(summary) > 0);
      await owner.close();

      const committed: string[] = [];
      const uncommitted: string[] = [];
      for (const { name } of plan.views) {
        committed.push(...(await valuesOf(settings, topics.own.view(name), 2, 1)));
        uncommitted.push(...(await valuesOf(settings, topics.own.view(name), 2, 0)));
      }
      t.equal(committed.length, released(summary), 'and every release left once');
      t.strictSame([...new Set(uncommitted)].sort(), [...new Set(committed)].sort(), 'who reads uncommitted data sees no other record');

      const reopened = await openGate({ ...of, initialise: false });
      t.strictSame(reopened.task.summary, summary, 'the counts of the ledger');
      await reopened.close();
    });

    await t.test('a source whose time is that of devices stops the task', async (t) => {
      const prefix = `${unique('time')}.`;
      const topics = await makeTopics(broker, plan, prefix, 1);
      const topic = `${prefix}wrong`;
      await createTopics(broker.admin, [{ topic, numPartitions: 1 }]);
      await broker.producer.send({ topic, messages: [{ value: '{}' }] });
      const gate = await openGate({
        plan,
        settings,
        topics: { ...topics, sources: [{ topic, partition: 0 }] },
        group: prefix,
        initialise: true,
      });
      await t.rejects(gate.task.step(), { code: 'misconfigured' });
      await gate.close();
    });

    await t.test('an offset that is gone stops the task; it never jumps (H8)', async (t) => {
      const prefix = `${unique('gone')}.`;
      const topics = await makeTopics(broker, plan, prefix, 1);
      await publish(broker, prefix, 200, 3);
      const [of] = topics.sources;
      const partitions = [{ topic: of.topic, partition: of.partition }];
      const reader = await openReader({ connection: settings, partitions, isolation: 1, maxWaitMs: 50, maxBytes: 1 << 20 });
      await reader.poll();
      await broker.admin.fetchTopicOffsets(of.topic);
      await broker.admin.deleteTopicRecords({ topic: of.topic, partitions: [{ partition: of.partition, offset: '20' }] });
      reader.seek(0, 3);
      await t.rejects(reader.poll(), { code: 'out-of-range' });
      const again = await openReader({ connection: settings, partitions, isolation: 1, maxWaitMs: 50, maxBytes: 1 << 20 });
      t.equal(await again.earliest(0), 20);
      again.seek(0, 1e9);
      await t.rejects(again.poll(), { code: 'out-of-range' });
      // A broker that other files share does not end its connections for us.
      await Promise.all([reader.close(), again.close()]);
    });
  });
});

/** Records of all source partitions together. */
const countOf = async (settings: KafkaSettings, sources: readonly TopicPartition[]): Promise<number> => {
  let count = 0;
  for (const of of sources) for await (const _ of readToEnd(settings, of, 'earliest')) count++;
  return count;
};
