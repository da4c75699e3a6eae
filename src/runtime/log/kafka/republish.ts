import { createComposer, type SigningKey } from '../../../control/compose.ts';
import { type ControlLine, createControlFold } from '../../../control/fold.ts';
import { TransportError } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import { systemClock } from '../../clock.ts';
import type { Chosen } from '../../quarantine/choose.ts';
import { clusterOf } from './client.ts';
import { kafkaControlLog } from './controls.ts';
import { messageOf } from './quarantine.ts';
import type { KafkaSettings } from './settings.ts';
import { openWriter } from './writer.ts';

export interface RepublishOptions {
  readonly settings: KafkaSettings;
  readonly plan: Plan;
  readonly controlTopic: string;
  /** Fences whoever replays at the same time. */
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly signers: readonly [SigningKey, ...SigningKey[]];
}

/** What a gate would say to the record that remembers a part; null: it takes it. */
export type Refused = ReturnType<ReturnType<typeof createComposer>['next']>['verdict'] | null;

/**
 * Publishes quarantined records again, and says so on the control log in the same transaction: either both are there, or neither.
 * Opening it fences an earlier one, so that its marks, committed or not, are settled before the log is read.
 */
export interface Republisher {
  /** Marks of what was published again before. */
  known(): Promise<Set<string>>;
  publish(part: readonly Chosen[]): Promise<Refused>;
  close(): Promise<void>;
}

const LOST = new TransportError(
  'unreadable',
  'the control log does not remember what was just published again: somebody said something in between. Do not replay before that is looked at',
  false,
);

export const openRepublisher = async (options: RepublishOptions): Promise<Republisher> => {
  const { settings, plan, controlTopic, transactionalId, transactionTimeoutMs, signers } = options;
  const metadata = clusterOf(settings);
  const writer = await openWriter({ settings, transactionalId, metadata, topics: [controlTopic], transactionTimeoutMs });
  const log = kafkaControlLog(settings, controlTopic);
  const marksOf = (lines: readonly ControlLine[]): Set<string> => {
    const fold = createControlFold(plan);
    for (const line of lines) fold.take(line);
    return fold.state.replayed;
  };
  return {
    known: async () => new Set(marksOf(await log.lines())),
    async publish(part) {
      const marks = part.map(({ mark }) => mark);
      const { envelope, verdict } = createComposer(plan, await log.lines()).next({ kind: 'replay', marks }, signers, systemClock.nowMs());
      if (verdict.refusal !== null) return verdict;
      const timestampMs = systemClock.nowMs();
      const said = { topic: controlTopic, partition: 0, key: null, value: Buffer.from(envelope), timestampMs };
      await writer.write([...part.map(({ row }) => messageOf(row, timestampMs)), said]);
      const known = marksOf(await log.lines());
      if (!marks.every((mark) => known.has(mark))) throw LOST;
      return null;
    },
    async close() {
      await writer.close();
      await metadata.disconnect().catch(() => {});
    },
  };
};
