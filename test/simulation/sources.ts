import { windowStart } from '../../src/model/time.ts';
import { type ModelBroker, partitionOf } from './broker/broker.ts';
import { append, appendMarker, type Partition } from './broker/partition.ts';
import { ROOMS, WINDOW_MS } from './policy.ts';
import { SOURCE } from './process.ts';
import type { Random } from './random.ts';

/** Something that a gateway does at a time. */
export interface Planned {
  readonly atMs: number;
  readonly act: (broker: ModelBroker) => void;
}

const readingOf = (random: Random, event: number, atMs: number): Buffer => {
  if (random.chance(0.08)) return Buffer.from('{broken');
  const deviceId = `d${random.below(7)}`;
  return Buffer.from(JSON.stringify({ eventId: `e${random.chance(0.1) ? Math.max(0, event - 1) : event}`, deviceId, room: random.pick(ROOMS), at: atMs })); // biome-ignore format: a line
};

const GATEWAYS = [1, 2];

/** What gateways publish: small batches, some within transactions that interleave and of which some are aborted. */
export const planSources = (random: Random, partitions: number, fromMs: number, untilMs: number, batches: number): Planned[] => {
  const planned: Planned[] = [];
  const sequences = new Map<string, number>();
  let event = 0;
  for (let i = 0; i < batches; i++) {
    const anyMs = fromMs + random.below(untilMs - fromMs);
    // Many come just before a window ends: that is where clocks, barriers and lags matter.
    const atMs = random.chance(0.5) ? anyMs : windowStart(anyMs, WINDOW_MS) + WINDOW_MS - 1 - random.below(1500);
    const partition = random.below(partitions);
    const messages = Array.from({ length: 1 + random.below(3) }, () => ({
      key: null,
      value: readingOf(random, event++, atMs),
      timestampMs: atMs,
    }));
    const gateway = random.chance(0.25) ? random.pick(GATEWAYS) : -1;
    planned.push({ atMs, act: (broker) => publish(broker, partitionOf(broker, SOURCE, partition), gateway, messages, sequences, atMs) });
    if (gateway > 0) {
      const control = random.chance(0.4) ? 'abort' : 'commit';
      planned.push({
        atMs: atMs + random.below(3000),
        act: (broker) => void end(partitionOf(broker, SOURCE, partition), gateway, control),
      });
    }
  }
  // Whatever is open at the end is settled, so that every record has a fate.
  for (let partition = 0; partition < partitions; partition++)
    for (const gateway of GATEWAYS)
      planned.push({ atMs: untilMs + 3000, act: (broker) => end(partitionOf(broker, SOURCE, partition), gateway, 'commit') });
  return planned.sort((a, b) => a.atMs - b.atMs);
};

const publish = (
  broker: ModelBroker,
  of: Partition,
  gateway: number,
  messages: readonly { key: null; value: Buffer; timestampMs: number }[],
  sequences: Map<string, number>,
  nowMs: number,
): void => {
  const name = `${gateway}/${of.partition}`;
  const firstSequence = sequences.get(name) ?? 0;
  sequences.set(name, firstSequence + messages.length);
  append(of, { producerId: gateway, epoch: 0, firstSequence, isTransactional: gateway > 0, messages }, nowMs + broker.skewMs[of.leader], () => 0); // biome-ignore format: a line
};

const end = (of: Partition, gateway: number, control: 'commit' | 'abort'): void => {
  if ((of.producers.get(gateway)?.openFrom ?? null) !== null) appendMarker(of, gateway, 0, control);
};
