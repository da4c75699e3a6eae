import { DAY_MS, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import { canonicalise, type IdentifierKind } from '../policy/canonical/index.ts';
import { isBound, type Named, type People } from './control/index.ts';
import type { Value } from './json.ts';
import type { AttributeRule, EventRule, ViewRule } from './rules.ts';
import { textOf, timeAt, valueAt } from './times.ts';

/** What one record should look like in one view, by the raw data. `null` where the record does not say. */
export interface Projection {
  readonly subject: string | null;
  /** Whom a gate may take it to be of before its window ends; null where it has to block it at once. */
  readonly offered: string | null;
  /** What control records are looked up by. */
  readonly named: Named;
  readonly gateway: string | null;
  /** Device and event id: equal for repetitions of one event; null when the event has no id. */
  readonly event: string | null;
  /** First path level with a value for every attribute; -1 when none. */
  readonly start: number;
  /** Per path level the texts of the tuple as JSON; null below the start level. */
  readonly tuples: readonly (string | null)[];
  readonly sensitive: string | null;
  /** Hours since 1970 of the event; -1 when unknown. */
  readonly hour: number;
  /** NaN when unknown. */
  readonly eventMs: number;
  readonly future: boolean;
  readonly stale: boolean;
}

const FUTURE_MS = 5 * MINUTE_MS;

const kindAt = (event: EventRule, path: string): IdentifierKind => {
  const role = event.policy.fields[path];
  return (role?.role === 'identifier' ? role.kind : 'other') as IdentifierKind;
};

/** The canonical id at a path; null when it is missing or empty. */
const idAt = (event: EventRule, value: Value, path: string | undefined): string | null => {
  const text = path === undefined ? null : textOf(valueAt(value, path));
  return text === null || text === '' ? null : canonicalise(kindAt(event, path as string), text);
};

/** `wifi` gives the array, `wifi[].x` has no single value, `settings.theme` a key of a map. */
const inputsOf = (attribute: AttributeRule, value: Value): Map<string, Value | undefined> =>
  new Map(attribute.inputs.map(({ axis, path }) => [axis ?? '', valueAt(value, path)]));

export const eventInstant = (event: EventRule, value: Value): number => timeAt(value, event.eventTime) ?? Number.NaN;

const namedBy = (event: EventRule, value: Value): Named => {
  const { device, account, household } = event.policy;
  return {
    device: idAt(event, value, device),
    account: idAt(event, value, account),
    household: typeof household === 'object' ? idAt(event, value, household.trusted) : null,
  };
};

/** Where only bindings tell the household, a record without a device is of nobody, whatever they say. */
const offeredAs = (event: EventRule, view: ViewRule, value: Value, named: Named): string | null => {
  if (view.subject === 'device' || isBound(view)) return named.device;
  return view.household === 'gateway' ? idAt(event, value, event.policy.gateway) : named.household;
};

/**
 * Climbs every ladder of the view by hand and writes the tuple of each path level. `people` tells households where only bindings
 * do; without it nobody has one there.
 */
export const project = (
  event: EventRule,
  view: ViewRule,
  value: Value,
  appendMs: number,
  people: Pick<People, 'household'> | null = null,
): Projection => {
  const eventMs = eventInstant(event, value);
  const climbs = view.attributes.map((attribute) => attribute.climb.climb(inputsOf(attribute, value), appendMs, eventMs));
  const refused = climbs.some((climb) => climb === 'future');
  const tuples = view.path.map((levels) => {
    const texts = levels.map((level, a) => {
      const climb = climbs[a];
      if (climb === 'future') return null;
      return level === climb.length ? '*' : climb[level];
    });
    return texts.includes(null) ? null : JSON.stringify(texts);
  });
  const start = refused ? -1 : tuples.findIndex((tuple) => tuple !== null);
  const sensitive =
    view.sensitive === null ? null : view.sensitive.attribute.climb.climb(inputsOf(view.sensitive.attribute, value), appendMs, eventMs);
  const id = textOf(valueAt(value, event.policy.id));
  const named = namedBy(event, value);
  const offered = offeredAs(event, view, value, named);
  const windowEndMs = (Math.floor(appendMs / view.windowMs) + 1) * view.windowMs;
  const isTold = offered !== null && isBound(view);
  return {
    subject: isTold ? (people?.household(named, windowEndMs) ?? null) : offered,
    offered,
    named,
    gateway: idAt(event, value, event.policy.gateway),
    event: id === null ? null : JSON.stringify([idAt(event, value, event.policy.device), id]),
    start: view.location && Number.isNaN(eventMs) ? -1 : start,
    tuples: tuples.map((tuple, level) => (start >= 0 && level >= start ? tuple : null)),
    sensitive: sensitive === null || sensitive === 'future' ? null : sensitive[0],
    eventMs,
    hour: Number.isNaN(eventMs) ? -1 : Math.floor(eventMs / HOUR_MS),
    future: refused || (view.location && eventMs - appendMs > FUTURE_MS),
    stale: view.location && appendMs - eventMs > DAY_MS,
  };
};
