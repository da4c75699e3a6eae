import fc from 'fast-check';
import t from 'tap';
import { faultOf } from '../../../../src/decode/faults.ts';
import type { SourceBatch } from '../../../../src/model/record.ts';
import { frameRun } from '../../../../src/runtime/log/kafka/frame.ts';
import { fixedNames } from '../../../../src/runtime/log/kafka/names.ts';
import type { SchemaAnswers, SchemaName } from '../../../../src/runtime/log/kafka/schemas.ts';
import { encode } from '../../../decode/avro.ts';
import { outcomeOf, planOf, prefixed, READING } from '../../../decode/plans.ts';
import { runOf } from './run.ts';
import type { TestRecord } from './wire/encode.ts';

const OF = { topic: 'telemetry.reading', partition: 3 };
const NEXT = { ...READING, schemaId: 8, fields: [...READING.fields, { name: 'unit', type: 'string' }] };
const plan = planOf([{ schemas: [READING, NEXT], fields: ['id', 'level number'] }]);

const GUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
/** A registry that knows other ids than the plan: 70 and 80 are its two schemas, a GUID is the second one. */
const KNOWN: ReadonlyMap<SchemaName, number> = new Map<SchemaName, number>([[70, 0], [80, 1], [GUID.toString('hex'), 1]]); // biome-ignore format: a line
const answers: SchemaAnswers = (name) => KNOWN.get(name) ?? null;

const event = (id: string) => ({ id, at: 5, level: 1.5 });
const datum = (id: string): Buffer => encode(READING, event(id));
const next = (id: string): Buffer => encode(NEXT, { ...event(id), unit: 'C' });
const header = (value: Buffer) => ['__value_schema_id', value] as const;
const byGuid = header(Buffer.concat([Buffer.from([1]), GUID]));
const json = (id: string): Buffer => Buffer.from(` \n{"id":"${id}","at":5,"level":1.5}`);

const frames = (records: readonly TestRecord[], known = answers): SourceBatch[] => frameRun(runOf(records), 4, OF, known);

const shapeOf = ({ form, schema, count, fault }: SourceBatch): string =>
  `${form} ${schema} x${count}${[...fault].map((code) => (code === 0 ? '' : ` ${faultOf(code).name}`)).join('')}`;

/** What decode makes of the batches: ids of events and names of faults, in order. */
const decoded = (batches: readonly SourceBatch[]): string[] =>
  batches.flatMap((batch) => {
    const { rows, faults } = outcomeOf(plan, batch);
    const told = new Map<number, string>([
      ...rows.map(({ record, values }) => [record, `${values[0]}`] as const),
      ...faults.map(({ record, fault }) => [record, fault] as const),
    ]);
    return Array.from({ length: batch.count }, (_, record) => told.get(record) ?? 'lost');
  });

t.test('every form of a value is read by the schema that it names', async (t) => {
  const records: TestRecord[] = [
    { value: json('a') },
    { value: prefixed(70, datum('b')) },
    { value: prefixed(70, datum('c')) },
    { value: prefixed(80, next('d')) },
    { value: next('e'), headers: [byGuid] },
    { value: json('f'), headers: [['client', 'c-1']] },
    { value: prefixed(70, datum('g')) },
  ];
  const batches = frames(records);
  t.strictSame(batches.map(shapeOf), ['json -1 x1', 'avro 0 x2', 'avro 1 x1', 'datum 1 x1', 'json -1 x1', 'avro 0 x1']);
  t.strictSame(decoded(batches), ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  t.match(
    batches,
    Array.from(batches, () => ({ source: 4, ...OF, bare: false })),
  );
  t.strictSame(batches.flatMap(({ offset }) => [...offset]), [100, 101, 102, 103, 104, 105, 106]); // biome-ignore format: a line
  t.ok(batches.every(({ appendMs }) => appendMs.every((ms) => ms === 1_700_000_000_000)));
});

t.test('what cannot be read is a fault, and never passes as another form', async (t) => {
  const cases: readonly (readonly [string, TestRecord, string])[] = [
    ['an id that nobody knows', { value: prefixed(7, datum('x')) }, 'unknown-schema'],
    ['a GUID that nobody knows', { value: json('x'), headers: [header(Buffer.alloc(17, 1))] }, 'unknown-schema'],
    ['a header that is no name', { value: json('x'), headers: [header(Buffer.from('?'))] }, 'unknown-schema'],
    ['a zero byte and less than an id', { value: Buffer.from([0, 0, 0]) }, 'no-prefix'],
    ['no value', { value: null }, 'no-value'],
    ['no value, but a schema', { value: null, headers: [byGuid] }, 'no-value'],
    ['no byte', { value: Buffer.alloc(0) }, 'bad-json'],
    ['a JSON array', { value: Buffer.from('[]') }, 'not-an-object'],
    ['bare Avro without a name', { value: datum('x') }, 'bad-json'],
    ['a prefix alone', { value: prefixed(70, Buffer.alloc(0)) }, 'bad-avro'],
    ['a prefix where the header names the schema', { value: prefixed(80, next('x')), headers: [byGuid] }, 'bad-avro'],
    ['JSON where the header names the schema', { value: json('x'), headers: [byGuid] }, 'bad-avro'],
  ];
  for (const [what, record, fault] of cases) {
    const [told] = decoded(frames([record]));
    if (fault === 'bad-avro') t.match(told, /^(avro-|bad-|string-|unknown-|too-)/, what);
    else t.equal(told, fault, what);
  }
});

t.test('faults lie in the batch that they stand in, and cut nothing', async (t) => {
  const lost = { value: prefixed(999, datum('x')) };
  const batches = frames([
    lost,
    { value: prefixed(70, datum('a')) },
    lost,
    { value: prefixed(70, datum('b')) },
    lost,
    { value: json('c') },
  ]);
  t.strictSame(batches.map(shapeOf), ['avro 0 x5 unknown-schema unknown-schema unknown-schema', 'json -1 x1']);
  t.strictSame(decoded(batches), ['unknown-schema', 'a', 'unknown-schema', 'b', 'unknown-schema', 'c']);
  t.strictSame(frames([lost, lost]).map(shapeOf), ['json -1 x2 unknown-schema unknown-schema']);
});

t.test("a folder's ids are those of the plan, and it has no GUIDs", async (t) => {
  const known = await fixedNames(plan).learn([], []);
  const batches = frames(
    [{ value: json('a') }, { value: null }, { value: prefixed(7, datum('b')) }, { value: prefixed(70, datum('c')) }, { value: next('d'), headers: [byGuid] }],
    known?.(0),
  );
  t.strictSame(batches.map(shapeOf), ['json -1 x2', 'avro 0 x3 unknown-schema unknown-schema']);
  t.strictSame(decoded(batches), ['a', 'no-value', 'b', 'unknown-schema', 'unknown-schema']);
}); // biome-ignore format: long lines

t.test('what a name stands for may depend on where the record lies', async (t) => {
  const later: SchemaAnswers = (name, offset) => (name === 70 && offset >= 102 ? 0 : null);
  const records = ['a', 'b', 'c', 'd'].map((id) => ({ value: prefixed(70, datum(id)) }));
  t.strictSame(decoded(frames(records, later)), ['unknown-schema', 'unknown-schema', 'c', 'd']);
});

t.test('every record is in one batch, in order, and the whole of it can be sealed', async () => {
  const kinds: readonly ((id: string) => TestRecord)[] = [
    (id) => ({ value: json(id), key: Buffer.from(id) }),
    (id) => ({ value: prefixed(70, datum(id)) }),
    (id) => ({ value: prefixed(80, next(id)), headers: [['client', id]] }),
    (id) => ({ value: next(id), headers: [byGuid] }),
    (id) => ({ value: prefixed(999, datum(id)) }),
    () => ({ value: null }),
  ];
  fc.assert(
    fc.property(fc.array(fc.nat(kinds.length - 1), { minLength: 1, maxLength: 30 }), (chosen) => {
      const records = chosen.map((kind, i) => kinds[kind](`id-${i}`));
      const run = runOf(records);
      const batches = frames(records);
      const rows = batches.flatMap((batch) => Array.from({ length: batch.count }, (_, i) => ({ batch, i })));
      return (
        rows.length === records.length &&
        rows.every(
          ({ batch, i }, row) =>
            batch.offset[i] === 100 + row &&
            batch.recordStart[i] === run.recordStart[row] &&
            batch.recordLength[i] === run.recordLength[row] &&
            // The value ends where it ends in the record, whatever stands before it.
            batch.valueStart[i] + Math.max(0, batch.valueLength[i]) === run.valueStart[row] + Math.max(0, run.valueLength[row]),
        )
      );
    }),
  );
});

t.test('a batch that stays packed is oversize, record by record', async (t) => {
  const run = { ...runOf([{ value: json('a') }, { value: datum('b') }]), isPacked: true };
  const batches = frameRun(run, 4, OF, answers);
  t.strictSame(batches.map(shapeOf), ['json -1 x2 oversize oversize']);
  t.strictSame(decoded(batches), ['oversize', 'oversize'], 'whatever the bytes say');
});
