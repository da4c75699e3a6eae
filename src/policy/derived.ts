import { type Derived, type Origin, type Pattern, POSITION, TIMESTAMP } from '../model/derived.ts';
import { isPattern, parsePattern } from './pattern.ts';
import type { PolicyEvent } from './shape.ts';

/*
 * Paths of an event that no schema has. A policy names what stands around a value (`$key`, `$headers.via`, `$topic`), the
 * attributes of a CloudEvent (`$ce.type`), the parts of a text that a pattern takes apart (`$topic.device`) and the items
 * of a list of named values (`metrics.Temperature`) like fields, and gives them roles like fields.
 */

const KEY = '$key';
export const TOPIC = '$topic';
const HEADERS = '$headers.';
const ATTRIBUTES = '$ce.';

/** Names at the top of a value that would be mistaken for these. */
export const RESERVED_NAMES = ['$key', '$topic', '$headers', '$ce', POSITION, TIMESTAMP];

export const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/** Where a path without a part leads; null when it is a path of the schema. */
const originOf = (path: string): Origin | null => {
  if (path === KEY) return { kind: 'key' };
  if (path === TOPIC) return { kind: 'topic' };
  if (path.startsWith(HEADERS)) return { kind: 'header', name: path.slice(HEADERS.length) };
  return path.startsWith(ATTRIBUTES) ? { kind: 'attribute', name: path.slice(ATTRIBUTES.length) } : null;
};

/** Patterns by the path that they take apart; those of the topic stand in `topics`. What is no pattern is left out. */
export const patternsOf = ({ patterns = {}, topics = [] }: Pick<PolicyEvent, 'patterns' | 'topics'>): Map<string, Pattern[]> => {
  const written = new Map(Object.entries(patterns).map(([path, texts]) => [path, [...list(texts)]] as const));
  const byTopic = topics.filter(isPattern);
  if (byTopic.length > 0) written.set(TOPIC, [...(written.get(TOPIC) ?? []), ...byTopic]);
  return new Map([...written].map(([path, texts]) => [path, texts.flatMap((text) => parsePattern(text) ?? [])]));
};

/** What a path stands for; null when it is a path of the schema. */
export const derivedOf = (event: Pick<PolicyEvent, 'patterns' | 'topics' | 'lists'>, path: string): Derived | null => {
  for (const [of, patterns] of patternsOf(event)) {
    const part = path.startsWith(`${of}.`) ? path.slice(of.length + 1) : null;
    if (part !== null && patterns.some(({ parts }) => parts.includes(part)))
      return { kind: 'text', origin: originOf(of) ?? { kind: 'field', path: of }, patterns, part };
  }
  for (const [of, { name, value }] of Object.entries(event.lists ?? {}))
    if (path.startsWith(`${of}.`)) return { kind: 'item', list: of, item: path.slice(of.length + 1), name, value };
  const origin = originOf(path);
  return origin === null ? null : { kind: 'text', origin, patterns: [], part: null };
};

/** Paths of the parts that an event's patterns give; each needs a role. */
export const partPaths = (event: Pick<PolicyEvent, 'patterns' | 'topics'>): string[] => [
  ...new Set([...patternsOf(event)].flatMap(([of, patterns]) => patterns.flatMap(({ parts }) => parts.map((part) => `${of}.${part}`)))),
];

/**
 * Paths that the event reads of every record: its ids, its times, what tells it apart, its attributes and constants. Of
 * these a derived text has to be there unless its role says `optional`.
 */
export const readPaths = (event: PolicyEvent): string[] => {
  const { id, device, household, gateway, account, eventTime, when, fields } = event;
  const named = [
    id,
    device,
    typeof household === 'object' ? household.trusted : undefined,
    gateway,
    account,
    typeof eventTime === 'string' ? eventTime : eventTime.field,
    when?.field,
  ];
  const valued = Object.entries(fields).flatMap(([path, { role }]) => (role === 'identifier' || role === 'drop' ? [] : [path]));
  return [...new Set([...named.filter((path) => path !== undefined), ...valued])];
};

/** True when a record may lack what a path stands for. */
export const isOptional = ({ fields }: Pick<PolicyEvent, 'fields'>, path: string): boolean => {
  const field = fields[path];
  return field !== undefined && 'optional' in field && field.optional === true;
};
