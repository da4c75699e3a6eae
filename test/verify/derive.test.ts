import fc from 'fast-check';
import t from 'tap';
import { encode } from '../decode/avro.ts';
import { prefixed } from '../decode/plans.ts';
import type { TestRecord } from '../runtime/log/kafka/wire/encode.ts';
import { agreed, readBoth, type Told, tellLine, tellRecord } from './gateway-world.ts';

/** An event that reads whatever can be read beside the fields of a schema. */
const POLICY = `
unjoin: 1
name: gateway
retention: { quarantine: 72h, lineage: 30d, audit: 365d, keys: 30d }
events:
  state:
    schema: state.avsc
    topics: ['homes.{home}.{kind}', exact.topic]
    patterns:
      $key: ['base/{room}/{device}', 'base/{device}']
      path: 'v1/{tenant}:{rest}'
    lists:
      metrics: { name: name, value: value }
    when: { field: $headers.type, equals: [state, 'null'] }
    eventTime: $headers.sent
    id: $position
    device: $key.device
    household: { trusted: $topic.home }
    gateway: $headers.mqtt.client
    fields:
      path: { role: drop }
      path.tenant: { role: identifier, kind: account-id, optional: true }
      path.rest: { role: quasi, ladder: word, as: rest, optional: true }
      metrics: { role: drop }
      metrics.a.b: { role: quasi, ladder: word, as: word }
      metrics.level: { role: quasi, ladder: level, as: amount }
      metrics.serial: { role: identifier, kind: serial }
      $key.room: { role: identifier, kind: other }
      $key.device: { role: identifier, kind: device-name }
      $topic.home: { role: identifier, kind: household-id, optional: true }
      $topic.kind: { role: drop }
      $headers.type: { role: drop, }
      $headers.sent: { role: drop }
      $headers.mqtt.client: { role: identifier, kind: gateway-id, optional: true }
      $headers.unit: { role: constant, value: C, optional: true }
ladders:
  word: { table: word.csv }
  level: { buckets: [10] }
views:
  words:
    event: state
    purpose: test
    consumers: [tests]
    subject: household
    window: 1h
    k: 12
    path: [{ word: word, amount: bucket }]
    retention: 1d
`.replace('role: drop, }', 'role: drop }');

const SCHEMA = {
  type: 'record',
  name: 'State',
  schemaId: 7,
  fields: [
    { name: 'path', type: ['null', 'string'], default: null },
    {
      name: 'metrics',
      type: ['null', { type: 'array', items: { type: 'map', values: ['null', 'boolean', 'double', 'string'] } }],
      default: null,
    },
  ],
};

const both = readBoth(POLICY, { 'state.avsc': JSON.stringify(SCHEMA), 'word.csv': 'word\non\noff\n*\n' });

const ENVELOPE = {
  topic: 'homes.h-1.lamp',
  partition: 0,
  offset: 1,
  timestamp: 1_700_000_000_000,
  key: 'base/kitchen/lamp-1',
  headers: { type: 'state', sent: '1700000000000', 'mqtt.client': 'bridge-1' },
  value: {
    path: 'v1/acme:on',
    metrics: [
      { name: 'a.b', value: 'on', '7': true },
      { name: 'level', value: 12.5 },
      { alias: 4, value: 1 },
    ],
  },
};

const line = (members: object): Told => agreed(tellLine(both, Buffer.from(JSON.stringify({ ...ENVELOPE, ...members }))));
const record = (members: TestRecord, topic = ENVELOPE.topic): Told =>
  agreed(
    tellRecord(both, topic, {
      key: Buffer.from(ENVELOPE.key),
      headers: Object.entries(ENVELOPE.headers),
      value: Buffer.from(JSON.stringify(ENVELOPE.value)),
      ...members,
    }),
  );

const SOUND = {
  '$key.device': 'lamp-1',
  '$topic.home': 'h-1',
  '$headers.mqtt.client': 'bridge-1',
  'metrics.a.b': 'on',
  'metrics.level': '12.5',
  'path.rest': 'on',
  happened: '1700000000000',
};

t.test('key, headers, topic, parts and items are read by both, in files and on Kafka', async (t) => {
  t.match(line({}), { fault: null, event: 'state', texts: SOUND });
  t.match(record({}), { fault: null, event: 'state', texts: SOUND });
  t.match(line({ key: 'base/lamp-2' }).texts, { '$key.device': 'lamp-2' }, 'the second pattern');
  t.match(line({ topic: 'exact.topic' }).fault, 'pattern-mismatch', 'a topic that is named, but has no parts');
  t.match(line({ topic: 'other' }).fault, 'pattern-mismatch', 'an event by its header');
  t.match(line({ headers: { ...ENVELOPE.headers, sent: '2023-11-14T22:13:20Z' } }).texts, { happened: '1700000000000' });
});

t.test('what is missing, doubled or of another form is at fault', async (t) => {
  const { headers } = ENVELOPE;
  const faults: readonly (readonly [object, string | null])[] = [
    [{ key: undefined }, 'identity-missing'],
    [{ key: null }, 'identity-missing'],
    [{ key: 'other/lamp' }, 'pattern-mismatch'],
    [{ key: 'base/' }, 'pattern-mismatch'],
    [{ key: 'base/a/b/c' }, 'pattern-mismatch'],
    [{ key: 7 }, 'identity-unreadable'],
    [{ headers: undefined }, 'identity-missing'],
    [{ headers: [] }, 'identity-unreadable'],
    [{ headers: { ...headers, sent: 'soon' } }, 'bad-event-time'],
    [{ headers: { ...headers, 'mqtt.client': undefined } }, null],
    [{ headers: { ...headers, 'mqtt.client': 4 } }, 'identity-unreadable'],
    [{ headers: { ...headers, unit: 'F' } }, 'not-constant'],
    [{ headers: { ...headers, unit: 'C' } }, null],
    [{ value: { path: 'elsewhere', metrics: [] } }, 'pattern-mismatch'],
    [{ value: { path: null, metrics: null } }, null],
    [{ value: { metrics: [{ name: 'x', value: 1 }, { name: 'x', value: 2 }] } }, 'name-doubled'],
    [{ value: { metrics: [{ value: 1 }, { value: 2 }] } }, null],
  ]; // biome-ignore format: a table
  for (const [members, fault] of faults) t.equal(line(members).fault, fault, JSON.stringify(members));
  t.equal(record({ headers: [...Object.entries(headers), ['sent', '1']] }).fault, 'header-doubled');
  t.equal(record({ headers: [...Object.entries(headers), ['other', '1'], ['other', '2']] }).fault, null, 'one that nobody reads');
  t.equal(record({ key: Buffer.from([0xff]) }).fault, 'bad-text');
  t.equal(record({ headers: [['type', 'state'], ['sent', Buffer.from([0xff])]] }).fault, 'bad-text'); // biome-ignore format: a line
  t.equal(record({ key: null }).fault, 'identity-missing');
});

t.test('Avro is read like JSON, lists of named values and parts of fields among it', async (t) => {
  const { metrics } = ENVELOPE.value;
  const datum = (value: object): string => prefixed(7, encode(SCHEMA, value)).toString('base64');
  const items = (list: readonly object[]) => list.map((item) => Object.fromEntries(Object.entries(item)));
  t.match(line({ value: datum({ path: 'v1/acme:on', metrics: items(metrics) }) }), { fault: null, event: 'state', texts: SOUND });
  const kafka = { value: Buffer.from(datum({ path: null, metrics: items(metrics) }), 'base64') };
  t.match(record(kafka), { fault: null, texts: { 'metrics.a.b': 'on', 'path.rest': null } });
  const twice = [{ name: 'x', value: 1 }, { name: 'x', value: 2 }]; // biome-ignore format: a line
  t.equal(line({ value: datum({ path: null, metrics: twice }) }).fault, 'name-doubled');
  t.equal(line({ value: datum({ path: 'v2', metrics: null }) }).fault, 'pattern-mismatch');
  t.equal(line({ key: null, value: datum({ path: null, metrics: null }) }).fault, 'identity-missing');
  t.match(line({ value: datum({ path: null, metrics: [{ name: 'a.b', value: null }, { value: 'on' }] }) }).texts, { 'metrics.a.b': null });
});

t.test('bare events have nothing around them', async (t) => {
  const bare = Buffer.from(JSON.stringify(ENVELOPE.value));
  t.equal(agreed(tellLine(both, bare)).fault, 'unknown-event');
});

const text = fc.oneof(
  fc.constantFrom('base/a', 'base/a/b', 'base//b', 'base/a/', 'homes.a.b', 'homes.a.b.c', 'homes..b', 'v1/t:x', 'v1/t:', 'v1/t:a:b', '', 'state', '1700', '\u0000', 'é'),
  fc.string({ maxLength: 8 }),
); // biome-ignore format: a list
const odd = fc.oneof(text, fc.constantFrom<unknown>(null, undefined, 7, true, ['a'], { a: 'b' }));
const item = fc.dictionary(fc.constantFrom('name', 'value', 't'), fc.oneof(fc.constantFrom<unknown>('a.b', 'level', 'serial', null), odd));

t.test('whatever stands around a value, both read it alike', async (t) => {
  let sound = 0;
  fc.assert(
    fc.property(
      fc.record({
        topic: fc.oneof(fc.constant(ENVELOPE.topic), text),
        key: fc.oneof(fc.constant<unknown>(ENVELOPE.key), odd),
        headers: fc.oneof(
          fc.constant<unknown>(ENVELOPE.headers),
          odd,
          fc
            .dictionary(fc.constantFrom('type', 'sent', 'unit', 'mqtt.client', 'other'), odd)
            .map((own) => ({ ...ENVELOPE.headers, ...own })),
        ),
        value: fc.record({ path: odd, metrics: fc.oneof(odd, fc.array(item, { maxLength: 3 })) }, { requiredKeys: [] }),
      }),
      (members) => {
        if (line(members).fault === null) sound++;
      },
    ),
    { numRuns: 3000, seed: 11 },
  );
  t.ok(sound > 50, 'some of them are sound', { sound });
});

t.test('lines whose key or headers are no UTF-8', async (t) => {
  const broken = (from: string): Buffer => {
    const bytes = Buffer.from(JSON.stringify({ ...ENVELOPE, headers: { ...ENVELOPE.headers, other: 'o' } }));
    bytes[bytes.indexOf(from)] = 0xff;
    return bytes;
  };
  t.equal(agreed(tellLine(both, broken('kitchen'))).fault, 'bad-text');
  t.equal(agreed(tellLine(both, broken('bridge-1'))).fault, 'bad-text');
  t.equal(agreed(tellLine(both, broken('acme'))).fault, 'bad-text');
});
