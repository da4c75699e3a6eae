import { POSITION, TIMESTAMP } from '../../model/derived.ts';
import { derivedOf, RESERVED_NAMES, readPaths } from '../derived.ts';
import { isPattern, parsePattern } from '../pattern.ts';
import type { PolicyPath, Reporter } from '../report.ts';
import { type EventFacts, type Facts, listOf } from './facts.ts';

/** What events read beside the fields of their schemas: patterns, lists of named values, key, headers and topic. */
export const derivedLaws = ({ events }: Facts, reporter: Reporter): void => {
  for (const facts of events) {
    checkReserved(facts, reporter);
    checkPatterns(facts, reporter);
    checkLists(facts, reporter);
    checkEmbedded(facts, reporter);
    checkRoles(facts, reporter);
    if (facts.event.id === POSITION) {
      const message = 'the position of the record stands for an id, so an event that comes twice is counted as two';
      reporter.report('event-id-missing', ['events', facts.name, 'id'], message, 'name a field, header or attribute with an id', 'value');
    }
  }
};

const checkReserved = ({ name, schemas }: EventFacts, reporter: Reporter): void => {
  for (const { file, tree } of schemas) {
    const taken = tree?.kind === 'record' ? RESERVED_NAMES.find((reserved) => tree.fields.has(reserved)) : undefined;
    if (taken === undefined) continue;
    const message = `\`${file}\` has a field \`${taken}\`, which stands for something around the value`;
    reporter.report('field-reserved', ['events', name, 'schema'], message, 'rename the field', 'value');
  }
};

const checkPatterns = (facts: EventFacts, reporter: Reporter): void => {
  const { event, name } = facts;
  const at = ['events', name, 'patterns'];
  const check = (text: string, place: PolicyPath): void => {
    if (parsePattern(text) !== null) return;
    const message = 'this is no pattern: braces pair, names are letters, digits and `_`, and text stands between parts';
    reporter.report('pattern-invalid', place, message, 'write it like `zigbee2mqtt/{device}`', 'value');
  };
  for (const [index, topic] of (event.topics ?? []).entries()) if (isPattern(topic)) check(topic, ['events', name, 'topics', index]);
  for (const [path, texts] of Object.entries(event.patterns ?? {})) {
    for (const [index, text] of listOf(texts).entries()) check(text, Array.isArray(texts) ? [...at, path, index] : [...at, path]);
    if (isText(path, facts)) continue;
    const message = `\`${path}\` is no text of this event`;
    const fix = path === '$topic' ? 'write the pattern among `topics`' : 'name `$key`, a header or a text field';
    reporter.report('pattern-not-a-text', [...at, path], message, fix);
  }
};

/** A text that can be taken apart: a key, header or attribute, or a field that is nothing but text. */
const isText = (path: string, { event, resolve, isComplete }: EventFacts): boolean => {
  if (path === '$topic') return false;
  const derived = derivedOf({ ...event, patterns: {} }, path);
  const resolved = resolve(path);
  if (derived !== null) return derived.kind === 'text' && resolved.length > 0;
  if (resolved.length === 0) return !isComplete;
  return resolved.every(({ kind, types, repeated }) => kind === 'scalar' && !repeated && types.every((type) => type === 'string'));
};

const checkLists = ({ event, name, resolve, isComplete }: EventFacts, reporter: Reporter): void => {
  for (const [path, list] of Object.entries(event.lists ?? {})) {
    const isScalar = (member: string): boolean => {
      const found = resolve(`${path}[].${member}`);
      return found.length > 0 && found.every(({ kind }) => kind === 'scalar');
    };
    const isList = resolve(path).length > 0 && resolve(path).every(({ kind, repeated }) => kind === 'array' && !repeated);
    if (!isComplete || (isList && isScalar(list.name) && isScalar(list.value))) continue;
    const message = `\`${path}\` is no list whose items have \`${list.name}\` and \`${list.value}\``;
    reporter.report('list-invalid', ['events', name, 'lists', path], message, 'name a list, and two members that each of its items has');
  }
};

const checkEmbedded = ({ event, name, resolve, isComplete, derived }: EventFacts, reporter: Reporter): void => {
  for (const [index, path] of (event.embedded ?? []).entries()) {
    const found = resolve(path);
    const isRecord = derived(path) === null && found.length > 0 && found.every(({ kind, repeated }) => kind === 'record' && !repeated);
    if (isRecord || !isComplete) continue;
    const message = `\`${path}\` is no record in the schema, so nobody can say what its text holds`;
    reporter.report('embedded-invalid', ['events', name, 'embedded', index], message, 'name a field whose schema is a record', 'value');
  }
};

/** What is read has a role, and only what no schema describes says of itself that it may be missing. */
const checkRoles = (facts: EventFacts, reporter: Reporter): void => {
  const { event, name, fields, derived, leaves } = facts;
  for (const path of readPaths(event)) {
    if (path === POSITION || path === TIMESTAMP || fields.has(path) || leaves.has(path) || derived(path)?.kind !== 'text') continue;
    // An id without a role has an issue of its own.
    if (path !== event.when?.field && path !== timeOf(event.eventTime)) continue;
    const message = `\`${path}\` has no role; what is read around a value needs one, like a field`;
    reporter.report('field-without-role', ['events', name, 'fields'], message, `add \`${path}: { role: drop }\``);
  }
  for (const [path, { field, at }] of fields) {
    if (!('optional' in field) || field.optional === undefined || derived(path)?.kind === 'text') continue;
    const message = `\`${path}\` is a field of the value, whose schema says whether it may be missing`;
    reporter.report('optional-misplaced', [...at, 'optional'], message, 'delete `optional`');
  }
};

const timeOf = (time: string | { readonly field: string }): string => (typeof time === 'string' ? time : time.field);
