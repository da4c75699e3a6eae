import t from 'tap';
import { compileShape } from '../../src/decode/json-shape.ts';
import { schemaOf } from '../../src/verify/avro-schema.ts';
import { conforms } from '../../src/verify/conforms.ts';

const code = (namespace: string, ...symbols: readonly string[]) => ({ type: 'enum', name: 'Code', namespace, symbols });

t.test('a name stands for the type of its namespace, for the run and for the checker', async (t) => {
  const fields = [
    { name: 'a', type: code('inner', 'A') },
    { name: 'b', type: code('outer', 'B') },
    { name: 'c', type: { type: 'array', items: code('other', 'C') } },
    { name: 'own', type: ['null', 'Code'] },
    { name: 'full', type: 'inner.Code' },
    { name: 'below', type: { type: 'record', name: 'third.Below', fields: [{ name: 'd', type: code('third', 'D') }, { name: 'e', type: 'Code' }] } }, // biome-ignore format: a line
  ];
  const sound = { a: 'A', b: 'B', c: ['C'], own: 'B', full: 'A', below: { d: 'D', e: 'D' } };
  const values = [sound, { ...sound, own: 'C' }, { ...sound, own: 'A' }, { ...sound, full: 'B' }, { ...sound, below: { d: 'D', e: 'B' } }];
  for (const top of [{ name: 'Top', namespace: 'outer' }, { name: 'outer.Top' }]) {
    const json = { type: 'record', ...top, fields };
    const schema = schemaOf(json);
    const shape = compileShape(json);
    t.strictSame(values.map((value) => shape(value) === null), [true, false, false, false, false]); // biome-ignore format: a table
    t.strictSame(values.map((value) => conforms(schema, schema.root, value, new Set())), [true, false, false, false, false]); // biome-ignore format: a table
  }
});

t.test('a name without a namespace is found from within one', async (t) => {
  const inner = { type: 'record', name: 'n.Inner', fields: [{ name: 'b', type: 'Code' }] };
  const json = { type: 'record', name: 'Top', fields: [{ name: 'a', type: { type: 'enum', name: 'Code', symbols: ['A'] } }, { name: 'inner', type: inner }] }; // biome-ignore format: a line
  const schema = schemaOf(json);
  const value = { a: 'A', inner: { b: 'A' } };
  t.equal(compileShape(json)(value), null);
  t.ok(conforms(schema, schema.root, value, new Set()));
});
