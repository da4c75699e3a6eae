import t from 'tap';
import type { FaultName } from '../../src/model/fault.ts';
import { encode, long, RICH, RICH_FIELDS, text } from './avro.ts';
import { batchOf, faultOfValue, outcomeOf, planOf, prefixed, READING, READINGS, type Values } from './plans.ts';

const WIDE = { recordBytes: 1 << 16, stringBytes: 1 << 12 };
const rich = planOf(
  [
    {
      schemas: [RICH],
      fields: RICH_FIELDS,
      when: { path: 'type', values: ['rich', 'poor'] },
      appendTime: { path: 'received', unit: 'ms' },
    },
  ],
  WIDE,
);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The value as every form of it. */
const forms = (value: unknown): readonly { readonly value: Buffer; readonly options: Values }[] => [
  { value: json(value), options: { form: 'json', topic: 'any.reading' } },
  { value: prefixed(9, encode(RICH, value)), options: { form: 'avro', topic: 'elsewhere' } },
];

t.test('columns hold what the event says', async (t) => {
  const value = {
    id: { $oid: 'a' },
    user: { $oid: 'ü' },
    at: 1000,
    received: 2000,
    type: 'poor',
    reading: 'high',
    count: 2 ** 40,
    ratio: 0.5,
    charging: true,
    mac: '00ff00ff00ff',
    raw: '',
    settings: { theme: 'dark', ['__proto__']: 'p' },
    limits: { sound: -3, ä: null },
    wifi: [{ ssid: 's', rssi: -1 }],
    place: { tower: 't', mac: '010203040506' },
  };
  const expected = [
    ...[
      'a',
      'ü',
      'poor',
      'high',
      Number.NaN,
      '1099511627776',
      2 ** 40,
      '0.5',
      0.5,
      'true',
      1,
      '00ff00ff00ff',
      '',
      2,
      'dark',
      'p',
      2,
      -3,
      null,
      1,
    ],
    ...[Number.NaN, null, 't', '010203040506', '2000', null, Number.NaN],
  ];
  for (const { value: bytes, options } of forms(value)) {
    const { rows } = outcomeOf(rich, batchOf([bytes], options));
    t.same(rows, [{ record: 0, event: 0, appendMs: 1000, eventMs: 1000, values: expected }], options.form);
  }
});

t.test('numbers written as text are numbers where numbers are wanted', async (t) => {
  const plan = planOf([{ schemas: [{ ...READING, fields: [{ name: 'id', type: 'string' }] }], fields: ['id number'], eventTime: null }]);
  const number = (id: string) => outcomeOf(plan, batchOf([json({ id })], { form: 'json' })).rows[0].values[0];
  for (const [id, value] of [
    ['12', 12],
    ['-1.5e3', -1500],
    ['+.5', 0.5],
    ['1e999', Number.NaN],
    ['', Number.NaN],
    ['0x10', Number.NaN],
    [' 1', Number.NaN],
    ['Infinity', Number.NaN],
  ] as const) {
    t.same(number(id), value, JSON.stringify(id));
  }
});

t.test('which event a record is', async (t) => {
  const other = {
    ...READING,
    name: 'Other',
    schemaId: 8,
    fields: [...READING.fields, { name: 'kind', type: ['null', 'string'], default: null }],
  };
  const plan = planOf([
    { name: 'reading', schemas: [READING], topics: ['odd'], when: { path: 'type', values: ['reading', '3', 'true'] } },
    { name: 'other', schemas: [other], when: { path: 'kind', values: ['other'] } },
    { name: 'silent', schemas: [{ ...READING, name: 'Silent', schemaId: 10 }], when: null, views: [] },
  ]);
  const event = (value: unknown, options: Values) => outcomeOf(plan, batchOf([json(value)], options)).rows[0]?.event ?? null;
  const inTopic = (topic: string, value: unknown = { id: 'a' }) => event(value, { form: 'json', topic });
  t.equal(inTopic('odd'), 0, 'a topic of the event');
  t.equal(inTopic('a.b.reading'), 0, 'the last segment of the topic');
  t.equal(inTopic('other'), 1, 'the whole topic');
  t.equal(inTopic('reading.other'), 1);
  t.equal(inTopic('elsewhere', { id: 'a', kind: 'other' }), 1, 'by `when` when the topic says nothing');
  t.equal(inTopic('reading', { id: 'a', type: 'reading' }), 0, 'the field of `when` is tolerated');
  const bare = (value: object, topic = 'other') => event({ id: 'a', receivedAt: 5, ...value }, { form: 'json', bare: true, topic });
  t.equal(bare({ type: 'reading' }), 0, 'bare events go by `when` alone');
  t.equal(bare({ type: 3 }), 0);
  t.equal(bare({ type: true }), 0);
  for (const type of ['READING', null, ['reading'], { reading: 1 }, { toString: 1, valueOf: 2 }, 3.5])
    t.equal(bare({ type }), null, JSON.stringify(type));
  t.equal(bare({}), null);
  const { noView, rows } = outcomeOf(plan, batchOf([json({ id: 'a' })], { form: 'json', topic: 'silent' }));
  t.same([noView, rows], [1, []], 'an event without a view');
});

t.test('events that share a schema are told apart by `when`, in Avro too', async (t) => {
  const schema = { ...READING, fields: [...READING.fields, { name: 'type', type: 'string' }] };
  const both = [
    { name: 'warm', schemas: [schema], when: { path: 'type', values: ['warm'] } },
    { name: 'cold', schemas: [schema], when: { path: 'type', values: ['cold'] } },
  ];
  const event = (type: string, options: Values) => {
    const datum = encode(schema as never, { id: 'a', at: null, level: null, type });
    const bytes = options.form === 'avro' ? prefixed(7, datum) : datum;
    const { rows, faults } = outcomeOf(planOf(both), batchOf([bytes], options));
    return rows[0]?.event ?? faults[0].fault;
  };
  for (const form of ['avro', 'datum'] as const) {
    t.equal(event('warm', { form }), 0);
    t.equal(event('cold', { form }), 1);
    t.equal(event('mild', { form }), 'unknown-event');
  }
});

t.test("a topic says which event its data are: another event's schema is a fault, whatever the bytes are", async (t) => {
  const other = { ...READING, name: 'Other', schemaId: 8 };
  const next = { ...READING, schemaId: 9, fields: [...READING.fields, { name: 'unit', type: 'string', default: 'C' }] };
  const twin = { name: 'twin', schemas: [READING], when: { path: 'id', values: ['t'] }, topics: ['twins'] };
  const plan = planOf([
    { name: 'reading', schemas: [READING, next], when: { path: 'id', values: ['r'] }, topics: ['odd'] },
    { name: 'other', schemas: [other], when: null },
    twin,
  ]);
  const value = { id: 'a', at: null, level: null };
  const told = (bytes: Buffer, topic: string, options: Partial<Values> & { schema?: number } = {}) => {
    const { schema = -1, ...rest } = options;
    const batch = { ...batchOf([bytes], { form: 'avro', topic, ...rest }), schema };
    const { rows, faults } = outcomeOf(plan, batch);
    return rows[0]?.event ?? `${faults[0].fault} ${faults[0].schema}`;
  };
  const datum = encode(READING as never, value);
  t.equal(told(prefixed(7, datum), 'telemetry.reading'), 0);
  t.equal(told(prefixed(9, encode(next as never, { ...value, unit: 'F' })), 'odd'), 0, 'every version of it');
  t.equal(told(prefixed(8, datum), 'telemetry.reading'), 'schema-of-another-topic 2');
  t.equal(told(prefixed(8, datum), 'odd'), 'schema-of-another-topic 2');
  t.equal(told(prefixed(8, Buffer.from([255])), 'odd'), 'schema-of-another-topic 2', 'bytes are not looked at');
  t.equal(told(prefixed(7, datum), 'other'), 'schema-of-another-topic 0');
  t.equal(told(datum, 'other', { form: 'datum', schema: 0 }), 'schema-of-another-topic 0', 'whoever found the schema');
  t.equal(told(prefixed(1, datum), 'other', { schema: 2 }), 1, 'a prefix whose id somebody looked up');
  t.equal(told(prefixed(1, datum), 'other', { schema: 0 }), 'schema-of-another-topic 0');
  t.equal(told(prefixed(7, datum), 'twins'), 2, 'which of those that share a schema, without asking the value');
  t.equal(told(prefixed(8, datum), 'elsewhere'), 1, 'a topic that the policy does not know says nothing');
  t.equal(told(datum, 'reading', { form: 'datum', schema: 2, bare: true }), 'no-append-time 2', 'nor does that of a bare event');
});

t.test('versions of a schema: the first that fits', async (t) => {
  const next = { ...READING, schemaId: 8, fields: [...READING.fields, { name: 'unit', type: 'string' }] };
  const plan = planOf([{ schemas: [READING, next], fields: ['id', 'unit'] }]);
  const values = (value: unknown) => outcomeOf(plan, batchOf([json(value)], { form: 'json' })).rows[0]?.values;
  t.same(values({ id: 'a' }), ['a', null]);
  t.same(values({ id: 'a', unit: 'C' }), ['a', 'C']);
  t.same(
    outcomeOf(plan, batchOf([prefixed(8, encode(next as never, { id: 'a', at: null, level: 1, unit: 'F' }))], { form: 'avro' })).rows[0]
      .values,
    ['a', 'F'],
  );
  const { faults } = outcomeOf(plan, batchOf([json({ id: 'a', unit: 5 })], { form: 'json' }));
  t.same(faults, [{ record: 0, fault: 'wrong-type', schema: 1 }], 'what the last version finds wrong');
});

t.test('append times of bare events', async (t) => {
  const appended = (unit: 'ms' | 's' | 'us', receivedAt: unknown) => {
    const plan = planOf([{ schemas: [READING], appendTime: { path: 'receivedAt', unit } }]);
    const { rows, faults } = outcomeOf(plan, batchOf([json({ id: 'a', type: 'reading', receivedAt })], { form: 'json', bare: true }));
    return rows[0]?.appendMs ?? faults[0].fault;
  };
  t.equal(appended('ms', 1_700_000_000_123), 1_700_000_000_123);
  t.equal(appended('s', 1_467_135_246.5), 1_467_135_246_500);
  t.equal(appended('us', 1_700_000_000_123_999), 1_700_000_000_123);
  for (const unit of ['ms', 's', 'us'] as const)
    t.equal(appended(unit, '2023-11-14T22:13:20.123+01:00'), 1_699_996_400_123, `${unit}: text is a date`);
  for (const bad of ['', 'yesterday', '1700000000123', -1, 1e300, true, {}, [5], '2023-02-29T00:00:00Z'])
    t.equal(appended('ms', bad), 'bad-append-time');
  t.equal(appended('ms', null), 'no-append-time');
  t.equal(appended('ms', undefined), 'no-append-time');
  const none = planOf([{ schemas: [READING], appendTime: null }]);
  t.equal(faultOfValue(none, '{"id":"a","type":"reading"}', { form: 'json', bare: true }), 'no-append-time');
});

t.test('the clock of a partition never goes back, and faults do not move it', async (t) => {
  const values = ['{"id":"a"}', '{"id":"b"}', '{"id":5}', '{"id":"c"}', '{"id":"d"}'].map((value) => Buffer.from(value));
  const batch = batchOf(values, { form: 'json', appendMs: [10, 5, 99, 20, 19] });
  const { rows, clockMs } = outcomeOf(READINGS, batch);
  t.same(
    rows.map(({ appendMs }) => appendMs),
    [10, 10, 20, 20],
  );
  t.equal(clockMs, 20);
  const later = outcomeOf(READINGS, batch, 15);
  t.same(
    later.rows.map(({ appendMs }) => appendMs),
    [15, 15, 20, 20],
  );
  t.equal(outcomeOf(READINGS, batch, 50).clockMs, 50);
  t.equal(outcomeOf(READINGS, batchOf([], { form: 'json' }), 7).clockMs, 7);
});

t.test('event times: missing is allowed, unreadable is not', async (t) => {
  const happened = (at: unknown): number | FaultName => {
    const { rows, faults } = outcomeOf(READINGS, batchOf([json({ id: 'a', at })], { form: 'json' }));
    return rows[0]?.eventMs ?? faults[0].fault;
  };
  t.same(happened(null), Number.NaN);
  t.same(happened(undefined), Number.NaN);
  t.equal(happened(1234), 1234);
  t.equal(happened('1970-01-01T00:00:01Z'), 1000);
  t.equal(happened('soon'), 'bad-event-time');
  t.equal(happened(-5), 'bad-event-time');
  t.equal(happened(Number.MAX_SAFE_INTEGER), 'bad-event-time');
  t.equal(happened(1.5), 'bad-number');
  t.equal(happened(true), 'wrong-type');
});

t.test('constants: any other value is a fault, none is not', async (t) => {
  const schema = { ...READING, fields: [...READING.fields, { name: 'vendor', type: ['null', 'string', 'double'], default: null }] };
  const plan = planOf([{ schemas: [schema], fields: ['id', 'vendor=5'] }]);
  const fault = (vendor: unknown) => faultOfValue(plan, json({ id: 'a', vendor }), { form: 'json' });
  t.equal(fault('5'), null);
  t.equal(fault(5), null);
  t.equal(fault(undefined), null);
  t.equal(fault(null), null);
  for (const other of ['6', '05', '', 5.5]) t.equal(fault(other), 'not-constant');
  const faulty = batchOf([json({ id: 'a', vendor: '6' }), json({ id: 'b', vendor: '5' })], { form: 'json' });
  t.same(
    outcomeOf(plan, faulty).rows.map(({ values }) => values),
    [['b', '5']],
    'and leaves no half row behind',
  );
});

t.test('the limits of the plan hold for every form', async (t) => {
  const small = planOf([{ schemas: [READING], fields: ['id'] }], { recordBytes: 64, stringBytes: 8, items: 3, depth: 1 });
  const fault = (value: string | Buffer, form: Values['form'] = 'json') => faultOfValue(small, value, { form });
  t.equal(fault(`{"id":"a"${' '.repeat(54)}}`), null, '64 bytes');
  t.equal(fault(`{"id":"a"${' '.repeat(55)}}`), 'oversize', '65 bytes');
  t.equal(fault('{"id":"12345678"}'), null);
  t.equal(fault('{"id":"123456789"}'), 'string-too-long');
  t.equal(fault('{"id":"a","at":1,"level":2}'), null);
  t.equal(fault('{"id":"a","at":1,"level":2,"x":3}'), 'too-many-items');
  t.equal(fault('{"id":"a","at":[]}'), 'too-deep');
  const datum = (id: string) => Buffer.concat([text(id), long(0), long(0)]);
  t.equal(fault(prefixed(7, datum('12345678')), 'avro'), null);
  t.equal(fault(prefixed(7, datum('123456789')), 'avro'), 'string-too-long');
  t.equal(fault(prefixed(7, datum('1'.repeat(60))), 'avro'), 'oversize');
});

t.test('a limit of depth beyond the stack does no harm', async (t) => {
  const plan = planOf([{ schemas: [READING] }], { depth: 1 << 30, recordBytes: 1 << 20, items: 1 << 20 });
  t.equal(faultOfValue(plan, `{"id":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, { form: 'json' }), 'too-deep');
  const endless = { type: 'record', name: 'E', schemaId: 7, fields: [{ name: 'next', type: ['null', 'E'] }] };
  const nested = planOf([{ schemas: [endless], eventTime: null }], { depth: 1 << 30, recordBytes: 1 << 20 });
  t.equal(faultOfValue(nested, prefixed(7, Buffer.alloc(200_000, 2)), { form: 'avro' }), 'too-deep');
});

t.test('a batch over a part of a buffer is read in its part', async (t) => {
  const batch = batchOf([Buffer.from('{"id":"a"}')], { form: 'json' });
  const around = Buffer.concat([Buffer.from('{"id":"x"}'), batch.bytes, Buffer.from('{"id":"y"}')]);
  const part = new Uint8Array(around.buffer, around.byteOffset + 10, 10);
  t.same(outcomeOf(READINGS, { ...batch, bytes: part }).rows[0].values, ['a', Number.NaN]);
});
