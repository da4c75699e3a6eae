import { loadPrivateKey } from '../runtime/keys/recipients.ts';
import { mendedRecords, quarantineRowsOf } from '../runtime/log/kafka/quarantine.ts';
import { openRepublisher } from '../runtime/log/kafka/republish.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { type Choice, choose, type OpenRow } from '../runtime/quarantine/choose.ts';
import { createMarks } from '../runtime/quarantine/marks.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { settingsFor, withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { resolverOf } from './generation.ts';
import { newChoice, partsOf, type ReplayFlags, reasonsOf } from './replay.ts';
import { checkSigners, refuse, signersOf } from './say.ts';

/** Each row, once what it names is known. */
async function* learnt(rows: AsyncIterable<OpenRow>, learn: (row: OpenRow) => Promise<void>): AsyncGenerator<OpenRow> {
  for await (const row of rows) {
    await learn(row);
    yield row;
  }
}

/** Publishes again what the quarantine topic holds, part by part, each in one transaction with its control record. */
export async function replayService(flags: ReplayFlags): Promise<Choice> {
  const { service, plan } = requireConfig(flags.config as string);
  checkSigners(plan);
  const signers = signersOf(flags);
  const reasons = reasonsOf(flags);
  const { kafka, topics, tasks } = service.config;
  const own = ownTopics(topics.prefix);
  const sources = new Set<string>(Object.values(topics.sources));
  const settings = settingsFor(service.settings, flags);
  const key = loadPrivateKey(flags.operatorKey);
  const registry = configuredRegistry(service.schemas);
  try {
    return await withBrokers(settings, async () => {
      const republisher = await openRepublisher({
        settings,
        plan,
        controlTopic: own.control,
        transactionalId: `${kafka.group}-replay`,
        transactionTimeoutMs: kafka.transactionTimeoutMs,
        signers,
      });
      try {
        const { learn, isMended } = mendedRecords(plan, resolverOf(registry, plan));
        const choice = newChoice();
        const rows = learnt(quarantineRowsOf(settings, own.quarantine, tasks, key), learn);
        // A topic that is no source any more has nobody who would read it.
        const options = { markOf: createMarks(key), known: await republisher.known(), reasons, isMended: (row: OpenRow) => sources.has(row.topic) && isMended(row) }; // biome-ignore format: options
        for await (const part of partsOf(choose(rows, choice, options))) {
          const refused = flags.dryRun === true ? null : await republisher.publish(part);
          if (refused !== null) refuse(refused);
        }
        return choice;
      } finally {
        await republisher.close();
      }
    });
  } finally {
    registry?.close();
  }
}
