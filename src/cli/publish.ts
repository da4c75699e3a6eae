import { setTimeout as pause } from 'node:timers/promises';
import type { Publication } from '../runtime/log/kafka/publisher.ts';
import { openPublisher } from '../runtime/log/kafka/publisher.ts';
import type { KafkaSettings } from '../runtime/log/kafka/settings.ts';

/** One line of the simulator. */
interface Envelope {
  readonly topic: string;
  readonly timestamp: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

const BATCH = 400;
/** A batch is sent when its records are due, or after so long, ms. */
const TICK_MS = 100;

/** Bytes of a value: text is Avro in base64, anything else JSON. */
const bytesOf = (value: unknown): Buffer | null => {
  if (value === null) return null;
  return typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.from(JSON.stringify(value));
};

/** Lines of chunks, without their line feeds. */
export function* linesOf(chunks: Iterable<Buffer>): Generator<Buffer> {
  for (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield chunk.subarray(from, end);
      from = end + 1;
    }
  }
}

/** A line that is hurt beyond reading leaves as it is: gateways send such things, too. */
export const recordOf = (
  line: Buffer,
  sources: Readonly<Record<string, string>>,
  before: string,
): { record: Publication; atMs: number } => {
  try {
    const { topic, timestamp, key, headers, value } = JSON.parse(line.toString('utf8')) as Envelope;
    const target = sources[topic.slice(topic.lastIndexOf('.') + 1)] ?? before;
    return { record: { topic: target, key, value: bytesOf(value), headers }, atMs: timestamp };
  } catch {
    return { record: { topic: before, key: null, value: line, headers: {} }, atMs: 0 };
  }
};

export interface PublishOptions {
  readonly settings: KafkaSettings;
  /** Topic by event type. */
  readonly sources: Readonly<Record<string, string>>;
  /** Records are sent when their time has come; otherwise as fast as the broker takes them. */
  readonly isPaced: boolean;
  readonly compression: 'none' | 'gzip';
  /** Largest record that is sent: a broker refuses larger ones, and a gateway drops them. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
  readonly onSent: (sent: number) => void;
  readonly isStopping: () => boolean;
}

/** Publishes a simulated log to the source topics. Returns how many records were sent. */
export const publishFleet = async (lines: Iterable<Buffer>, options: PublishOptions): Promise<number> => {
  const { settings, sources, isPaced, compression, maxBytes, nowMs } = options;
  const publisher = await openPublisher(settings, compression);
  let sent = 0;
  let batch: Publication[] = [];
  let before = Object.values(sources)[0];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await publisher.publish(batch);
    sent += batch.length;
    batch = [];
    options.onSent(sent);
  };
  try {
    for (const line of lines) {
      if (options.isStopping()) break;
      if (line.length > maxBytes) continue;
      const { record, atMs } = recordOf(line, sources, before);
      before = record.topic;
      if (isPaced && atMs > nowMs()) {
        await flush();
        while (atMs > nowMs() && !options.isStopping()) await pause(Math.min(TICK_MS, atMs - nowMs()));
      }
      batch.push(record);
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    return sent;
  } finally {
    await publisher.close();
  }
};
