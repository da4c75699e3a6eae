import fc from 'fast-check';
import t from 'tap';
import { SchemaError, type SchemaProblem } from '../../src/policy/schema-error.ts';
import { type SchemaNode, schemaTree } from '../../src/policy/schema-tree.ts';
import { anyRecord, anySpelling, type Part, type RecordModel, spell } from './schema-world.ts';

const RUNS = { numRuns: 500 };

/** The tree that a model is, by its own lights. */
const treeOf = ({ model, optional }: Part): SchemaNode => {
  switch (model.kind) {
    case 'record':
      return { kind: 'record', optional, fields: new Map(model.fields.map(([name, part]) => [name, treeOf(part)])) };
    case 'array':
      return { kind: 'array', optional, items: treeOf(model.items) };
    case 'map':
      return { kind: 'map', optional, values: treeOf(model.values) };
    case 'enum':
      return { kind: 'scalar', optional, types: ['enum'], symbols: model.symbols };
    default:
      return { kind: 'scalar', optional, types: model.types, symbols: [] };
  }
};

/** What became of a schema: its tree, or its problem and where. Anything else that is thrown is a bug. */
const told = (schema: unknown): string => {
  try {
    return schemaTree(schema).kind;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return `${error.code} at ${error.path}`;
  }
};

t.test('a tree is what its schema says, however that is spelled', async (t) => {
  fc.assert(
    fc.property(anyRecord, anySpelling, (model, spelling) => {
      t.strictSame(schemaTree(spell(model, spelling())), treeOf({ model, optional: false }));
    }),
    RUNS,
  );
});

interface TypePlace {
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

/** Everywhere below a schema that a type stands, the top aside: there another can be put. */
const typesBelow = (schema: unknown): TypePlace[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const owner = schema as Record<string, unknown>;
  if (Array.isArray(owner['fields'])) return owner['fields'].flatMap((field) => typesBelow(field));
  const keys = Array.isArray(schema) ? Object.keys(schema) : ['type', 'items', 'values'].filter((key) => Object.hasOwn(owner, key));
  return keys.flatMap((key) => [...(Object.hasOwn(owner, 'symbols') ? [] : [{ owner, key }]), ...typesBelow(owner[key])]);
};

t.test('a type that nobody defined is refused wherever it stands', async () => {
  fc.assert(
    fc.property(anyRecord, anySpelling, fc.nat(), fc.constantFrom('Nobody', 'n.T0x', '', 7, null, {}), (model, spelling, at, wrong) => {
      const schema = spell(model, spelling());
      const places = typesBelow(schema);
      if (places.length === 0) return true;
      const { owner, key } = places[at % places.length];
      owner[key] = wrong;
      return told(schema).startsWith('unknown-type at');
    }),
    RUNS,
  );
});

t.test('any JSON is a tree or a problem, and never an error of another kind', async () => {
  const words = fc.constantFrom('record', 'enum', 'fixed', 'array', 'map', 'int', 'null', 'R', 'a.R', '', '__proto__');
  const { schema } = fc.letrec<{ schema: unknown; field: unknown }>((tie) => ({
    field: fc.oneof(fc.record({ name: words, json: words, type: tie('schema') }, { requiredKeys: [] }), fc.jsonValue()),
    schema: fc.oneof(
      { maxDepth: 5 },
      words,
      fc.jsonValue(),
      fc.array(tie('schema'), { maxLength: 3 }),
      fc.record(
        {
          type: tie('schema'),
          name: fc.oneof(words, fc.jsonValue()),
          namespace: fc.oneof(words, fc.jsonValue()),
          fields: fc.oneof(fc.array(tie('field'), { maxLength: 3 }), fc.jsonValue()),
          items: tie('schema'),
          values: tie('schema'),
          symbols: fc.jsonValue(),
        },
        { requiredKeys: ['type'] },
      ),
    ),
  }));
  fc.assert(
    fc.property(schema, (any) => told(any) !== '' && told({ type: 'record', name: 'Top', fields: [{ name: 'a', type: any }] }) !== ''),
    { numRuns: 2000 },
  );
});

const record = (name: string, ...fields: readonly (readonly [string, unknown])[]) => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});

t.test('each problem is told with the path where it is', async (t) => {
  const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((items) => ({ type: 'array', items }), 'int' as unknown);
  const table: readonly (readonly [schema: unknown, problem: SchemaProblem, path: string])[] = [
    ['int', 'not-a-record', ''],
    [{ type: 'array', items: record('R') }, 'not-a-record', ''],
    [['null', record('R')], 'not-a-record', ''],
    [[record('R'), record('S')], 'not-a-record', ''],
    [null, 'unknown-type', ''],
    [record('R', ['a', record('S', ['b', { type: 'array', items: 'Nobody' }])]), 'unknown-type', 'a.b[]'],
    [record('R', ['a', record('S', ['b', ['null', 'R']])]), 'recursive', 'a.b'],
    [record('R', ['a', { type: 'map', values: 'R' }]), 'recursive', 'a'],
    [record('R', ['a', record('S', ['b.c', 'int'])]), 'bad-name', 'a'],
    [record('R', ['', 'int']), 'bad-name', ''],
    [record('R', ['a[]', 'int']), 'bad-name', ''],
    [record('R', ['a\u0000', 'int']), 'bad-name', ''],
    [{ type: 'record', fields: [] }, 'bad-name', ''],
    [record('R', ['a', { type: 'fixed', size: 4 }]), 'bad-name', 'a'],
    [record('R', ['a', 'int'], ['a', 'string']), 'doubled-name', ''],
    [record('R', ['a', record('S')], ['b', record('S')]), 'doubled-name', 'b'],
    [record('R', ['a', record('R')]), 'doubled-name', 'a'],
    [record('R', ['a', deep(200)]), 'too-large', `a${'[]'.repeat(127)}`],
  ];
  for (const [schema, problem, path] of table) t.equal(told(schema), `${problem} at ${path}`, JSON.stringify(schema)?.slice(0, 100));
  t.doesNotThrow(() => schemaTree(record('R', ['a', deep(40)])));
  t.equal(told(record('R', ['a', deep(100_000)])).slice(0, 9), 'too-large', 'and nothing overflows');
});

t.test('names are those of their namespaces', async (t) => {
  const inner = { ...record('Code', ['x', 'int']), namespace: 'inner' };
  const outer = { ...record('Code', ['y', 'int']), namespace: 'outer' };
  const fields = (tree: SchemaNode, ...path: readonly string[]): string[] => {
    const node = path.reduce((at, name) => (at as Extract<SchemaNode, { kind: 'record' }>).fields.get(name) as SchemaNode, tree);
    return node.kind === 'record' ? [...node.fields.keys()] : [node.kind];
  };
  const top = { ...record('Top', ['a', inner], ['b', outer], ['c', 'Code'], ['d', 'inner.Code'], ['e', 'outer.Code']), namespace: 'outer' };
  const tree = schemaTree(top);
  t.strictSame(['a', 'b', 'c', 'd', 'e'].map((name) => fields(tree, name).join()), ['x', 'y', 'y', 'x', 'y']); // biome-ignore format: a table
  t.equal(told({ ...record('Top', ['a', inner], ['b', 'Code']), namespace: 'outer' }), 'unknown-type at b', 'nothing is guessed');
  t.equal(told(record('a.b.Top', ['x', { ...record('S'), namespace: 'q' }], ['y', 'a.b.S'])), 'unknown-type at y');
  t.equal(told(record('a.b.Top', ['x', record('S')], ['y', 'a.b.S'])), 'record', 'the namespace is inherited');
});

t.test('a named type that is used twice is the same node twice, and null folds into whoever uses it', async (t) => {
  const model: RecordModel = { kind: 'record', fields: [['id', { model: { kind: 'scalar', types: ['int'] }, optional: false }]] };
  const named = spell(model, () => 0);
  const tree = schemaTree(record('Top', ['a', named], ['b', 'T0'], ['c', ['null', 'T0']]));
  const of = (name: string): SchemaNode => (tree as Extract<SchemaNode, { kind: 'record' }>).fields.get(name) as SchemaNode;
  t.equal(of('a'), of('b'));
  t.strictSame(of('c'), { ...of('a'), optional: true });
  t.notOk(of('a').optional);
});

t.test('unions: scalars are one node, the rest stays apart, null is no branch', async (t) => {
  const union = (...branches: readonly unknown[]): SchemaNode => {
    const tree = schemaTree(record('Top', ['u', branches])) as Extract<SchemaNode, { kind: 'record' }>;
    return tree.fields.get('u') as SchemaNode;
  };
  const scalar = (types: readonly string[], optional = false, symbols: readonly string[] = []) => ({
    kind: 'scalar',
    optional,
    types,
    symbols,
  });
  t.strictSame(union('null'), scalar([], true));
  t.strictSame(union('int', 'null', 'string', 'int'), scalar(['int', 'string'], true));
  t.strictSame(union('string', { type: 'enum', name: 'E', symbols: ['A'] }), scalar(['string', 'enum'], false, ['A']));
  t.match(union('int', record('R'), { type: 'map', values: 'int' }), {
    kind: 'union',
    optional: false,
    branches: [scalar(['int']), { kind: 'record' }, { kind: 'map' }],
  });
  t.match(union('null', record('R')), { kind: 'record', optional: true });
  t.strictSame(union({ type: ['null', 'int'] }, 'string'), scalar(['int', 'string'], true), 'a union in a wrapping');
});
