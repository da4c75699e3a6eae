import type { Plan } from '../model/plan.ts';
import { compileRead } from './derive.ts';
import { compileEvent, type EventReader, type SchemaReader } from './event.ts';
import { compilePatterns } from './pattern.ts';
import type { Surroundings } from './surroundings.ts';

/** A schema version and the event type that it is of. */
export interface Known {
  readonly event: EventReader;
  readonly schema: SchemaReader;
}

/** Event types by everything that tells which one a record is. */
export interface Directory {
  readonly events: readonly EventReader[];
  /** By Confluent schema id: several when event types share a schema, and then `isWhen` tells them apart. */
  readonly byId: ReadonlyMap<number, readonly Known[]>;
  /** By index over the schemas of all events: for each, those whose events share its canonical form. */
  readonly byIndex: readonly (readonly Known[])[];
  readonly byTopic: (topic: string) => EventReader | null;
  /** The first event whose `when` the object, or what is around it, fulfils. */
  readonly byWhen: (value: unknown, around: Surroundings) => EventReader | null;
  /** Some event is a CloudEvent. */
  readonly hasCloudEvents: boolean;
  readonly isWhen: (event: EventReader, told: unknown) => boolean;
}

const groupBy = <K>(known: readonly Known[], keyOf: (known: Known, i: number) => K): Map<K, Known[]> => {
  const groups = new Map<K, Known[]>();
  known.forEach((entry, i) => {
    const key = keyOf(entry, i);
    const group = groups.get(key) ?? [];
    // Versions of one event that read the same bytes alike are one.
    if (!group.some(({ event }) => event === entry.event)) groups.set(key, [...group, entry]);
  });
  return groups;
};

/** Objects have no text that a policy could name, and asking them for one may throw. */
const textOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;

export const createDirectory = (plan: Plan): Directory => {
  let first = 0;
  const events = plan.events.map((event) => {
    const reader = compileEvent(event, first);
    first += event.schemas.length;
    return reader;
  });
  const known = events.flatMap((event) => event.schemas.map((schema) => ({ event, schema })));
  const sources = plan.events.flatMap((event) => event.schemas);
  const alike = groupBy(known, (_, i) => sources[i].fingerprint);
  const byId = groupBy(known, (_, i) => sources[i].id);
  const whens = events.flatMap((event) => {
    const { when, derived } = event.plan;
    return when === null ? [] : [{ event, read: compileRead(when.path, derived.get(when.path)) }];
  });
  const values = new Map(events.map((event) => [event, new Set(event.plan.when?.values)] as const));
  const patterns = events.map((event) => ({ event, takeApart: compilePatterns(event.plan.topicPatterns) }));
  const topics = new Map(events.flatMap((event) => event.plan.topics.map((topic) => [topic, event] as const)));
  const names = new Map(events.map((event) => [event.plan.name, event] as const));
  const isWhen = (event: EventReader, told: unknown): boolean => {
    const text = textOf(told);
    return text !== null && values.get(event)?.has(text) === true;
  };
  return {
    events,
    byId: new Map([...byId].filter((entry): entry is [number, Known[]] => entry[0] !== null)),
    byIndex: sources.map(({ fingerprint }) => alike.get(fingerprint) ?? []),
    byTopic: (topic) =>
      topics.get(topic) ??
      patterns.find(({ takeApart }) => takeApart(topic) !== null)?.event ??
      names.get(topic.slice(topic.lastIndexOf('.') + 1)) ??
      null,
    byWhen: (value, around) => whens.find(({ event, read }) => isWhen(event, read(value, around)))?.event ?? null,
    hasCloudEvents: plan.events.some(({ isCloudEvent }) => isCloudEvent),
    isWhen,
  };
};
