import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { type AvroNamed, type AvroSchema, jsonName } from '../../src/decode/avro-schema.ts';
import { encode, valuesOf } from './avro.ts';
import { batchOf, outcomeOf, planOf, prefixed } from './plans.ts';

/** Paths of a schema with a kind that fits what stands there; map keys are those that `valuesOf` makes. */
const fieldsOf = (schema: AvroSchema, path = ''): string[] => {
  if (Array.isArray(schema)) return schema.flatMap((branch) => fieldsOf(branch, path));
  const type = typeof schema === 'string' ? schema : (schema as AvroNamed).type;
  switch (type) {
    case 'null':
      return [];
    case 'record':
      return ((schema as AvroNamed).fields ?? []).flatMap((field) =>
        fieldsOf(field.type, path === '' ? jsonName(field) : `${path}.${jsonName(field)}`),
      );
    case 'array':
      return [`${path} count`];
    case 'map':
      return [`${path} count`, `${path}.theme`, `${path}.ä`];
    case 'boolean':
    case 'int':
    case 'long':
    case 'double':
      return [path, `${path} number`];
    default:
      return typeof type === 'string' ? [path] : fieldsOf(type, path);
  }
};

const folder = new URL('../../schemas/source/', import.meta.url);
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.avsc'));

t.test('every source schema of the project: JSON and Avro give the same columns, at every path', async (t) => {
  t.ok(files.length >= 9);
  for (const file of files) {
    const schema: AvroNamed = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    const fields = [...new Set(fieldsOf(schema))];
    const plan = planOf([{ schemas: [schema], fields, when: null, eventTime: null }], { recordBytes: 1 << 16, stringBytes: 1 << 12 });
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const asJson = outcomeOf(plan, batchOf([Buffer.from(JSON.stringify(value))], { form: 'json' }));
        const asAvro = outcomeOf(plan, batchOf([prefixed(schema.schemaId ?? -1, encode(schema, value))], { form: 'avro' }));
        return asJson.rows.length === 1 && JSON.stringify(asAvro) === JSON.stringify(asJson);
      }),
      { numRuns: 25 },
    );
    t.ok(fields.length > 5, `${file}: ${fields.length} paths`);
  }
});

t.test('names that Avro does not allow are reached by their JSON names, in both forms', async (t) => {
  const schema: AvroNamed = {
    type: 'record',
    name: 'Phone',
    schemaId: 3,
    fields: [
      { name: 'user_id', type: { type: 'record', name: 'User', fields: [{ name: 'uuid', json: '$uuid', type: 'string' }] } },
      { name: 'oid', json: '$oid', type: 'string' },
    ],
  };
  const plan = planOf([{ schemas: [schema], fields: ['user_id.$uuid', '$oid', 'user_id.uuid', 'oid'], eventTime: null }]);
  const value = { user_id: { $uuid: 'u' }, $oid: 'o' };
  for (const [form, bytes] of [
    ['json', Buffer.from(JSON.stringify(value))],
    ['avro', prefixed(3, encode(schema, value))],
  ] as const) {
    t.same(outcomeOf(plan, batchOf([bytes], { form })).rows[0].values, ['u', 'o', null, null], form);
  }
  const { faults } = outcomeOf(plan, batchOf([Buffer.from('{"user_id":{"uuid":"u"},"$oid":"o"}')], { form: 'json' }));
  t.equal(faults[0].fault, 'unknown-field', 'the Avro name is none in JSON');
});

t.test('what the plan does not look at is nowhere in the columns', async (t) => {
  const schema = { type: 'record', name: 'R', schemaId: 3, fields: ['seen', 'hidden'].map((name) => ({ name, type: 'string' })) };
  const plan = planOf([{ schemas: [schema], fields: ['seen'], eventTime: null }]);
  const value = { seen: 'visible', hidden: 'canary-4711' };
  for (const [form, bytes] of [
    ['json', Buffer.from(JSON.stringify(value))],
    ['avro', prefixed(3, encode(schema as never, value))],
  ] as const) {
    t.same(outcomeOf(plan, batchOf([bytes], { form })).rows[0].values, ['visible'], form);
  }
});
