/**
 * Paths of an Avro schema. One grammar for policy, decode and checker: names joined by dots, `[]` for the items of an
 * array, a key of a map as one more segment (`gps.lat`, `wifi[].bssid`, `settings.theme`). A field that carries
 * `"json": "$uuid"` goes by that name (JSON names that Avro does not allow).
 */
import { SchemaError } from './schema-error.ts';
import { MAX_DEPTH, type SchemaNode, schemaTree } from './schema-tree.ts';

export { SchemaError } from './schema-error.ts';
export { type SchemaNode, schemaTree } from './schema-tree.ts';

/** A path at which data can stand: a scalar, or a map as a whole (its keys are data too). Each needs a role. */
export interface Leaf {
  readonly path: string;
  /** Avro type names that the value can have, without `null`; of a map's values when `container` is `map`. */
  readonly types: readonly string[];
  /** The value, or something around it, can be null. */
  readonly optional: boolean;
  /** `map`: the whole map; `array`: an item of an array or below one; null: one value a record. */
  readonly container: 'map' | 'array' | null;
  /** An array lies above it, so that one record can have many. */
  readonly repeated: boolean;
}

/** What stands at a path, whether it is a leaf or holds leaves. */
export interface Resolved {
  readonly kind: SchemaNode['kind'];
  /** Avro type names without `null`; the kind itself for records, arrays and maps, and all of these for a union of them. */
  readonly types: readonly string[];
  /** Symbols when an enum is among the types. */
  readonly symbols: readonly string[];
  readonly optional: boolean;
  readonly repeated: boolean;
  /** The path passes through a key of a map: that key may be missing in any record. */
  readonly mapKey: boolean;
}

/** Paths that a schema may unfold to, leaves or not: named types that use each other twice double them at every step. */
export const MAX_PATHS = 10_000;

/** Leaves of a schema (parsed JSON of an `.avsc`), in schema order. Throws `SchemaError` for what has no finite paths. */
export const leaves = (schema: unknown): Leaf[] => leavesOf(schemaTree(schema));

/** The same for a tree that was made already. */
export const leavesOf = (tree: SchemaNode): Leaf[] => {
  const found: Leaf[] = [];
  let visited = 0;
  const walk = (node: SchemaNode, path: string, optional: boolean, repeated: boolean, depth: number): void => {
    if (++visited > MAX_PATHS || depth > MAX_DEPTH) throw new SchemaError('too-large', path);
    const isOptional = optional || node.optional;
    if (node.kind === 'record') {
      for (const [name, field] of node.fields) walk(field, path === '' ? name : `${path}.${name}`, isOptional, repeated, depth + 1);
      return;
    }
    if (node.kind === 'array') {
      walk(node.items, `${path}[]`, isOptional, true, depth + 1);
      return;
    }
    if (node.kind === 'union') {
      for (const branch of node.branches) walk(branch, path, true, repeated, depth + 1);
      return;
    }
    const types = node.kind === 'map' ? typesOf(node.values) : node.types;
    const container = node.kind === 'map' ? 'map' : repeated ? 'array' : null;
    found.push({ path, types, optional: isOptional, container, repeated });
  };
  walk(tree, '', false, false, 0);
  return found;
};

/** What a schema has at a path; null when it has nothing there. */
export const resolveIn = (tree: SchemaNode, path: string): Resolved | null => {
  const found = descend(tree, segmentsOf(path), { optional: false, repeated: false, mapKey: false });
  if (found.length < 2) return found[0] ?? null;
  // Several records of one union have the field.
  return {
    kind: found.every(({ kind }) => kind === found[0].kind) ? found[0].kind : 'union',
    types: [...new Set(found.flatMap(({ types }) => types))],
    symbols: found.flatMap(({ symbols }) => symbols),
    optional: true,
    repeated: found.some(({ repeated }) => repeated),
    mapKey: found.some(({ mapKey }) => mapKey),
  };
};

type Passed = Pick<Resolved, 'optional' | 'repeated' | 'mapKey'>;

const descend = (node: SchemaNode, segments: readonly string[], passed: Passed): Resolved[] => {
  const [segment, ...rest] = segments;
  const here = { ...passed, optional: passed.optional || node.optional };
  if (segment === undefined)
    return [{ kind: node.kind, types: typesOf(node), symbols: node.kind === 'scalar' ? node.symbols : [], ...here }];
  switch (node.kind) {
    case 'scalar':
      return [];
    case 'union':
      return node.branches.flatMap((branch) => descend(branch, segments, { ...here, optional: true }));
    case 'array':
      return segment === '[]' ? descend(node.items, rest, { ...here, repeated: true }) : [];
    case 'map':
      return segment === '[]' ? [] : descend(node.values, rest, { ...here, optional: true, mapKey: true });
    case 'record': {
      const field = node.fields.get(segment);
      return field === undefined ? [] : descend(field, rest, here);
    }
    default:
      return node satisfies never;
  }
};

/** `wifi[].bssid` as `['wifi', '[]', 'bssid']`. */
export const segmentsOf = (path: string): string[] =>
  path.split('.').flatMap((part) => {
    const name = part.replace(/(\[\])+$/, '');
    const depth = (part.length - name.length) / 2;
    return [...(name === '' && depth > 0 ? [] : [name]), ...Array.from({ length: depth }, () => '[]')];
  });

/** True when `path` is `above` or lies below it. */
export const isWithin = (path: string, above: string): boolean =>
  path === above || (path.startsWith(above) && (path[above.length] === '.' || path.startsWith('[]', above.length)));

const typesOf = (node: SchemaNode): readonly string[] => {
  if (node.kind === 'union') return [...new Set(node.branches.flatMap(typesOf))];
  return node.kind === 'scalar' ? node.types : [node.kind];
};
