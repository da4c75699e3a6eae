import { TIMESTAMP } from '../model/derived.ts';
import type { Limits } from '../model/plan.ts';
import { readDatum } from './avro.ts';
import { canonicalSchema, type Schema } from './avro-schema.ts';
import { attributeTexts, dataOf, isSoundBinary, modeOf } from './cloudevent.ts';
import { conforms } from './conforms.ts';
import { derivedValue, takeApart, withDerived } from './derive.ts';
import { withEmbedded } from './embedded.ts';
import { isObject, type Looks, parseJson, survey, textOfBytes, type Value } from './json.ts';
import type { EventRule, Rules } from './rules.ts';
import { NOTHING_AROUND, type Surroundings, type TextAround, withEnvelope } from './surroundings.ts';
import { textOf, timeAt, valueAt } from './times.ts';

/** A record of the source log, read as far as possible. Everything in it is personal: it stays inside the checker. */
export interface Frame {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** False when the record is too broken to say where it stood. */
  readonly isPlaced: boolean;
  /** NaN when nothing says it. */
  readonly appendMs: number;
  /** Null when the record must be in quarantine. */
  readonly event: EventRule | null;
  readonly schema: Schema | null;
  readonly value: Value;
  /** Key and header values: identity that is not part of the value. */
  readonly around: readonly TextAround[];
  readonly surroundings: Surroundings;
  /** The record as it came; null for container data. */
  readonly bytes: Uint8Array | null;
}

/** Where a record stands, and what is around its value. */
export interface Place {
  readonly isPlaced: boolean;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly around: readonly TextAround[];
  readonly surroundings: Surroundings;
  readonly bytes: Uint8Array | null;
}

const isWhen = ({ when, derivedWhen }: EventRule, value: Value, around: Surroundings): boolean => {
  const told = when === null ? undefined : derivedWhen === null ? valueAt(value, when.path) : derivedValue(derivedWhen, value, around);
  return when !== null && !(told instanceof Uint8Array) && when.values.includes(textOf(told) ?? '\0');
};

/** The event type that a topic is for: one that lists it, or has a pattern that it fits, or whose name is its last part. */
const eventOfTopic = ({ events }: Rules, topic: string): EventRule | undefined => {
  const last = topic.slice(topic.lastIndexOf('.') + 1);
  return (
    events.find((event) => event.policy.topics?.includes(topic)) ??
    events.find((event) => event.topicPatterns.some((pattern) => takeApart(topic, pattern) !== null)) ??
    events.find((event) => event.name === last)
  );
};

const eventOfJson = (rules: Rules, value: Value, around: Surroundings): EventRule | null => {
  const named = around.topic === null ? undefined : eventOfTopic(rules, around.topic);
  return named ?? rules.events.find((event) => isWhen(event, value, around)) ?? null;
};

const constantsHold = ({ constants }: EventRule, value: Value): boolean =>
  constants.every(([path, text]) => (valueAt(value, path) ?? null) === null || textOf(valueAt(value, path)) === text);

/** One literal, not spreads: every record makes one, and spreads were a twelfth of the checker's time. */
const frameAt = (place: Place, appendMs: number, event: EventRule | null, schema: Schema | null, value: Value): Frame => {
  const { isPlaced, topic, partition, offset, around, surroundings, bytes } = place;
  return { isPlaced, topic, partition, offset, appendMs, event, schema, value, around, surroundings, bytes };
};

/** A record that must be in quarantine. */
export const faulty = (place: Place): Frame => frameAt(place, place.appendMs, null, null, null);

/** Looks at what is around a value whose type is settled, and at its times and constants. */
const settle = (place: Place, event: EventRule, schema: Schema, given: Value): Frame => {
  const derived = withDerived(event.derived, event.lists, given, place.surroundings);
  if (derived === null) return faulty(place);
  const said = event.appendTime === null ? Number.NaN : (timeAt(derived, event.appendTime) ?? Number.NaN);
  const appendMs = Number.isNaN(place.appendMs) ? said : place.appendMs;
  const isAppended = event.eventTime.path === TIMESTAMP;
  const value = isAppended && isObject(derived) ? { ...derived, [TIMESTAMP]: appendMs } : derived;
  const isSound = !Number.isNaN(appendMs) && !Number.isNaN(timeAt(value, event.eventTime) ?? 0) && constantsHold(event, value);
  return isSound ? frameAt(place, appendMs, event, schema, value) : faulty(place);
};

const DEEPEST = 256;

const withinLimits = ({ depth, items, longestString, duplicate, illFormed }: Looks, limits: Limits): boolean =>
  depth <= Math.min(limits.depth, DEEPEST) &&
  items <= limits.items &&
  longestString <= limits.stringBytes &&
  duplicate === 'none' &&
  !illFormed;

/** A JSON value as an event: the first schema version that it fits. */
const frameEvent = (place: Place, event: EventRule, given: Value, rules: Rules): Frame => {
  const value = withEmbedded(event.embedded, given, (looks) => withinLimits(looks, rules.limits));
  const fitting = value === null ? undefined : event.schemas.find(({ schema }) => conforms(schema, schema.root, value, event.tolerated));
  return value === null || fitting === undefined ? faulty(place) : settle(place, event, fitting.schema, value);
};

/** The data that an envelope holds as bytes: Avro of a schema of the event, or JSON. */
const frameBytes = (place: Place, event: EventRule, bytes: Buffer, rules: Rules): Frame => {
  if (bytes[0] === 0) {
    // What it is as a CloudEvent was seen already.
    const frame = frameAvro(place, bytes, { ...rules, events: [{ ...event, isCloudEvent: false }] });
    return frame.event === null ? frame : { ...frame, event };
  }
  const text = textOfBytes(bytes);
  const value = text === null ? undefined : parseJson(text);
  if (text === null || !isObject(value) || !withinLimits(survey(text).whole, rules.limits)) return faulty(place);
  return frameEvent(place, event, value, rules);
};

const frameCloudEvent = (place: Place, event: EventRule, value: { readonly [name: string]: Value }, rules: Rules): Frame => {
  const { surroundings } = place;
  switch (modeOf(surroundings, value, surroundings === NOTHING_AROUND)) {
    case 'none':
      return faulty(place);
    case 'binary':
      return isSoundBinary(surroundings, false) ? frameEvent(place, event, value, rules) : faulty(place);
    case 'structured': {
      const data = dataOf(value, surroundings);
      const own = { ...place, surroundings: withEnvelope(surroundings, value) };
      if (data === null) return faulty(own);
      return 'value' in data ? frameEvent(own, event, data.value, rules) : frameBytes(own, event, data.bytes, rules);
    }
  }
};

/** A JSON value, parsed and looked at. */
export const frameJson = (given: Place, value: Value, looks: Looks, rules: Rules): Frame => {
  if (!isObject(value) || !withinLimits(looks, rules.limits)) return faulty(given);
  const { surroundings } = given;
  const isEnvelope =
    rules.events.some(({ isCloudEvent }) => isCloudEvent) && modeOf(surroundings, value, surroundings === NOTHING_AROUND) === 'structured';
  const event = eventOfJson(rules, value, isEnvelope ? withEnvelope(surroundings, value) : surroundings);
  const place = isEnvelope ? { ...given, around: [...given.around, ...attributeTexts(value)] } : given;
  if (event === null) return faulty(place);
  return event.isCloudEvent ? frameCloudEvent(place, event, value, rules) : frameEvent(place, event, value, rules);
};

export const isOversize = (text: string, rules: Rules): boolean =>
  text.length * 3 > rules.limits.recordBytes && Buffer.byteLength(text) > rules.limits.recordBytes;

/**
 * On a topic that is for an event type, the schema has to be one of that type. Elsewhere the schema tells; event types may
 * share one, and then the value tells which of them it is.
 */
const frameDatum = (place: Place, bytes: Uint8Array, known: readonly Known[], rules: Rules): Frame => {
  const { surroundings } = place;
  const expected = surroundings.topic === null ? undefined : eventOfTopic(rules, surroundings.topic);
  for (const { event, schema } of expected === undefined ? known : known.filter((one) => one.event === expected)) {
    const value = bytes.length > rules.limits.recordBytes ? undefined : readDatum(bytes, schema, rules.limits);
    if (value === undefined) return faulty(place);
    if (expected === undefined && known.length > 1 && !isWhen(event, value, surroundings)) continue;
    const isOther = event.isCloudEvent && (modeOf(surroundings, null, false) !== 'binary' || !isSoundBinary(surroundings, true));
    return isOther ? faulty(place) : settle(place, event, schema, value);
  }
  return faulty(place);
};

interface Known {
  readonly event: EventRule;
  readonly schema: Schema;
}

/** The first fitting schema version of each event. */
const knownBy = (rules: Rules, fits: (schema: EventRule['schemas'][number]) => boolean): Known[] =>
  rules.events.flatMap((event) =>
    event.schemas
      .filter(fits)
      .slice(0, 1)
      .map(({ schema }) => ({ event, schema })),
  );

const PREFIX_BYTES = 5;

/** A value with the 5-byte prefix. */
export const frameAvro = (place: Place, bytes: Uint8Array, rules: Rules): Frame => {
  if (bytes.length < PREFIX_BYTES || bytes.length > rules.limits.recordBytes || bytes[0] !== 0) return faulty(place);
  const wanted = Buffer.from(bytes).readInt32BE(1);
  return frameDatum(
    place,
    bytes.subarray(PREFIX_BYTES),
    knownBy(rules, ({ id }) => id === wanted),
    rules,
  );
};

/** A datum of a schema that something else than its bytes tells: a container's header, or whoever looked a name up. */
export const frameNamed = (place: Place, bytes: Uint8Array, schema: unknown, rules: Rules): Frame => {
  if (schema === null) return faulty(place);
  const canonical = canonicalSchema(schema);
  const known = knownBy(rules, ({ json }) => canonicalSchema(json) === canonical);
  return known.length === 0 ? faulty(place) : frameDatum(place, bytes, known, rules);
};
