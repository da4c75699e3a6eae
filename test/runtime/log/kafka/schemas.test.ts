import t from 'tap';
import { planSchemas, type SchemaName, schemaNameOf, schemaOfHeader } from '../../../../src/runtime/log/kafka/schemas.ts';
import { planOf, READING } from '../../../decode/plans.ts';
import { runOf } from './run.ts';

const GUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const byGuid = Buffer.concat([Buffer.from([1]), GUID]);
const header = (value: Buffer | string) => ['__value_schema_id', value] as const;
const prefix = (id: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeInt32BE(id, 1);
  return bytes;
};

t.test("the schema that a record's header names, as Confluent's deserialisers read it", async (t) => {
  const value = Buffer.from('x');
  const told = (...headers: (readonly [string, string | Buffer])[]): SchemaName | null => schemaOfHeader(runOf([{ value, headers }]), 0);
  t.equal(told(), null);
  t.equal(told(['other', 'x'], ['__key_schema_id', byGuid]), null, "the key's schema is another matter");
  t.equal(told(header(byGuid)), GUID.toString('hex'));
  t.equal(told(header(prefix(258).subarray(0, 5))), 258, 'an id');
  t.equal(told(header('first'), ['client', 'c'], header(byGuid)), GUID.toString('hex'), 'the last one counts');
  for (const odd of [
    Buffer.alloc(0),
    byGuid.subarray(0, 16),
    Buffer.concat([byGuid, GUID]),
    prefix(1).subarray(0, 4),
    Buffer.from([2]),
    'text',
  ])
    t.equal(told(header(odd)), 'unreadable');
});

t.test('headers that do not fit are the fault of their record alone', async (t) => {
  const run = runOf([{ value: Buffer.from('x'), headers: [header(byGuid)] }, { value: prefix(3) }]);
  run.bytes[run.headersStart[0]] = 40;
  t.equal(schemaOfHeader(run, 0), 'unreadable');
  t.strictSame([schemaNameOf(run, 0), schemaNameOf(run, 1)], [null, 3]);
});

t.test('the name that a record needs, if it needs one', async (t) => {
  const guid = GUID.toString('hex');
  const run = runOf([
    { value: Buffer.from('{}') },
    { value: prefix(7) },
    { value: null, headers: [header(byGuid)] },
    { value: prefix(8), headers: [header(byGuid)] },
    { value: Buffer.from('x'), headers: [header(byGuid)] },
    { value: prefix(7), headers: [header('?')] },
    { value: Buffer.from([0, 0, 0]) },
    { value: Buffer.alloc(0) },
  ]);
  const names = Array.from({ length: run.count }, (_, row) => schemaNameOf(run, row));
  t.strictSame(names, [null, 7, null, guid, guid, null, null, null]);
});

t.test("the plan's own ids, and no others", async (t) => {
  const other = { ...READING, name: 'Other', schemaId: 9 };
  const idOf = planSchemas(
    planOf([{ schemas: [{ ...READING, schemaId: undefined }, READING] }, { name: 'other', schemas: [other, READING] }]),
  );
  t.equal(idOf(7), 1, 'the first of those that share it: decode knows the others by their form');
  t.equal(idOf(9), 2);
  t.equal(idOf(8), null);
  t.equal(idOf(GUID.toString('hex')), null);
});
