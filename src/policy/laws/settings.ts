import { POSITION, TIMESTAMP } from '../../model/derived.ts';
import { RESERVED_NAMES } from '../derived.ts';
import type { Resolved } from '../fields.ts';
import type { PolicyPath, Reporter } from '../report.ts';
import { didYouMean } from '../suggest.ts';
import type { EventFacts, Facts } from './facts.ts';

/** What an event says about its own fields: ids, times, `when`, constants. */
export const settingLaws = ({ events }: Facts, reporter: Reporter): void => {
  for (const facts of events) {
    const { event, name } = facts;
    const at = ['events', name];
    if (event.id !== POSITION) checkIdentifier(event.id, [...at, 'id'], facts, reporter);
    checkIdentifier(event.device, [...at, 'device'], facts, reporter);
    if (event.gateway !== undefined) checkIdentifier(event.gateway, [...at, 'gateway'], facts, reporter);
    if (event.account !== undefined) checkIdentifier(event.account, [...at, 'account'], facts, reporter);
    if (typeof event.household === 'object') checkIdentifier(event.household.trusted, [...at, 'household', 'trusted'], facts, reporter);
    if (event.household === 'gateway' && event.gateway === undefined) {
      reporter.report(
        'household-without-gateway',
        [...at, 'household'],
        'households are told by gateways, but `gateway` is missing',
        'add `gateway: <field>`',
        'value',
      );
    }
    if (event.eventTime !== TIMESTAMP) checkTime(event.eventTime, [...at, 'eventTime'], false, facts, reporter);
    if (event.appendTime !== undefined) checkAppendTime(event.appendTime, [...at, 'appendTime'], facts, reporter);
    if (event.when !== undefined) checkScalar(event.when.field, [...at, 'when', 'field'], true, facts, reporter);
    checkConstants(facts, reporter);
  }
};

/**
 * Reports a path that no schema version has, or that has not one scalar a record. Bare records may carry fields at the
 * top that the schema lacks, where the policy says that it looks there (`tolerated`).
 */
const checkScalar = (path: string, at: PolicyPath, tolerated: boolean, facts: EventFacts, reporter: Reporter): readonly Resolved[] => {
  const resolved = facts.resolve(path);
  if (resolved.length === 0) {
    if (!facts.isComplete || (tolerated && !path.includes('.') && !RESERVED_NAMES.includes(path))) return [];
    const fix = didYouMean(path, [...facts.leaves.keys()], 'name a field of the schema');
    reporter.report('field-unknown', at, `no version of the schema has \`${path}\``, fix, 'value');
    return [];
  }
  if (resolved.every(({ kind, repeated }) => kind === 'scalar' && !repeated)) return resolved;
  reporter.report('field-not-a-value', at, `\`${path}\` has not one value a record`, 'name a field with one value', 'value');
  return [];
};

const checkIdentifier = (path: string, at: PolicyPath, facts: EventFacts, reporter: Reporter): void => {
  const field = facts.fields.get(path)?.field;
  if (checkScalar(path, at, false, facts, reporter).length === 0 || field?.role === 'identifier') return;
  // A field without any role has its own issue.
  if (field === undefined && facts.leaves.has(path) && !isCovered(path, facts)) return;
  const role = field === undefined ? 'no role of its own' : `the role ${field.role}`;
  const fix = `write \`${path}: { role: identifier, kind: ... }\` among the fields`;
  reporter.report('field-not-an-identifier', at, `\`${path}\` has ${role}, but it names somebody or something`, fix, 'value');
};

const isCovered = (path: string, { fields }: EventFacts): boolean => [...fields.keys()].some((above) => path.startsWith(`${above}.`));

/** Bare events have nothing around them that could say when they were appended, and who brings them takes nothing apart. */
const checkAppendTime = (time: string | { readonly field: string }, at: PolicyPath, facts: EventFacts, reporter: Reporter): void => {
  const path = typeof time === 'string' ? time : time.field;
  const message = `a bare event has no \`${path}\``;
  if (facts.derived(path) === null) checkTime(time, at, true, facts, reporter);
  else reporter.report('field-unknown', typeof time === 'string' ? at : [...at, 'field'], message, 'name a field of the value', 'value');
};

const TIME_TYPES = new Set(['int', 'long', 'float', 'double', 'string']);

const checkTime = (
  time: string | { readonly field: string },
  at: PolicyPath,
  tolerated: boolean,
  facts: EventFacts,
  reporter: Reporter,
): void => {
  const path = typeof time === 'string' ? time : time.field;
  const place = typeof time === 'string' ? at : [...at, 'field'];
  const resolved = checkScalar(path, place, tolerated, facts, reporter);
  if (resolved.every(({ types }) => types.every((type) => TIME_TYPES.has(type)))) return;
  reporter.report('field-not-a-time', place, `\`${path}\` is neither a number nor a text`, 'name a field that holds a time', 'value');
};

/** A constant that its field cannot have would send every record to quarantine. */
const checkConstants = (facts: EventFacts, reporter: Reporter): void => {
  for (const [path, { field, at }] of facts.fields) {
    if (field.role !== 'constant') continue;
    const resolved = facts.resolve(path).filter(({ kind }) => kind === 'scalar');
    if (resolved.length === 0 || resolved.some((found) => takes(found, field.value))) continue;
    const types = [...new Set(resolved.flatMap(({ types }) => types))].join(' or ');
    reporter.report(
      'constant-impossible',
      [...at, 'value'],
      `\`${path}\` is ${types} and never has this value`,
      `write a value of the type ${types}`,
      'value',
    );
  }
};

const takes = ({ types, symbols }: Resolved, value: string | number | boolean): boolean =>
  types.some((type) => {
    switch (type) {
      case 'string':
        return typeof value === 'string';
      case 'enum':
        return typeof value === 'string' && symbols.includes(value);
      case 'boolean':
        return typeof value === 'boolean';
      case 'int':
      case 'long':
        return Number.isInteger(value);
      default:
        return typeof value === 'number' && (type === 'float' || type === 'double');
    }
  });
