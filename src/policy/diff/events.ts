import { list } from '../derived.ts';
import type { PolicyPath } from '../report.ts';
import type { PolicyEvent } from '../shape.ts';
import { compareMembers, type Differ, type Membership, membersOf, pairs, quoted, restated } from './differ.ts';
import { fieldChanges } from './fields.ts';
import { isReordered, isSame } from './leaves.ts';
import { schemaChanges } from './schemas.ts';

/** What is read, and by what it is told who a record is about. */
export const eventChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  if (isReordered(Object.keys(before.policy.events), Object.keys(after.policy.events)))
    tell('reading-changed', ['events'], 'events are tried in another order: the first whose topics fit a record counts');
  for (const [name, a, b] of pairs(before.policy.events, after.policy.events)) {
    const at = ['events', name];
    if (b === undefined) tell('event-removed', at, `events of the type \`${name}\` are not read any more`);
    else if (a === undefined) tell('event-added', at, `events of the type \`${name}\` are read: ${quoted(Object.keys(b.fields))}`);
    else compareEvent(differ, at, a, b);
  }
};

const TOPICS: Membership = {
  added: ['topic-added', (names) => `records of ${names} are read as this event, too`],
  removed: ['topic-removed', (names) => `records of ${names} are not read as this event any more`],
};

const compareEvent = (differ: Differ, at: PolicyPath, a: PolicyEvent, b: PolicyEvent): void => {
  const { tell } = differ;
  schemaChanges(differ, [...at, 'schema'], a, b);
  if (isReordered(a.topics ?? [], b.topics ?? []))
    tell('reading-changed', [...at, 'topics'], 'patterns are tried in another order: the first that fits a topic counts');
  else compareMembers(differ, [...at, 'topics'], a.topics, b.topics, TOPICS);
  compareWhen(differ, [...at, 'when'], a.when, b.when);
  compareReading(differ, at, a, b);
  for (const [key, what] of [
    ['eventTime', 'the time of an event, which is an attribute and says how late it is,'],
    ['appendTime', 'the window of a bare event'],
  ] as const) {
    if (isSame(timeOf(a[key]), timeOf(b[key]))) restated(differ, [...at, key], a[key], b[key]);
    else tell('time-changed', [...at, key], `${what} is told by ${timeWords(b[key])}, which was ${timeWords(a[key])}`);
  }
  if (a.id !== b.id) tell('id-changed', [...at, 'id'], `repetitions are recognised by \`${b.id}\`, which was \`${a.id}\``);
  if (a.device !== b.device)
    tell('device-changed', [...at, 'device'], `devices are told apart by \`${b.device}\`, which was \`${a.device}\`: k counts these`);
  compareHousehold(differ, [...at, 'household'], a, b);
  compareGateway(differ, [...at, 'gateway'], a.gateway, b.gateway);
  if (a.account !== b.account)
    tell(
      'account-changed',
      [...at, 'account'],
      `consent and bindings are looked up by ${nameOf(b.account)}, which was ${nameOf(a.account)}`,
    );
  fieldChanges(differ, at, a, b);
};

const nameOf = (path: string | undefined): string => (path === undefined ? 'no account' : `\`${path}\``);

type Time = PolicyEvent['appendTime'];

const timeOf = (time: Time): unknown => (typeof time === 'string' ? { field: time, unit: 'ms' } : time);

const timeWords = (time: Time): string => {
  if (time === undefined) return 'nothing';
  return typeof time === 'string' ? `\`${time}\` in ms` : `\`${time.field}\` in ${time.unit}`;
};

const compareWhen = (differ: Differ, at: PolicyPath, a: PolicyEvent['when'], b: PolicyEvent['when']) => {
  const { tell } = differ;
  if (a === undefined && b === undefined) return;
  if (a === undefined) return tell('when-wider', at, `bare records are this event where \`${b?.field}\` says so`);
  if (b === undefined) return tell('when-narrower', at, 'bare records are not this event any more');
  if (a.field !== b.field)
    return tell('when-changed', at, `\`${b.field}\` tells which bare records are this event, which was \`${a.field}\``);
  const members = membersOf(list(a.equals), list(b.equals));
  if (members === null) return;
  const { added, removed } = members;
  if (added.length > 0) tell('when-wider', at, `bare records with ${quoted(added)} in \`${b.field}\` are this event, too`);
  if (removed.length > 0) tell('when-narrower', at, `bare records with ${quoted(removed)} in \`${b.field}\` are not this event any more`);
  if (added.length === 0 && removed.length === 0) restated(differ, at, a, b);
};

/** Nobody can tell from a pattern what the parts of all texts will be. */
const compareReading = (differ: Differ, at: PolicyPath, a: PolicyEvent, b: PolicyEvent): void => {
  const { tell } = differ;
  if ((a.cloudevents ?? false) === (b.cloudevents ?? false)) restated(differ, [...at, 'cloudevents'], a.cloudevents, b.cloudevents);
  else tell('reading-changed', [...at, 'cloudevents'], b.cloudevents === true ? 'records are CloudEvents' : 'records are no CloudEvents');
  if (isSame(a.embedded ?? [], b.embedded ?? [])) restated(differ, [...at, 'embedded'], a.embedded, b.embedded);
  else tell('reading-changed', [...at, 'embedded'], `JSON stands as text in ${quoted(b.embedded ?? []) || 'no field'}`);
  for (const key of ['patterns', 'lists'] as const) {
    const what = key === 'patterns' ? 'taken apart' : 'a list of named values';
    for (const [path, from, to] of pairs<unknown>(a[key], b[key])) {
      if (isSame(from, to) || isSame(asList(from), asList(to))) restated(differ, [...at, key, path], from, to);
      else tell('reading-changed', [...at, key, path], `\`${path}\` is ${to === undefined ? `not ${what} any more` : `${what} otherwise`}`);
    }
    if (isReordered(Object.keys(a[key] ?? {}), Object.keys(b[key] ?? {})))
      tell('reading-changed', [...at, key], 'what is taken apart stands in another order: the first that fits counts');
    else if (isSame(a[key] ?? {}, b[key] ?? {})) restated(differ, [...at, key], a[key], b[key]);
  }
};

const asList = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);

/** From what is proven by signatures to what anybody who publishes may say. */
const HOUSEHOLDS = ['bindings', 'gateway', 'trusted'] as const;
const SOURCE_WORDS = { bindings: 'signed bindings', gateway: 'the gateway', trusted: 'what the publisher says' } as const;

const compareHousehold = (differ: Differ, at: PolicyPath, a: PolicyEvent, b: PolicyEvent): void => {
  const kindOf = ({ household }: PolicyEvent): (typeof HOUSEHOLDS)[number] =>
    typeof household === 'object' ? 'trusted' : ((household ?? 'bindings') as 'bindings' | 'gateway');
  const [from, to] = [kindOf(a), kindOf(b)];
  const [rankFrom, rankTo] = [HOUSEHOLDS.indexOf(from), HOUSEHOLDS.indexOf(to)];
  if (rankFrom < 0 || rankTo < 0) return;
  const words = `households are told by ${SOURCE_WORDS[to]} where they were by ${SOURCE_WORDS[from]}`;
  if (rankTo > rankFrom) differ.tell('household-weaker', at, `${words}: what is made up counts as a home`);
  else if (rankTo < rankFrom) differ.tell('household-stronger', at, words);
  else if (!isSame(a.household ?? 'bindings', b.household ?? 'bindings'))
    differ.tell('household-changed', at, 'the publisher says the household in another field: k counts these');
  else restated(differ, at, a.household, b.household);
};

const compareGateway = ({ tell }: Differ, at: PolicyPath, a: string | undefined, b: string | undefined): void => {
  if (a === b) return;
  if (a === undefined) tell('gateway-named', at, `the gateway stands in \`${b}\``);
  else tell('gateway-changed', at, b === undefined ? 'nothing tells the gateway' : `the gateway stands in \`${b}\`, which was \`${a}\``);
};
