import type { Transaction } from 'kafkajs';
import t, { type Test } from 'tap';
import type { Log } from '../../src/model/log.ts';
import type { OwnTopics } from '../../src/runtime/log/kafka/settings.ts';
import { transaction } from '../runtime/log/suite.ts';
import { unique, withBroker } from './support/broker.ts';
import { makeOwnTopics, openLog, recordsOf } from './support/log.ts';
import { makeTopic } from './support/topics.ts';

const step = (text: string) => transaction(text, { ledger: Buffer.from(text) });
const textOf = (entry: Uint8Array | null): string | null => (entry === null ? null : Buffer.from(entry).toString());
/** As the log names it, so that a transaction of a test is one of the task. */
const idOf = ({ ledger }: OwnTopics): string => `${ledger}-task-0`;

t.test('the ledger of a task on a real broker (task contract)', { timeout: 120_000 }, async (t) => {
  await withBroker(t, {}, async ({ admin, kafka, settings }) => {
    const begun = async (): Promise<OwnTopics> => {
      const topics = await makeOwnTopics(admin);
      const log = openLog(settings, topics, []);
      await log.recover();
      await log.append(step('one'));
      await log.close();
      return topics;
    };
    /** A transaction that has sent an entry, and is open. */
    const sent = async (topics: OwnTopics, transactionalId: string, value: string) => {
      const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
      await producer.connect();
      t.teardown(() => producer.disconnect());
      const open: Transaction = await producer.transaction();
      await open.send({ topic: topics.ledger, messages: [{ partition: 0, key: 'task-00000000000', value }] });
      return open;
    };
    const recovered = async (t: Test, log: Log): Promise<string | null> => {
      t.teardown(() => log.close());
      return textOf(await log.recover());
    };

    await t.test('an empty one is refused unless it is said to begin, and nothing is written', async (t) => {
      const topics = await makeOwnTopics(admin);
      const log = openLog(settings, topics, [], { initialise: false });
      await t.rejects(log.recover(), { name: 'TransportError', code: 'misconfigured', canRetry: false });
      await t.rejects(log.fetch(), { code: 'closed' });
      await log.abort();
      t.strictSame(await recordsOf(settings, topics.ledger, 1, 0), []);
      t.equal(await recovered(t, openLog(settings, topics, [])), null);
    });

    await t.test('the last committed entry is found although aborted ones follow', async (t) => {
      const topics = await begun();
      const open = await sent(topics, idOf(topics), 'aborted');
      await open.abort();
      await (await sent(topics, unique('other'), 'aborted too')).abort();
      t.equal(await recovered(t, openLog(settings, topics, [], { initialise: false })), 'one');
    });

    await t.test('an earlier owner is fenced before its ledger is read: it cannot write behind what was read', async (t) => {
      const topics = await begun();
      const open = await sent(topics, idOf(topics), 'unsettled');
      t.equal(await recovered(t, openLog(settings, topics, [])), 'one');
      await t.rejects(open.commit(), 'its commit is refused');
      const values = (await recordsOf(settings, topics.ledger)).map(({ value }) => value.toString());
      t.strictSame(values, ['one']);
    });

    await t.test('read up to the high watermark: what is committed above an unsettled transaction counts', async (t) => {
      const topics = await begun();
      const foreign = await sent(topics, unique('other'), 'foreign');
      const owner = openLog(settings, topics, []);
      const recovering = owner.recover();
      // The reader stops below the foreign transaction; the owner would take "one" for the last entry here.
      const above = await sent(topics, unique('another'), 'above');
      await above.commit();
      let isSettled = false;
      void recovering.then(() => {
        isSettled = true;
      });
      // As long as several whole reads of the ledger take.
      for (let i = 0; i < 5; i++) await recordsOf(settings, topics.ledger, 1, 0);
      t.notOk(isSettled, 'it waits');
      await foreign.abort();
      t.teardown(() => owner.close());
      t.ok(['one', 'above'].includes(textOf(await recovering) ?? ''));
      t.equal(await recovered(t, openLog(settings, topics, [])), 'above');
    });

    await t.test('tasks share no partition', async (t) => {
      const topics = await makeOwnTopics(admin, 2);
      const logs = [0, 1].map((task) => openLog(settings, topics, [], { task, transactionalId: `${topics.ledger}-task-${task}` }));
      for (const [task, log] of logs.entries()) {
        await log.recover();
        await log.append({ ...step(`task ${task}`), held: [Buffer.from(`held ${task}`)], audit: ['audit'], lineage: ['lineage'] });
      }
      for (const topic of [topics.ledger, topics.held, topics.quarantine, topics.lineage, topics.audit])
        t.strictSame((await recordsOf(settings, topic, 2)).map(({ partition }) => partition), [0, 1], topic); // biome-ignore format: a line
      t.strictSame((await recordsOf(settings, topics.ledger, 2)).map(({ key }) => key?.length), [16, 16], 'keys of 16 bytes'); // biome-ignore format: a line
      for (const log of logs) await log.close();
      t.equal(await recovered(t, openLog(settings, topics, [], { task: 1, transactionalId: `${topics.ledger}-task-1` })), 'task 1');
    });

    await t.test('releases leave without key or header, in their own order over the partitions, at the end of their window', async (t) => {
      const topics = await makeOwnTopics(admin);
      const view = await makeTopic(admin, 'view', 3);
      const own = { ...topics, view: () => view };
      const log = openLog(settings, own, [], { views: [{ view: 'v', schemaId: 7, partitions: 3 }] });
      await log.recover();
      const avro = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text));
      await log.append({
        ...step('one'),
        outputs: [{ view: 'v', period: null, isAuthorised: false, windowEndMs: 60_000, count: 4, json: [], avro }],
      });
      await log.close();
      const records = await recordsOf(settings, view, 3);
      t.strictSame(
        records.map(({ partition, value, key, timestampMs }) => [partition, value.toString('latin1'), key, timestampMs]),
        [[0, '\0\0\0\0\x07a', null, 60_000], [0, '\0\0\0\0\x07d', null, 60_000], [1, '\0\0\0\0\x07b', null, 60_000], [2, '\0\0\0\0\x07c', null, 60_000]], // biome-ignore format: a table
      );
    });
  });
});
