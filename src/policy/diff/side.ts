import { type Attribute, attributesOf } from '../attributes.ts';
import { list } from '../derived.ts';
import type { Policy, PolicyEvent, PolicyLadder, PolicyView } from '../shape.ts';

/** A table file, taken apart by whoever reads files. */
export interface TableText {
  /** Names of the levels, finest first. */
  readonly levels: readonly string[];
  /** Rows of listed values, one cell a level. */
  readonly rows: readonly (readonly string[])[];
  /** The row of all other values; blank cells are levels at which they have no value. */
  readonly rest: readonly string[];
}

/** A policy and what its files say. What is not there cannot be judged, and then counts as loosening where it differs. */
export interface Side {
  readonly policy: Policy;
  /** Every text that the plan's digest covers, by the path that the policy gives, the policy itself left out. */
  readonly texts: ReadonlyMap<string, string>;
  /** Tables of ladders, by path. */
  readonly tables: ReadonlyMap<string, TableText>;
  /** Schemas as JSON, by path. */
  readonly schemas: ReadonlyMap<string, unknown>;
}

/** A side, and what follows from it. */
export interface Resolved extends Side {
  event(name: string): PolicyEvent | undefined;
  attributes(event: string): readonly Attribute[];
  ladder(name: string): PolicyLadder | undefined;
  /** Names of a ladder's levels, finest first; empty when they cannot be told. */
  levels(ladder: string): readonly string[];
}

const own = <T>(map: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

export const namesOf = (schema: PolicyEvent['schema']): readonly string[] => list(schema);

/** Levels that a ladder says itself; a table's stand in its file. */
const levelsOf = (ladder: PolicyLadder | undefined, tables: Side['tables']): readonly string[] => {
  if (ladder === undefined) return [];
  if ('table' in ladder) return tables.get(ladder.table)?.levels ?? [];
  if ('version' in ladder) return ladder.version;
  if ('h3' in ladder) return ladder.h3.map((resolution) => `r${resolution}`);
  if ('time' in ladder) return ladder.time;
  if ('language' in ladder) return ladder.language;
  return 'ip' in ladder ? ladder.ip : ['bucket'];
};

export const resolve = (side: Side): Resolved => {
  const { events, ladders } = side.policy;
  const attributes = new Map(Object.entries(events).map(([name, event]) => [name, attributesOf(event)]));
  const ladder = (name: string): PolicyLadder | undefined => own(ladders, name);
  return {
    ...side,
    event: (name) => own(events, name),
    attributes: (event) => attributes.get(event) ?? [],
    ladder,
    levels: (name) => levelsOf(ladder(name), side.tables),
  };
};

/** What an attribute reads: the same fields on the same axes are the same attribute, whatever it is called. */
export const identityOf = ({ inputs }: Attribute): string => JSON.stringify(inputs.map(({ path, axis }) => [path, axis]).sort());

export const techniqueOf = (ladder: PolicyLadder | undefined): string =>
  ['table', 'version', 'h3', 'time', 'buckets', 'language', 'ip', 'count'].find((key) => ladder !== undefined && key in ladder) ?? '';

/** The attribute that a view names as its sensitive one, by its name or by a field of it. */
export const sensitiveOf = (view: PolicyView, { attributes }: Resolved): Attribute | null =>
  attributes(view.event).find(({ name }) => name === view.sensitive) ??
  attributes(view.event).find(({ inputs }) => inputs.some(({ path }) => path === view.sensitive)) ??
  null;
