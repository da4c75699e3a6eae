/** Envelopes: one line a record, as a bridge that publishes under the device's id leaves it in the log. */
import { EVENT_NAMES, type EventName } from './options.ts';

/** A value in its envelope; `value` is JSON text (an object, a string of base64, or null). */
export interface Sent {
  readonly event: EventName;
  readonly key: string;
  /** JSON text of the headers: client, address and user, all of them identity. */
  readonly headers: string;
  readonly value: string;
}

/** Writes envelope lines: offsets rise by one in each partition of each topic. */
export type Envelopes = (sent: Sent, atMs: number) => string;

export function envelopesOf(partitions: number): Envelopes {
  const offsets = EVENT_NAMES.map(() => new Float64Array(partitions));
  return (sent, atMs) => {
    const partition = (murmur2(sent.key) & 0x7fffffff) % partitions;
    const offset = offsets[EVENT_NAMES.indexOf(sent.event)][partition]++;
    return (
      `{"topic":"telemetry.${sent.event}","partition":${partition},"offset":${offset},"timestamp":${atMs},` +
      `"key":${JSON.stringify(sent.key)},"headers":${sent.headers},"value":${sent.value}}\n`
    );
  };
}

/** MurmurHash2 of an ASCII key with Kafka's seed: records lie in the partition where Kafka's own producer would put them. */
export function murmur2(key: string): number {
  const length = key.length;
  let hash = 0x9747b28c ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = key.charCodeAt(i) | (key.charCodeAt(i + 1) << 8) | (key.charCodeAt(i + 2) << 16) | (key.charCodeAt(i + 3) << 24);
    k = Math.imul(k, 0x5bd1e995);
    hash = Math.imul(hash, 0x5bd1e995) ^ Math.imul(k ^ (k >>> 24), 0x5bd1e995);
  }
  const rest = length - i;
  if (rest >= 3) hash ^= key.charCodeAt(i + 2) << 16;
  if (rest >= 2) hash ^= key.charCodeAt(i + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x5bd1e995);
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return hash ^ (hash >>> 15);
}
