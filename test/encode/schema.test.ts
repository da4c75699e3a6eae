import avro from 'avsc';
import t from 'tap';
import { authorisedSchema, outputJsonSchema, outputSchema, recordName } from '../../src/encode/schema.ts';
import { InvariantError } from '../../src/model/invariant.ts';
import { planOf, view } from './world.ts';

t.test('the schema is closed: window end, level, attributes in path order, sensitive field, pseudonym', async (t) => {
  const full = view({ pseudonym: 'class', attributes: [1, 0] });
  const schema = outputSchema(planOf(full), full);
  t.same(
    schema.fields.map(({ name, type }) => `${name}:${type}`),
    ['windowEnd:long', 'level:int', 'operation:string', 'model:string', 'result:string', 'pseudonym:string'],
  );
  t.equal(`${schema.namespace}.${schema.name}`, 'unjoin.view.FeatureUsage');
  t.doesNotThrow(() => avro.Type.forSchema(schema as unknown as avro.Schema));
});

t.test('what was authorised has a schema of its own, always with a pseudonym', async (t) => {
  for (const pseudonym of ['none', 'class'] as const) {
    const schema = authorisedSchema(planOf(view({ pseudonym })), view({ pseudonym }));
    t.same(
      schema.fields.map(({ name, type }) => `${name}:${type}`),
      ['windowEnd:long', 'level:int', 'model:string', 'operation:string', 'result:string', 'pseudonym:string'],
    );
    t.equal(`${schema.namespace}.${schema.name}`, 'unjoin.view.FeatureUsageAuthorised');
    t.doesNotThrow(() => avro.Type.forSchema(schema as unknown as avro.Schema));
  }
});

t.test('field docs name the ladder level of each path level', async (t) => {
  const { fields } = outputSchema(planOf(view()), view());
  t.match(fields[2].doc, '0 series, 1 brand, 2 brand');
  t.match(fields[3].doc, '0 operation, 1 group, 2 *');
});

t.test('the JSON schema has the same fields, all required, and no others', async (t) => {
  const schema = outputSchema(planOf(view()), view());
  const json = outputJsonSchema(schema);
  t.equal(json.additionalProperties, false);
  t.same(
    json.required,
    schema.fields.map(({ name }) => name),
  );
  t.same(Object.keys(json.properties), json.required);
  t.same(new Set(Object.values(json.properties).map(({ type }) => type)), new Set(['integer', 'string']));
});

t.test('record names are Avro names', async (t) => {
  t.equal(recordName('feature-usage'), 'FeatureUsage');
  t.equal(recordName('presence_by.area'), 'PresenceByArea');
  t.equal(recordName('24h-usage'), 'View24hUsage');
});

t.test('two fields of one name, or a name that Avro does not allow, make no schema', async (t) => {
  const clash = view({ sensitive: { name: 'model', attribute: 0, revealing: [], topShare: 0.5 } });
  t.throws(() => outputSchema(planOf(clash), clash), InvariantError);
  const odd = view({ sensitive: { name: '$uuid', attribute: 3, revealing: [], topShare: 0.5 } });
  t.throws(() => outputSchema(planOf(odd), odd), InvariantError);
});
