import fc from 'fast-check';
import t from 'tap';
import { isWithin, leaves, leavesOf, MAX_PATHS, resolveIn, SchemaError, schemaTree, segmentsOf } from '../../src/policy/fields.ts';
import { anyRecord, anySpelling, leavesOfModel, pathsOfSample, sampleOf, spell } from './schema-world.ts';

const RUNS = { numRuns: 500 };

t.test('the leaves of a schema are those of what it says, however it is spelled', async (t) => {
  fc.assert(
    fc.property(anyRecord, anySpelling, (model, spelling) => {
      t.strictSame(leaves(spell(model, spelling())), leavesOfModel(model));
    }),
    RUNS,
  );
});

t.test('all data of any value stands at a leaf: nothing has no role', async () => {
  fc.assert(
    fc.property(anyRecord, anySpelling, anySpelling, (model, spelling, drawing) => {
      const known = new Set(leaves(spell(model, spelling())).map(({ path }) => path));
      return pathsOfSample(sampleOf({ model, optional: false }, drawing())).every((path) => known.has(path));
    }),
    RUNS,
  );
});

t.test('every leaf, and all above it, resolves to what it is', async () => {
  fc.assert(
    fc.property(anyRecord, anySpelling, (model, spelling) => {
      const tree = schemaTree(spell(model, spelling()));
      return leavesOf(tree).every((leaf) => {
        const found = resolveIn(tree, leaf.path);
        const same = leaf.container === 'map' ? found?.kind === 'map' : found?.types.join() === leaf.types.join();
        const segments = segmentsOf(leaf.path);
        const above = segments.every((_, i) => resolveIn(tree, written(segments.slice(0, i + 1))) !== null);
        return same && above && found?.optional === leaf.optional && found.repeated === leaf.repeated && !found.mapKey;
      });
    }),
    RUNS,
  );
});

/** Segments as a path: the other way of `segmentsOf`. */
const written = (segments: readonly string[]): string =>
  segments.reduce((path, segment) => (segment === '[]' ? `${path}[]` : path === '' ? segment : `${path}.${segment}`), '');

const anyPath = fc.array(fc.constantFrom('a', 'ab', 'b', '$c', '0', '[]'), { minLength: 1, maxLength: 5 });

t.test('what a schema has at any path is what the model has', async (t) => {
  const record = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }, { name: 'b', type: ['null', { type: 'map', values: 'string' }] }] }; // biome-ignore format: a line
  const tree = schemaTree({
    type: 'record',
    name: 'Top',
    fields: [
      { name: 'a', type: { type: 'array', items: record } },
      { name: 'b', type: 'R' },
      { name: 'u', type: ['null', 'long', 'R', { type: 'record', name: 'S', fields: [{ name: 'a', type: 'string' }] }] },
      { name: 'e', type: [{ type: 'enum', name: 'E', symbols: ['X', 'Y'] }, 'string'] },
    ],
  });
  const plain = { symbols: [], optional: false, repeated: false, mapKey: false };
  const table = {
    '': { kind: 'record', types: ['record'], ...plain },
    a: { kind: 'array', types: ['array'], ...plain },
    'a[]': { kind: 'record', types: ['record'], ...plain, repeated: true },
    'a[].a': { kind: 'scalar', types: ['int'], ...plain, repeated: true },
    'a[].b.anything': { kind: 'scalar', types: ['string'], ...plain, optional: true, repeated: true, mapKey: true },
    'b.a': { kind: 'scalar', types: ['int'], ...plain },
    'b.b': { kind: 'map', types: ['map'], ...plain, optional: true },
    u: { kind: 'union', types: ['long', 'record'], ...plain, optional: true },
    'u.a': { kind: 'scalar', types: ['int', 'string'], ...plain, optional: true },
    'u.b.key': { kind: 'scalar', types: ['string'], ...plain, optional: true, mapKey: true },
    e: { kind: 'scalar', types: ['enum', 'string'], ...plain, symbols: ['X', 'Y'] },
  };
  for (const [path, expected] of Object.entries(table)) if (path !== '') t.strictSame(resolveIn(tree, path), expected, path);
  for (const path of ['x', 'a.a', 'a[][]', 'a[].c', 'b.a.a', 'b.b[]', 'b.b.key.more', 'u[]', 'e.X', '[]', '', 'toString'])
    t.equal(resolveIn(tree, path), null, path);
});

t.test('paths and their segments are two spellings of one thing', async (t) => {
  fc.assert(
    fc.property(anyPath, (segments) => {
      t.strictSame(segmentsOf(written(segments)), segments);
    }),
    RUNS,
  );
  t.strictSame(segmentsOf('wifi[].bssid'), ['wifi', '[]', 'bssid']);
  t.strictSame(segmentsOf('a[][]'), ['a', '[]', '[]']);
});

t.test('a path is within another when it begins with its segments', async () => {
  fc.assert(
    fc.property(anyPath, anyPath, fc.boolean(), (own, other, extend) => {
      const path = extend ? [...other, ...own] : own;
      const starts = other.every((segment, i) => path[i] === segment);
      return isWithin(written(path), written(other)) === starts;
    }),
    RUNS,
  );
});

/** Each type holds two of the one before it: 2^n paths of n types. */
const doubling = (types: number): unknown => ({
  type: 'record',
  name: 'Top',
  fields: Array.from({ length: types }, (_, i) => ({
    name: `t${i}`,
    type: {
      type: 'record',
      name: `T${i}`,
      fields: ['x', 'y'].map((name) => ({ name, type: i === 0 ? 'int' : `T${i - 1}` })),
    },
  })),
});

t.test('types that double at every step are refused before they unfold', async (t) => {
  t.equal(leaves(doubling(8)).length, 2 ** 9 - 2);
  for (const types of [14, 30, 60])
    t.throws(() => leaves(doubling(types)), { name: 'SchemaError', code: 'too-large' }, `${types} types, ${MAX_PATHS} paths`);
});

t.test('fields of several records in one union share their path', async (t) => {
  const record = (name: string, type: string) => ({ type: 'record', name, fields: [{ name: 'id', type }] });
  const schema = { type: 'record', name: 'Top', fields: [{ name: 'who', type: [record('A', 'int'), record('B', 'string'), 'long'] }] };
  t.strictSame(
    leaves(schema).map(({ path, types, optional }) => [path, types.join(), optional]),
    [
      ['who', 'long', true],
      ['who.id', 'int', true],
      ['who.id', 'string', true],
    ],
  );
  t.throws(() => leaves('string'), new SchemaError('not-a-record', ''));
});
