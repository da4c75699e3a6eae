import type { Admin } from 'kafkajs';
import type { Log } from '../../../src/model/log.ts';
import { clusterOf } from '../../../src/runtime/log/kafka/client.ts';
import { type KafkaLogOptions, openKafkaLog } from '../../../src/runtime/log/kafka/log.ts';
import { openReader, type TopicPartition } from '../../../src/runtime/log/kafka/reader.ts';
import { type KafkaSettings, type OwnTopics, ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { unique } from './broker.ts';

/** The topics of our own that a log writes, without views. */
export const makeOwnTopics = async (admin: Admin, tasks = 1): Promise<OwnTopics> => {
  const own = ownTopics(`${unique('own')}.`);
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      ...[own.held, own.quarantine, own.lineage, own.audit].map((topic) => ({ topic, numPartitions: tasks })),
      { topic: own.ledger, numPartitions: tasks, configEntries },
    ],
  });
  return own;
};

/** A log of one task over topics; closing it closes the connections that tasks share, too. */
export const openLog = (
  settings: KafkaSettings,
  topics: OwnTopics,
  sources: readonly TopicPartition[],
  more: Partial<KafkaLogOptions> = {},
): Log => {
  const shared = clusterOf(settings);
  const log = openKafkaLog({
    settings,
    shared,
    topics,
    task: 0,
    transactionalId: `${topics.ledger}-task-0`,
    sources,
    views: [],
    schemas: { asked: null, learn: async () => () => () => null },
    initialise: true,
    maxWaitMs: 50,
    maxBytes: 8 << 20,
    transactionTimeoutMs: 15_000,
    nowMs: () => 1_700_000_000_000,
    ...more,
  });
  const release = (end: () => Promise<void>) => async (): Promise<void> => {
    await end();
    await shared.disconnect();
  };
  return { ...log, close: release(log.close), abort: release(log.abort) };
};

/** One record as a reader sees it. */
export interface SeenRecord {
  readonly partition: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: Buffer;
}

/** The records of some partitions of a topic, in order; those of transactions that were not committed only if asked for. */
export const recordsOf = async (settings: KafkaSettings, topic: string, partitions = 1, isolation: 0 | 1 = 1): Promise<SeenRecord[]> => {
  const records: SeenRecord[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const of = { connection: settings, partitions: [{ topic, partition }], isolation, maxWaitMs: 50, maxBytes: 8 << 20 };
    const reader = await openReader(of);
    const end = await reader.highWatermark(0);
    reader.seek(0, 0);
    while (reader.position(0) < end)
      for (const { runs } of await reader.poll())
        for (const { count, bytes, keyStart, keyLength, valueStart, valueLength, timestampMs } of runs)
          for (let i = 0; i < count; i++)
            records.push({
              partition,
              timestampMs: timestampMs[i],
              key: keyLength[i] < 0 ? null : bytes.toString('utf8', keyStart[i], keyStart[i] + keyLength[i]),
              value: Buffer.from(bytes.subarray(valueStart[i], valueStart[i] + Math.max(0, valueLength[i]))),
            });
    await reader.close();
  }
  return records;
};
