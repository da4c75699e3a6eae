import fc from 'fast-check';
import type { Leaf } from '../../src/policy/fields.ts';

/** What a schema says, without Avro's ways of saying it: the same model can be spelled in many ways. */
export type Model =
  | { readonly kind: 'scalar'; readonly types: readonly string[] }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: Part }
  | { readonly kind: 'map'; readonly values: Part }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [name: string, part: Part])[] };

/** A model that can be null. */
export interface Part {
  readonly model: Model;
  readonly optional: boolean;
}

export type RecordModel = Extract<Model, { kind: 'record' }>;

const PRIMITIVES = ['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
const NAMES = ['id', 'mac', 'gps', 'lat', 'wifi', '$uuid', 'naïve', 'toString', '__proto__', '0'];

const models = fc.letrec<{ model: Model; part: Part; record: RecordModel }>((tie) => ({
  part: fc.record({ model: tie('model'), optional: fc.boolean() }),
  record: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), tie('part')), { maxLength: 3, selector: ([name]) => name })
    .map((fields) => ({ kind: 'record', fields })),
  model: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.uniqueArray(fc.constantFrom(...PRIMITIVES), { minLength: 1, maxLength: 2 }).map((types): Model => ({ kind: 'scalar', types })),
    fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1 }).map((symbols): Model => ({ kind: 'enum', symbols })),
    tie('part').map((items): Model => ({ kind: 'array', items })),
    tie('part').map((values): Model => ({ kind: 'map', values })),
    tie('record'),
  ),
}));

/** The record at the top of an event. */
export const anyRecord = models.record;

/** Takes the next of some drawn numbers, below `options`: how something is spelled. */
type Choose = (options: number) => number;

/** Ways to spell: an endless list that begins with drawn numbers. */
export const anySpelling = fc.array(fc.nat(11), { maxLength: 40 }).map((drawn) => (): Choose => {
  let at = 0;
  return (options) => (drawn[at++] ?? 0) % options;
});

const wrapped = (schema: unknown, choose: Choose): unknown => {
  const way = choose(4);
  if (way === 0 || Array.isArray(schema)) return schema;
  if (way === 1) return typeof schema === 'string' ? { type: schema } : schema;
  return { type: schema, doc: 'a text', ...(way === 2 ? { logicalType: 'of-ours' } : {}) };
};

/** Writes a model as the JSON of an `.avsc`, in one of the many ways. Named types get names and namespaces of their own. */
export const spell = (model: RecordModel, choose: Choose): unknown => {
  let named = 0;
  const name = () => ({ name: `T${named++}`, ...(choose(3) === 1 ? { namespace: `n${choose(3)}` } : {}) });
  const bare = (of: Model): unknown => {
    switch (of.kind) {
      case 'scalar':
        return of.types.length === 1 ? of.types[0] : of.types;
      case 'enum':
        return { type: 'enum', ...name(), symbols: of.symbols };
      case 'array':
        return { type: 'array', items: part(of.items) };
      case 'map':
        return { type: 'map', values: part(of.values) };
      case 'record':
        return {
          type: 'record',
          ...name(),
          fields: of.fields.map(([field, own]) => ({
            ...(choose(2) === 0 ? { name: field } : { name: 'other', json: field }),
            type: part(own),
          })),
        };
      default:
        return of satisfies never;
    }
  };
  const part = ({ model: own, optional }: Part): unknown => {
    const schema = wrapped(bare(own), choose);
    if (!optional) return schema;
    const branches = Array.isArray(schema) ? schema : [schema];
    return choose(2) === 0 ? ['null', ...branches] : [...branches, 'null'];
  };
  return bare(model);
};

const kindsOf = (model: Model): readonly string[] => (model.kind === 'scalar' ? model.types : [model.kind]);

/** The leaves of a model, by its own lights. */
export const leavesOfModel = (model: Model, path = '', optional = false, repeated = false): Leaf[] => {
  const below = (part: Part, at: string, many: boolean): Leaf[] => leavesOfModel(part.model, at, optional || part.optional, many);
  switch (model.kind) {
    case 'record':
      return model.fields.flatMap(([name, part]) => below(part, path === '' ? name : `${path}.${name}`, repeated));
    case 'array':
      return below(model.items, `${path}[]`, true);
    case 'map':
      return [{ path, types: kindsOf(model.values.model), optional, container: 'map', repeated }];
    default:
      return [{ path, types: kindsOf(model), optional, container: repeated ? 'array' : null, repeated }];
  }
};

/** A value that a model allows, as JSON would have it: null where it may be, lists and maps of a few. */
export const sampleOf = ({ model, optional }: Part, choose: Choose): unknown => {
  if (optional && choose(3) === 0) return null;
  switch (model.kind) {
    case 'record':
      return new Map(model.fields.map(([name, part]) => [name, sampleOf(part, choose)]));
    case 'array':
      return Array.from({ length: choose(3) }, () => sampleOf(model.items, choose));
    case 'map':
      return { map: Array.from({ length: choose(3) }, () => sampleOf(model.values, choose)) };
    default:
      return 'x';
  }
};

/** Paths at which a sample has data; a map is data as a whole. */
export const pathsOfSample = (value: unknown, path = ''): string[] => {
  if (value === null) return [];
  if (value instanceof Map) return [...value].flatMap(([name, own]) => pathsOfSample(own, path === '' ? name : `${path}.${name}`));
  return Array.isArray(value) ? value.flatMap((item) => pathsOfSample(item, `${path}[]`)) : [path];
};
