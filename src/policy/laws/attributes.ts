import type { Ladder } from '../../model/ladder.ts';
import type { Attribute } from '../attributes.ts';
import { typesTaken } from '../ladder-types.ts';
import type { Reporter } from '../report.ts';
import { didYouMean } from '../suggest.ts';
import { axisLaws } from './axes.ts';
import type { EventFacts, Facts, FieldFacts } from './facts.ts';

/** Attributes and their ladders: known, of one mind, of a type that the ladder takes, and named as an output can be. */
export const attributeLaws = ({ events, policy, ladders }: Facts, reporter: Reporter): void => {
  for (const facts of events) {
    for (const [index, attribute] of facts.attributes.entries()) {
      checkName(attribute, index, facts, reporter);
      if (!isOfOneMind(attribute, Object.keys(policy.ladders), facts, reporter)) continue;
      const ladder = ladders.get(attribute.ladder);
      if (ladder === undefined) continue;
      axisLaws(attribute, ladder, facts, reporter);
      checkTypes(attribute, ladder, facts, reporter);
      checkRevealing(attribute, ladder, facts, reporter);
    }
  }
};

type Generalised = FieldFacts & { readonly field: Extract<FieldFacts['field'], { role: 'quasi' | 'sensitive' }> };

/** The fields that feed an attribute. */
export const inputFields = ({ inputs }: Attribute, { fields }: EventFacts): Generalised[] =>
  inputs.map(({ path }) => fields.get(path) as Generalised);

/** Names of output fields that are taken. */
const RESERVED = ['windowEnd', 'level', 'pseudonym'];

const checkName = (attribute: Attribute, index: number, facts: EventFacts, reporter: Reporter): void => {
  const [{ at, field }] = inputFields(attribute, facts);
  const place = field.as === undefined ? at : [...at, 'as'];
  const where = field.as === undefined ? 'key' : 'value';
  const { name } = attribute;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || RESERVED.includes(name)) {
    const why = RESERVED.includes(name) ? 'is taken in every output' : 'has other characters than letters, digits and underscores';
    reporter.report(
      'attribute-bad-name',
      place,
      `\`${name}\` ${why}, so it cannot name an output field`,
      'give the attribute another name with `as`',
      where,
    );
  }
  if (facts.attributes.findIndex((other) => other.name === name) === index) return;
  const hint = field.role === 'quasi' ? ', or an `axis` to each when they are inputs of one ladder' : '';
  reporter.report(
    'attribute-doubled',
    place,
    `an attribute \`${name}\` exists already in this event`,
    `give it another name with \`as\`${hint}`,
    where,
  );
};

const isOfOneMind = (attribute: Attribute, known: readonly string[], facts: EventFacts, reporter: Reporter): boolean => {
  const fields = inputFields(attribute, facts);
  const lost = fields.filter(({ field }) => !known.includes(field.ladder));
  for (const { at, field } of lost) {
    const fix = didYouMean(field.ladder, known, `add \`${field.ladder}\` to \`ladders\``);
    reporter.report('ladder-unknown', [...at, 'ladder'], `there is no ladder \`${field.ladder}\``, fix, 'value');
  }
  if (lost.length > 0) return false;
  const odd = fields.find(({ field }) => field.ladder !== attribute.ladder || field.role !== attribute.role);
  if (odd === undefined) return true;
  const message = `the attribute \`${attribute.name}\` has the ladder \`${attribute.ladder}\` by its other field`;
  reporter.report('attribute-mixed', odd.at, message, 'give both fields the same ladder, or another `as`');
  return false;
};

const checkTypes = (attribute: Attribute, ladder: Ladder, facts: EventFacts, reporter: Reporter): void => {
  const eventTime = typeof facts.event.eventTime === 'string' ? facts.event.eventTime : facts.event.eventTime.field;
  for (const { path, axis } of attribute.inputs) {
    // An axis that the ladder lacks has an issue of its own.
    if (!ladder.inputs.some((input) => input.axis === axis)) continue;
    const allowed = typesTaken(ladder.technique, axis);
    const { at } = facts.fields.get(path) as FieldFacts;
    const resolved = facts.resolve(path);
    // Records, maps and unions of them have an issue of their own.
    if (resolved.some(({ kind, repeated }) => kind === 'record' || kind === 'map' || kind === 'union' || repeated)) continue;
    const types = resolved.flatMap((found) => found.types);
    // Items of one list share one type, a union of whatever any of them may be: what does not fit has no value at run time.
    const isUnion = facts.derived(path)?.kind === 'item' && types.some((type) => allowed.includes(type));
    const wrong = isUnion ? undefined : types.find((type) => !allowed.includes(type));
    if (wrong !== undefined) {
      const message = `\`${path}\` is ${wrong}; a ${ladder.technique} ladder takes ${allowed.join(', ')}`;
      reporter.report('ladder-wrong-type', [...at, 'ladder'], message, 'use a ladder of another kind, or another field', 'value');
    } else if (ladder.technique === 'time' && path !== eventTime && !facts.fields.get(path)?.isUnknown) {
      const message = `a time ladder reads the event time, and \`${path}\` is not it`;
      reporter.report(
        'time-not-event-time',
        [...at, 'ladder'],
        message,
        `put the ladder on \`${eventTime}\`, or make \`${path}\` the eventTime`,
        'value',
      );
    }
  }
};

/** A revealing value that the ladder does not list would never be met, and the rule would never apply. */
const checkRevealing = (attribute: Attribute, ladder: Ladder, facts: EventFacts, reporter: Reporter): void => {
  const [{ at }] = inputFields(attribute, facts);
  for (const [index, value] of attribute.revealing.entries()) {
    if (lists(ladder, value)) continue;
    const message = `the ladder \`${ladder.name}\` does not list this value, so the rule would never apply`;
    reporter.report('revealing-unknown', [...at, 'revealing', index], message, 'write it as the ladder lists it', 'value');
  }
};

const lists = (ladder: Ladder, value: string): boolean => {
  const [input] = ladder.inputs;
  if (input === undefined || input.axis !== '' || input.kind !== 'text') return false;
  const bytes = new TextEncoder().encode(value);
  const first = new Uint8Array(1);
  const column = { kind: 'text', bytes, start: new Int32Array(1), length: Int32Array.of(bytes.length) } as const;
  const rows = { count: 1, appendMs: new Float64Array(1), eventMs: new Float64Array(1) };
  ladder.apply([column], rows, new Int32Array(ladder.levels.length), first);
  return first[0] === 0;
};
