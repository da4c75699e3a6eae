import type { Derived } from '../../model/derived.ts';
import type { Ladder } from '../../model/ladder.ts';
import { type Attribute, attributesOf } from '../attributes.ts';
import { derivedOf, partPaths } from '../derived.ts';
import { type Leaf, leavesOf, type Resolved, resolveIn, SchemaError, schemaTree } from '../fields.ts';
import type { Locate } from '../locate.ts';
import type { PolicyPath } from '../report.ts';
import type { Policy, PolicyEvent, PolicyField, PolicyView } from '../shape.ts';
import { suggest } from '../suggest.ts';

/** What a policy is checked against; the caller reads the files. */
export interface Context {
  readonly file: string;
  readonly locate: Locate;
  /** Parsed JSON by the name that the policy gives; files that could not be read are not in it. */
  readonly schemas: ReadonlyMap<string, unknown>;
  /** Compiled ladders by name; ladders that did not compile are not in it. */
  readonly ladders: ReadonlyMap<string, Ladder>;
}

/** What the laws look at, worked out once. */
export interface Facts {
  readonly policy: Policy;
  readonly ladders: ReadonlyMap<string, Ladder>;
  readonly events: readonly EventFacts[];
  readonly views: readonly ViewFacts[];
}

export interface EventFacts {
  readonly name: string;
  readonly event: PolicyEvent;
  readonly schemas: readonly SchemaFacts[];
  /** Every schema could be read: only then does "no version has this field" mean anything. */
  readonly isComplete: boolean;
  /** Leaves of all versions by path, and the parts of texts that patterns take apart. */
  readonly leaves: ReadonlyMap<string, Leaf>;
  /** Roles by path. A path that no version has and that looks like a typo stands here under the path that was meant. */
  readonly fields: ReadonlyMap<string, FieldFacts>;
  readonly attributes: readonly Attribute[];
  /** What every schema version that has the path has there, or what a derived path stands for; empty when none has it. */
  resolve(path: string): readonly Resolved[];
  /** What a path stands for that is of no schema; null for all others. */
  derived(path: string): Derived | null;
}

export interface SchemaFacts {
  readonly file: string;
  readonly id: unknown;
  /** Null when the schema is unsupported (`problem` says why) or was not readable at all. */
  readonly tree: ReturnType<typeof schemaTree> | null;
  readonly problem: SchemaError | null;
}

export interface FieldFacts {
  readonly field: PolicyField;
  /** The path as the policy writes it. */
  readonly written: string;
  /** Where it stands in the policy. */
  readonly at: PolicyPath;
  /** No schema version has it. */
  readonly isUnknown: boolean;
}

export interface ViewFacts {
  readonly name: string;
  readonly view: PolicyView;
  readonly at: PolicyPath;
  /** Null when the view names no event of the policy. */
  readonly event: EventFacts | null;
  /** Attributes that its path names and the event has, in path order. */
  readonly attributes: readonly Attribute[];
  readonly sensitive: Attribute | null;
  /** A place is among its attributes. */
  readonly isPlace: boolean;
}

export const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

export const lastSegment = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

export const factsOf = (policy: Policy, context: Context): Facts => {
  const { ladders } = context;
  const events = Object.entries(policy.events).map(([name, event]) => eventFacts(name, event, context));
  const views = Object.entries(policy.views).map(([name, view]) => viewFacts(name, view, events, ladders));
  return { policy, ladders, events, views };
};

const schemaFacts = (file: string, schemas: ReadonlyMap<string, unknown>): SchemaFacts => {
  const json = schemas.get(file);
  if (json === undefined) return { file, id: undefined, tree: null, problem: null };
  const id = (json as { readonly schemaId?: unknown } | null)?.schemaId;
  try {
    const tree = schemaTree(json);
    leavesOf(tree);
    return { file, id, tree, problem: null };
  } catch (problem) {
    if (!(problem instanceof SchemaError)) throw problem;
    return { file, id, tree: null, problem };
  }
};

/** What text from around a value resolves to, and what part of one. */
const TEXT: Resolved = { kind: 'scalar', types: ['string'], symbols: [], optional: true, repeated: false, mapKey: false };

/** What a derived path resolves to: text, or what items of its list have as values. */
const resolveDerived = (
  derived: Derived,
  { cloudevents }: PolicyEvent,
  inSchema: (path: string) => readonly Resolved[],
): readonly Resolved[] => {
  if (derived.kind === 'item')
    return inSchema(`${derived.list}[].${derived.value}`).map((found) => ({ ...found, optional: true, repeated: false }));
  const { origin } = derived;
  // Names of attributes: CloudEvents 1.0, "Attribute Naming Convention".
  return origin.kind === 'attribute' && (cloudevents !== true || !/^[a-z0-9]+$/.test(origin.name)) ? [] : [TEXT];
};

const eventFacts = (name: string, event: PolicyEvent, context: Context): EventFacts => {
  const schemas = listOf(event.schema).map((file) => schemaFacts(file, context.schemas));
  const trees = schemas.flatMap(({ tree }) => (tree === null ? [] : [tree]));
  const inSchema = (path: string): readonly Resolved[] => trees.flatMap((tree) => resolveIn(tree, path) ?? []);
  const derived = (path: string): Derived | null => derivedOf(event, path);
  const resolve = (path: string): readonly Resolved[] => {
    const found = derived(path);
    return found === null ? inSchema(path) : resolveDerived(found, event, inSchema);
  };
  const isComplete = trees.length === schemas.length;
  const parts = partPaths(event).map((path): Leaf => ({ path, types: ['string'], optional: true, container: null, repeated: false }));
  // What a schema has under a name that is taken has an issue of its own.
  const free = trees.flatMap(leavesOf).filter(({ path }) => derived(path) === null);
  const leaves = new Map([...free, ...parts].map((leaf) => [leaf.path, leaf] as const));
  const fields = fieldFacts(name, event, leaves, isComplete ? resolve : null);
  const attributes = attributesOf({ fields: Object.fromEntries([...fields].map(([path, { field }]) => [path, field])) });
  return { name, event, schemas, isComplete, leaves, fields, attributes, resolve, derived };
};

const fieldFacts = (
  name: string,
  event: PolicyEvent,
  leaves: ReadonlyMap<string, Leaf>,
  resolve: ((path: string) => readonly Resolved[]) | null,
): Map<string, FieldFacts> => {
  const free = [...leaves.keys()].filter((path) => !Object.hasOwn(event.fields, path));
  const entries = Object.entries(event.fields).map(([written, field]): readonly [string, FieldFacts] => {
    const isUnknown = resolve !== null && resolve(written).length === 0;
    const meant = isUnknown ? suggest(written, free) : null;
    if (meant !== null) free.splice(free.indexOf(meant), 1);
    return [meant ?? written, { field, written, at: ['events', name, 'fields', written], isUnknown }];
  });
  return new Map(entries);
};

const viewFacts = (name: string, view: PolicyView, events: readonly EventFacts[], ladders: ReadonlyMap<string, Ladder>): ViewFacts => {
  const event = events.find((candidate) => candidate.name === view.event) ?? null;
  const known = event?.attributes ?? [];
  const names = new Set(view.path.flatMap((level) => Object.keys(level)));
  const attributes = [...names].flatMap((wanted) => known.find((attribute) => attribute.name === wanted) ?? []);
  const isPlace = attributes.some(({ ladder }) => ladders.get(ladder)?.technique === 'h3');
  return { name, view, at: ['views', name], event, attributes, sensitive: sensitiveOf(view, known), isPlace };
};

/** `sensitive` names an attribute, or a field of one. */
const sensitiveOf = (view: PolicyView, known: readonly Attribute[]): Attribute | null =>
  known.find(({ name }) => name === view.sensitive) ??
  known.find(({ inputs }) => inputs.some(({ path }) => path === view.sensitive)) ??
  null;
