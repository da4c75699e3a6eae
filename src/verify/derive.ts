import { type Derived, type DerivedItem, type DerivedText, type NamedList, type Pattern, POSITION, TIMESTAMP } from '../model/derived.ts';
import { derivedOf, isOptional, readPaths } from '../policy/derived.ts';
import type { PolicyEvent } from '../policy/shape.ts';
import { isObject, type Value } from './json.ts';
import type { Surroundings, Told } from './surroundings.ts';
import { valueAt } from './times.ts';

/** A path of an event that no schema has. */
export interface DerivedRule {
  readonly path: string;
  readonly derived: Derived;
  /** The event looks at it: what cannot be read is a fault. Others are only searched for in what left. */
  readonly isRead: boolean;
  readonly isRequired: boolean;
}

/** Everything that an event derives: what it reads, and what it names as an identifier. */
export const derivedRules = (event: PolicyEvent): DerivedRule[] => {
  const read = readPaths(event).filter((path) => path !== POSITION && path !== TIMESTAMP);
  const named = Object.entries(event.fields).flatMap(([path, { role }]) => (role === 'identifier' ? [path] : []));
  return [...new Set([...read, ...named])].flatMap((path): DerivedRule[] => {
    const derived = derivedOf(event, path);
    if (derived === null) return [];
    const isRead = read.includes(path);
    return [{ path, derived, isRead, isRequired: isRead && derived.kind === 'text' && !isOptional(event, path) }];
  });
};

/** Lists of named values of an event. */
export const listsOf = (event: PolicyEvent): NamedList[] =>
  Object.entries(event.lists ?? {}).map(([list, members]) => ({ list, ...members }));

/**
 * Takes a text apart by hand: after each literal, a part runs up to the character that begins the next literal, or to the
 * end; it is not empty and has no `/`. Null when the text has another form.
 */
export const takeApart = (text: string, { literals, parts }: Pattern): Map<string, string> | null => {
  if (!text.startsWith(literals[0])) return null;
  const found = new Map<string, string>();
  let at = literals[0].length;
  for (const [i, part] of parts.entries()) {
    const literal = literals[i + 1];
    let end = at;
    while (end < text.length && text[end] !== '/' && text[end] !== literal[0]) end++;
    if (end === at || !text.startsWith(literal, end)) return null;
    found.set(part, text.slice(at, end));
    at = end + literal.length;
  }
  return at === text.length ? found : null;
};

const wholeText = ({ origin }: DerivedText, value: Value, around: Surroundings): Told => {
  switch (origin.kind) {
    case 'key':
      return around.key;
    case 'header':
      return around.header(origin.name);
    case 'topic':
      return around.topic;
    case 'attribute':
      return around.attribute(origin.name);
    case 'field': {
      const text = valueAt(value, origin.path);
      return typeof text === 'string' && text !== '' ? text : null;
    }
  }
};

const textOf = (derived: DerivedText, value: Value, around: Surroundings): Told => {
  const whole = wholeText(derived, value, around);
  if (derived.part === null || whole === null || whole === undefined) return whole;
  for (const pattern of derived.patterns) {
    const parts = takeApart(whole, pattern);
    if (parts !== null) return parts.get(derived.part) ?? null;
  }
  return undefined;
};

const itemOf = ({ list, name, value: member, item }: DerivedItem, value: Value): Value => {
  const items = valueAt(value, list);
  const found = Array.isArray(items) ? items.find((one) => valueAt(one, name) === item) : undefined;
  return valueAt(found, member) ?? null;
};

/** What a derived path of a record says; null when nothing, undefined when it cannot be read. */
export const derivedValue = (derived: Derived, value: Value, around: Surroundings): Value | undefined =>
  derived.kind === 'item' ? itemOf(derived, value) : textOf(derived, value, around);

const hasDoubledName = ({ list, name }: NamedList, value: Value): boolean => {
  const items = valueAt(value, list);
  const names = Array.isArray(items) ? items.map((item) => valueAt(item, name)).filter((text) => typeof text === 'string') : [];
  return new Set(names).size < names.length;
};

/**
 * The value with what the event derives as members of their own, under their paths; null when something that it reads
 * cannot be read or is missing. Events that derive nothing get their value back.
 */
export const withDerived = (
  rules: readonly DerivedRule[],
  lists: readonly NamedList[],
  value: Value,
  around: Surroundings,
): Value | null => {
  if (lists.some((list) => hasDoubledName(list, value))) return null;
  if (rules.length === 0 || !isObject(value)) return value;
  const whole: Record<string, Value> = { ...value };
  for (const { path, derived, isRead, isRequired } of rules) {
    const told = derivedValue(derived, value, around);
    if (isRead && (told === undefined || (isRequired && told === null))) return null;
    if (told !== undefined && told !== null) whole[path] = told;
  }
  return whole;
};
