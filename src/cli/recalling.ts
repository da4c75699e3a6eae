import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { RecordOf } from '../control/shape.ts';
import type { KafkaSettings } from '../runtime/log/kafka/settings.ts';
import type { ReadableRecord } from '../runtime/provision/readable.ts';
import type { LoginFlags } from './cluster.ts';
import { CliError, EXIT } from './exit.ts';
import { withCluster } from './period-state.ts';
import type { SayFlags } from './say.ts';

/** Flags of commands that may recall what consumers could read. */
export interface RecallFlags extends SayFlags, LoginFlags {
  readonly recall?: boolean;
  readonly receipt?: readonly string[];
}

/** Adds those flags to a command; `what` must not stay readable. */
export const recalling = (command: Command, what: string): Command =>
  command
    .option('--user <name>', 'with -c: log in as an operator (default: as the service)')
    .option('--password-file <file>', 'password of that operator, a file of mode 0600')
    .option('--recall', `with -c: delete ${what}, and say so`)
    .option('--receipt <consumer=file...>', 'a consumer says that no copy of what was recalled is left');

export const digestOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Digest of a file that a flag names. */
export const fileDigest = (file: string, flag: string): string => {
  if (!existsSync(file)) throw new CliError('usage', EXIT.config, `a file after ${flag}`, 'check its path');
  return digestOf(readFileSync(file));
};

/** Gives away everything that can be read in a topic now. */
export const readTopic = async (
  settings: KafkaSettings,
  topic: string,
  partitions: number,
  take: (record: ReadableRecord) => void,
): Promise<void> => {
  // Commands over files need not load a Kafka client.
  const { readRange } = await import('../runtime/log/kafka/whole.ts');
  for (let partition = 0; partition < partitions; partition++)
    for await (const { offset, value } of readRange(settings, { topic, partition }, null)) take({ partition, offset, value });
};

/** What was recalled of a topic. */
export interface Recalled<R extends RecordOf<'recall'>> {
  readonly topic: string;
  readonly record: R;
}

/** Deletes what was recalled. The records that say so are there already: whoever is stopped in between goes on by the same command. */
export const removeRecalled = (flags: RecallFlags, recalls: readonly Recalled<RecordOf<'recall'>>[]): Promise<void> =>
  withCluster(flags, async (admin) => {
    for (const topic of new Set(recalls.map((recalled) => recalled.topic))) {
      const own = recalls.filter((recalled) => recalled.topic === topic);
      await admin.deleteRecords(topic, new Map(own.map(({ record: { partition, before } }) => [partition, before])));
    }
  });

/** Digests of receipts by consumer; `whose` says which consumers give one. */
export const receiptsOf = ({ receipt = [] }: RecallFlags, consumers: readonly string[], whose: string): ReadonlyMap<string, string> =>
  new Map(
    receipt.map((text) => {
      const [, consumer, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (consumer === undefined || !consumers.includes(consumer))
        throw new CliError(
          'usage',
          EXIT.config,
          `consumer=file after --receipt, with a consumer of ${whose}`,
          `it is one of ${consumers.join(', ')}`,
        );
      return [consumer, fileDigest(file, '--receipt')] as const;
    }),
  );

/** Refuses (75) while one of those who could read what was recalled has given no receipt. */
export const requireReceipts = (given: ReadonlyMap<string, string>, consumers: readonly string[], code: string, next: string): void => {
  const missing = consumers.filter((consumer) => !given.has(consumer));
  if (missing.length > 0)
    throw new CliError(code, EXIT.retry, `receipts of ${missing.join(', ')}: that no copy of what was recalled is left with them`, next);
};

export const placesOf = (
  recalls: readonly Recalled<RecordOf<'recall'>>[],
  nameOf: (recalled: Recalled<RecordOf<'recall'>>) => string,
): string =>
  recalls.map((recalled) => `${nameOf(recalled)} partition ${recalled.record.partition} up to offset ${recalled.record.before}`).join('; ');
