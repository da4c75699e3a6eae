import { isWithin, type Resolved } from '../fields.ts';
import type { Reporter } from '../report.ts';
import type { PolicyField } from '../shape.ts';
import type { EventFacts, Facts, FieldFacts } from './facts.ts';

/** Every leaf of every schema version has exactly one role, and every role has something to stand on: default deny. */
export const fieldLaws = ({ events }: Facts, reporter: Reporter): void => {
  for (const facts of events) {
    for (const [path, field] of facts.fields) checkField(path, field, facts, reporter);
    for (const path of uncovered(facts)) {
      const message = `\`${path}\` has no role; every field of every schema version needs one`;
      reporter.report(
        'field-without-role',
        ['events', facts.name, 'fields'],
        message,
        `add \`${path}: { role: drop }\`, or the role that it should have`,
      );
    }
  }
};

/** Roles that say the same of everything below a path. */
const covers = ({ role }: PolicyField): boolean => role === 'drop' || role === 'identifier';

/** Leaves without a role. A part of a text needs one of its own: it is read for what it says. */
export const uncovered = ({ leaves, fields, derived }: EventFacts): string[] => {
  const above = [...fields].filter(([, { field }]) => covers(field)).map(([path]) => path);
  return [...leaves.keys()].filter(
    (path) => !fields.has(path) && (derived(path) !== null || !above.some((candidate) => isWithin(path, candidate))),
  );
};

const checkField = (path: string, { field, written, at, isUnknown }: FieldFacts, facts: EventFacts, reporter: Reporter): void => {
  if (isUnknown) {
    const fix = path === written ? 'delete it, or correct the path: names joined by dots, `[]` behind a list' : `did you mean \`${path}\`?`;
    reporter.report('field-unknown', at, `no version of the schema has \`${written}\``, fix);
    return;
  }
  const resolved = facts.resolve(path);
  const problem = covers(field) ? null : valueProblem(field, resolved);
  if (problem !== null)
    reporter.report(
      'field-not-a-value',
      at,
      `\`${path}\` ${problem}`,
      'use the role drop or identifier, or a count ladder on the list itself',
    );
  const below = covers(field)
    ? [...facts.fields.keys()].filter((other) => other !== path && isWithin(other, path) && !isKeyOf(other, path, facts))
    : [];
  if (below.length === 0) return;
  const message = `\`${path}\` gives the role ${field.role} to ${below.map((other) => `\`${other}\``).join(', ')} too, which has one of its own`;
  reporter.report('field-two-roles', at, message, 'delete it, or the roles below it');
};

/** Why a field cannot be an attribute or a constant; null when it can. */
const valueProblem = (field: PolicyField, resolved: readonly Resolved[]): string | null => {
  const kinds = resolved.map(({ kind }) => kind);
  if (kinds.includes('union')) return `is sometimes a record, list or map and cannot be ${field.role}`;
  if (kinds.includes('record')) return `is a record and cannot be ${field.role} as a whole`;
  if (kinds.includes('map'))
    return `is a map: its other keys need the role drop or identifier; name the keys that are ${field.role} one by one`;
  if (kinds.includes('array') && field.role === 'constant') return 'is a list and cannot be constant';
  return resolved.some(({ repeated }) => repeated)
    ? `stands in a list, so that one record can have many; it cannot be ${field.role}`
    : null;
};

/** A key of a map may have a role of its own beside the map's, and so may parts of a text and items of a list. */
const isKeyOf = (path: string, map: string, { resolve, derived }: EventFacts): boolean =>
  derived(path) !== null || (resolve(path).every(({ mapKey }) => mapKey) && resolve(map).every(({ kind }) => kind === 'map'));
