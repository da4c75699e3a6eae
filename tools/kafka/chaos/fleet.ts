import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fleetCatalog } from '../../../src/cli/assets.ts';
import { linesOf, recordOf } from '../../../src/cli/publish.ts';
import { openPublisher, type Publication, type Publisher } from '../../../src/runtime/log/kafka/publisher.ts';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import { simulateFleet } from '../../../src/simulate/fleet.ts';

/** A gateway: it publishes until it is stopped, and sends again what it was not told to be written. */
export interface Fleet {
  /** How often each record (by digest) was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly count: () => number;
  /** Households of which something was published, in the order of first sight. */
  readonly households: () => string[];
  /** Batches whose fate it did not learn, and which it sent again. */
  readonly resent: () => number;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly settings: KafkaSettings;
  readonly sources: Readonly<Record<string, string>>;
  readonly rate: number;
  readonly devices: number;
  readonly seed: number;
}

const HOUSEHOLD = /"householdId":"([^"\\]+)"/;
const TICK_MS = 250;
const LONGEST_S = 6 * 3600;
const AGAIN_MS = 200;

/** The same bytes have the same digest, wherever they lie. */
export const digestOf = (topic: string, value: Buffer | null): string =>
  createHash('sha1')
    .update(topic)
    .update('\0')
    .update(value ?? 'null')
    .digest('base64');

function* records({ rate, devices, seed, sources }: FleetOptions): Generator<Publication> {
  const count = rate * LONGEST_S;
  const lines = simulateFleet({ ...fleetCatalog(), devices, seed, count, format: 'json', schemas: undefined, startMs: Date.now(), spanMs: LONGEST_S * 1000, partitions: 4 }); // biome-ignore format: a call
  let before = Object.values(sources)[0];
  for (const line of linesOf(lines)) {
    if (line.length > 900_000) continue;
    const { record } = recordOf(line, sources, before);
    before = record.topic;
    yield record;
  }
}

/** Publishes one batch until it is acknowledged; a producer that failed is never used again, as its sequence may be wrong. */
const insist = async (
  settings: KafkaSettings,
  of: Publisher | null,
  batch: readonly Publication[],
  again: () => void,
): Promise<Publisher> => {
  for (let publisher = of; ; publisher = null) {
    try {
      publisher ??= await openPublisher(settings, 'none');
      await publisher.publish(batch);
      return publisher;
    } catch {
      again();
      await publisher?.close();
      await pause(AGAIN_MS);
    }
  }
};

export const startFleet = (options: FleetOptions): Fleet => {
  const acknowledged = new Map<string, number>();
  const households = new Set<string>();
  let count = 0;
  let resent = 0;
  let isStopping = false;
  const run = async (): Promise<void> => {
    const coming = records(options);
    let publisher: Publisher | null = null;
    const startedMs = Date.now();
    while (!isStopping) {
      const due = Math.floor(((Date.now() - startedMs) / 1000) * options.rate) - count;
      const batch: Publication[] = [];
      while (batch.length < Math.min(due, options.rate)) batch.push(coming.next().value as Publication);
      if (batch.length > 0) {
        publisher = await insist(options.settings, publisher, batch, () => void resent++);
        count += batch.length;
        for (const { topic, value } of batch) {
          const digest = digestOf(topic, value);
          acknowledged.set(digest, (acknowledged.get(digest) ?? 0) + 1);
          const household = HOUSEHOLD.exec(value?.toString('latin1') ?? '');
          if (household !== null) households.add(household[1]);
        }
      }
      await pause(TICK_MS);
    }
    await publisher?.close();
  };
  const done = run();
  return {
    acknowledged,
    households: () => [...households],
    count: () => count,
    resent: () => resent,
    async stop() {
      isStopping = true;
      await done;
    },
  };
};
