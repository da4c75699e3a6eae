/** A smart-home fleet as a log: deterministic, streamed, as large as asked. Start reading here. */
import { type Catalog, catalogOf } from './catalog.ts';
import { BLOCK_DEVICES, BLOCK_HOUSEHOLDS, householdOf, identityOf, type Place } from './device.ts';
import { avroEncoder, type Encoder, jsonEncoder } from './encoder.ts';
import { envelopesOf, type Sent } from './envelope.ts';
import { uuidOf } from './identity.ts';
import { type Mishap, mishap } from './malformed.ts';
import { EVENT_NAMES, type EventName, type Settings, type SimulateOptions, settle } from './options.ts';
import { below, cumulate, pick, type Random, sfc32, unit } from './random.ts';
import { chooserOf, eventTimeOf } from './schedule.ts';
import { makeValue } from './values.ts';
import { ipOf } from './world.ts';

const CHUNK_CHARS = 1 << 16;
/** Duplicates are of one of the last so many events: gateways resend what was not acknowledged in time. */
const RECENT = 256;
const FIELD = { eventId: 600 } as const;

/**
 * The log of a simulated fleet: NDJSON, many lines a chunk, each line an envelope. The same options give the same bytes.
 *
 * Chunks are bytes, since some malformed records are no text. Memory does not depend on `devices` or `count`. Throws
 * RangeError when an option is out of range.
 */
export function* simulateFleet(options: SimulateOptions): Generator<Buffer, void, void> {
  const settings = settle(options);
  const steps = stepsOf(settings);
  let text = '';
  for (let i = 0; i < settings.count; i++) {
    const line = steps(i);
    if (typeof line === 'string') {
      text += line;
      if (text.length < CHUNK_CHARS) continue;
    }
    if (text !== '') yield Buffer.from(text);
    text = '';
    if (typeof line !== 'string') yield Buffer.from(line);
  }
  if (text !== '') yield Buffer.from(text);
}

/** What makes event after event: the line of the i-th, asked for in order. */
function stepsOf(settings: Settings): (i: number) => string | Uint8Array {
  const { seed, startMs, spanMs, count } = settings;
  const catalog = catalogOf(seed, settings.models, settings.operations);
  const shares = cumulate(EVENT_NAMES.map((name) => settings.mix[name]));
  const choose = chooserOf(settings, catalog);
  const envelope = envelopesOf(settings.partitions);
  const encoders = encodersOf(settings);
  const random = sfc32(seed, 7);
  const recent: Sent[] = [];
  return (i) => {
    // One slot of time an event, and a random moment in it: append times rise, yet do not tick.
    const atMs = startMs + Math.floor(((i + unit(random)) / count) * spanMs);
    if (recent.length > 0 && unit(random) < settings.duplicateShare) return envelope(recent[below(random, recent.length)], atMs);
    const event = EVENT_NAMES[pick(shares, unit(random))];
    const { sent, hurt, sound } = newEvent(settings, catalog, encoders[event], event, choose(event, atMs), i, atMs, random);
    if (sound) recent[recent.length < RECENT ? recent.length : i % RECENT] = sent;
    const line = envelope(sent, atMs);
    return hurt === undefined ? line : hurt(line);
  };
}

interface NewEvent {
  readonly sent: Sent;
  readonly hurt: Mishap['line'];
  /** Nothing went wrong with it. */
  readonly sound: boolean;
}

function newEvent(
  settings: Settings,
  catalog: Catalog,
  encode: Encoder,
  event: EventName,
  place: Place,
  i: number,
  atMs: number,
  random: Random,
): NewEvent {
  const { seed } = settings;
  const identity = identityOf(seed, place, catalog);
  const eventTime = eventTimeOf(settings, place.index, atMs, random);
  const value = makeValue(settings, catalog, event, place, identity, uuidOf(seed, i, FIELD.eventId), eventTime, random);
  // Ids and addresses hold nothing that JSON escapes.
  const { deviceId, gatewayId, accountId } = identity;
  const headers = `{"client-id":"${gatewayId}/${deviceId}","x-forwarded-for":"${ipOf(seed, place.household, place.city)}","user":"${accountId}"}`;
  const wrong = unit(random) < settings.malformedShare ? mishap(value, encode, random) : undefined;
  const sent = { event, key: identity.deviceId, headers, value: wrong?.value ?? encode(value).json };
  return { sent, hurt: wrong?.line, sound: wrong === undefined };
}

function encodersOf(settings: Settings): Readonly<Record<EventName, Encoder>> {
  const { schemas } = settings;
  if (settings.format === 'json' || schemas === undefined) return { device: jsonEncoder, operation: jsonEncoder, location: jsonEncoder };
  return {
    device: avroEncoder(schemas.device),
    operation: avroEncoder(schemas.operation),
    location: avroEncoder(schemas.location),
  };
}

export interface Description {
  readonly devices: number;
  readonly households: number;
  readonly events: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Events a second of simulated time. */
  readonly rate: number;
  readonly topics: readonly string[];
  readonly format: 'json' | 'avro';
  readonly seed: number;
}

/** What `simulateFleet` would write for the same options. */
export function describe(options: SimulateOptions): Description {
  const settings = settle(options);
  const { devices, seed, count, startMs, spanMs, format } = settings;
  return {
    devices,
    households: householdsIn(seed, devices),
    events: count,
    startMs,
    endMs: startMs + spanMs,
    rate: (count / spanMs) * 1000,
    topics: EVENT_NAMES.map((name) => `telemetry.${name}`),
    format,
    seed,
  };
}

/** Households that have a device: whole blocks, and those that the last, cut block reaches. */
const householdsIn = (seed: number, devices: number): number =>
  devices % BLOCK_DEVICES === 0 ? (devices / BLOCK_DEVICES) * BLOCK_HOUSEHOLDS : householdOf(seed, devices - 1).household + 1;
