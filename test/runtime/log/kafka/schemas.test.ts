import t from 'tap';
import {
  planSchemas,
  resolveSchemas,
  type SchemaAnswer,
  type SchemaName,
  schemaOfHeader,
} from '../../../../src/runtime/log/kafka/schemas.ts';
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
  t.strictSame([...(await resolveSchemas(run, { resolve: async () => 5 }))], [[3, 5]]);
});

t.test('each name of a run is asked for once, and only for values that need it', async (t) => {
  const asked: SchemaName[] = [];
  const answers: Readonly<Record<string, SchemaAnswer>> = { 7: 2, [GUID.toString('hex')]: 0 };
  const resolver = {
    async resolve(name: SchemaName): Promise<SchemaAnswer> {
      asked.push(name);
      return answers[name] ?? 'unknown';
    },
  };
  const run = runOf([
    { value: Buffer.from('{}') },
    { value: prefix(7) },
    { value: null, headers: [header(byGuid)] },
    { value: prefix(9) },
    { value: prefix(7) },
    { value: prefix(8), headers: [header(byGuid)] },
    { value: Buffer.from([0, 0, 0]) },
    { value: Buffer.alloc(0) },
  ]);
  const found = await resolveSchemas(run, resolver);
  t.strictSame([...found], [[7, 2], [9, null], [GUID.toString('hex'), 0]]); // biome-ignore format: a line
  t.strictSame(asked, [7, 9, GUID.toString('hex')]);
});

t.test('while nobody can tell, the task waits: nothing of the run passes', async (t) => {
  const run = runOf([{ value: prefix(7) }, { value: prefix(8) }]);
  const resolve = async (name: SchemaName): Promise<SchemaAnswer> => (name === 8 ? 'unavailable' : 0);
  await t.rejects(resolveSchemas(run, { resolve }), { name: 'TransportError', code: 'unreachable', canRetry: true });
});

t.test("the plan's own ids, and no others", async (t) => {
  const other = { ...READING, name: 'Other', schemaId: 9 };
  const { resolve } = planSchemas(
    planOf([{ schemas: [{ ...READING, schemaId: undefined }, READING] }, { name: 'other', schemas: [other, READING] }]),
  );
  t.equal(await resolve(7), 1, 'the first of those that share it: decode knows the others by their form');
  t.equal(await resolve(9), 2);
  t.equal(await resolve(8), 'unknown');
  t.equal(await resolve(GUID.toString('hex')), 'unknown');
});
