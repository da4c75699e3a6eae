import fc from 'fast-check';
import t from 'tap';
import { encode } from '../decode/avro.ts';
import { prefixed } from '../decode/plans.ts';
import { agreed, readBoth, type Told, tellLine, tellRecord } from './gateway-world.ts';

const POLICY = `
unjoin: 1
name: cloud
retention: { quarantine: 72h, lineage: 30d, audit: 365d, keys: 30d }
events:
  operation: &e
    schema: operation.avsc
    cloudevents: true
    patterns: { $ce.source: '/homes/{home}/locks' }
    when: { field: $ce.type, equals: lock.operation }
    eventTime: $ce.time
    id: $ce.id
    device: $ce.subject
    household: { trusted: $ce.source.home }
    fields:
      $ce.id: { role: identifier, kind: event-id }
      $ce.subject: { role: identifier, kind: device-id }
      $ce.source.home: { role: identifier, kind: household-id }
      $ce.type: { role: drop }
      $ce.time: { role: drop, }
      $ce.level: { role: quasi, ladder: word, as: severity, optional: true }
      operation: { role: quasi, ladder: word }
  plain:
    schema: plain.avsc
    topics: [plain.topic]
    eventTime: $timestamp
    id: $position
    device: $key
    fields:
      $key: { role: identifier, kind: device-id }
      operation: { role: quasi, ladder: word }
ladders:
  word: { table: word.csv }
views:
  operations:
    event: operation
    purpose: test
    consumers: [tests]
    subject: household
    window: 1h
    k: 12
    path: [{ operation: word }]
    retention: 1d
  plain:
    event: plain
    purpose: test
    consumers: [others]
    subject: device
    window: 1h
    k: 12
    path: [{ operation: word }]
    retention: 1d
`
  .replace(' &e', '')
  .replace('role: drop, }', 'role: drop }');

const schemaOf = (name: string, schemaId: number) => ({ type: 'record', name, schemaId, fields: [{ name: 'operation', type: 'string' }] });
const SCHEMA = schemaOf('Operation', 7);
const both = readBoth(POLICY, {
  'operation.avsc': JSON.stringify(SCHEMA),
  'plain.avsc': JSON.stringify(schemaOf('Plain', 8)),
  'word.csv': 'word\nlock\nunlock\n*\n',
});

const ATTRIBUTES = {
  specversion: '1.0',
  id: 'A-1',
  source: '/homes/h-1/locks',
  type: 'lock.operation',
  subject: 'lock-1',
  time: '2023-11-14T22:13:20Z',
};
const DATA = { operation: 'lock' };
const CE = Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [`ce_${name}`, value]));
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const STRUCTURED = { 'content-type': 'Application/CloudEvents+JSON; charset=UTF-8' };
const AVRO = prefixed(7, encode(SCHEMA, DATA));

const line = (members: object): Told =>
  agreed(
    tellLine(both, Buffer.from(JSON.stringify({ topic: 'events', partition: 0, offset: 0, timestamp: 5000, key: 'k', headers: {}, value: {}, ...members }))),
  ); // biome-ignore format: a line

const SOUND = {
  fault: null,
  event: 'operation',
  texts: { '$ce.id': 'A-1', '$ce.subject': 'lock-1', '$ce.source.home': 'h-1', operation: 'lock', happened: '1700000000000' },
};

t.test('one policy reads both modes, in files and on Kafka', async (t) => {
  t.match(line({ headers: { ...CE, ...JSON_TYPE }, value: DATA }), SOUND, 'binary');
  t.match(line({ headers: CE, value: DATA }), SOUND, 'binary without a content type');
  t.match(line({ headers: { ...CE, 'content-type': 'application/avro' }, value: AVRO.toString('base64') }), SOUND, 'binary, Avro');
  t.match(line({ headers: STRUCTURED, value: { ...ATTRIBUTES, data: DATA } }), SOUND, 'structured');
  t.match(line({ headers: { ...CE, ...STRUCTURED }, value: { ...ATTRIBUTES, data: DATA } }), SOUND, 'structured, attributes repeated');
  const coded = { ...ATTRIBUTES, datacontenttype: 'application/avro', data_base64: AVRO.toString('base64') };
  t.match(line({ headers: STRUCTURED, value: coded }), SOUND, 'structured, Avro');
  const text = { ...ATTRIBUTES, datacontenttype: 'application/json', data_base64: Buffer.from(JSON.stringify(DATA)).toString('base64') };
  t.match(line({ headers: STRUCTURED, value: text }), SOUND, 'structured, JSON as bytes');
  t.match(line({ headers: STRUCTURED, value: { ...ATTRIBUTES, level: 'lock', data: DATA } }).texts, { '$ce.level': 'lock' });

  const record = (headers: object, value: Buffer): Told =>
    agreed(tellRecord(both, 'events', { key: null, headers: Object.entries<string>(headers as Record<string, string>), value }));
  t.match(record({ ...CE, ...JSON_TYPE }, Buffer.from(JSON.stringify(DATA))), SOUND);
  t.match(record(CE, AVRO), SOUND);
  t.match(record(STRUCTURED, Buffer.from(JSON.stringify({ ...ATTRIBUTES, data: DATA }))), SOUND);
});

t.test('what contradicts itself is at fault', async (t) => {
  const envelope = { ...ATTRIBUTES, data: DATA };
  const faults: readonly (readonly [object, string])[] = [
    [{ headers: {}, value: DATA }, 'unknown-event'],
    [{ headers: { ...CE, ce_type: 'other' }, value: DATA }, 'unknown-event'],
    [{ headers: { ...CE, ce_specversion: '0.3' }, value: DATA }, 'not-a-cloudevent'],
    [{ headers: { ...CE, ce_id: null }, value: DATA }, 'not-a-cloudevent'],
    [{ headers: { ...CE, ce_subject: null }, value: DATA }, 'identity-missing'],
    [{ headers: { ...CE, ce_source: '/elsewhere' }, value: DATA }, 'pattern-mismatch'],
    [{ headers: { ...CE, ce_time: 'yesterday' }, value: DATA }, 'bad-event-time'],
    [{ headers: { ...CE, 'content-type': 'application/avro' }, value: DATA }, 'cloudevent-mismatch'],
    [{ headers: { ...CE, ...JSON_TYPE }, value: AVRO.toString('base64') }, 'cloudevent-mismatch'],
    [{ headers: CE, value: envelope }, 'unknown-field'],
    [{ headers: { 'content-type': 'application/cloudevents+avro', ...CE }, value: AVRO.toString('base64') }, 'not-a-cloudevent'],
    [{ headers: { ...STRUCTURED, ce_subject: 'lock-2' }, value: envelope }, 'cloudevent-mismatch'],
    [{ headers: STRUCTURED, value: { ...envelope, datacontenttype: 'text/xml' } }, 'cloudevent-mismatch'],
    [{ headers: STRUCTURED, value: { ...envelope, data_base64: 'e30=' } }, 'cloudevent-mismatch'],
    [{ headers: STRUCTURED, value: { ...ATTRIBUTES, data_base64: '?' } }, 'bad-base64'],
    [{ headers: STRUCTURED, value: { ...ATTRIBUTES, data_base64: AVRO.toString('base64') } }, 'cloudevent-mismatch'],
    [{ headers: STRUCTURED, value: ATTRIBUTES }, 'no-value'],
    [{ headers: STRUCTURED, value: { ...envelope, data: 'lock' } }, 'wrong-type'],
    [{ headers: STRUCTURED, value: { ...envelope, data: { ...DATA, pin: 1 } } }, 'unknown-field'],
    [{ headers: STRUCTURED, value: { ...envelope, Extra: 'x' } }, 'not-a-cloudevent'],
    [{ headers: STRUCTURED, value: { ...envelope, extra: ['x'] } }, 'not-a-cloudevent'],
  ];
  for (const [members, fault] of faults) t.equal(line(members).fault, fault, JSON.stringify(members).slice(0, 200));
});

t.test('events beside them are read as before', async (t) => {
  t.match(line({ topic: 'plain.topic', value: DATA }), { event: 'plain', texts: { $key: 'k', happened: '5000' } });
  t.match(line({ topic: 'plain.topic', headers: STRUCTURED, value: DATA }), { event: 'plain' });
  t.equal(line({ topic: 'plain.topic', headers: STRUCTURED, value: { ...ATTRIBUTES, data: DATA } }).fault, 'unknown-field');
  const bare = (value: object) => agreed(tellLine(both, Buffer.from(JSON.stringify(value))));
  t.equal(bare({ ...ATTRIBUTES, data: DATA }).fault, 'no-append-time', 'a bare event is structured, and has no append time');
});

const odd = fc.constantFrom<unknown>('1.0', 'A-1', 'lock.operation', '/homes/h-2/locks', 'application/json', 'application/avro', '', null, 7, true, {}, ['x'], 'application/cloudevents+json', ATTRIBUTES.time, AVRO.toString('base64'), 'e30=', DATA); // biome-ignore format: a list
const name = fc.constantFrom(...Object.keys(ATTRIBUTES), 'data', 'data_base64', 'datacontenttype', 'level', 'Bad');
const change = fc.dictionary(name, odd, { maxKeys: 2 });

t.test('whatever headers and envelope say, both read it alike', async (t) => {
  let sound = 0;
  fc.assert(
    fc.property(
      fc.constantFrom<object>({}, CE, { ...CE, ...JSON_TYPE }, STRUCTURED, { ...CE, ...STRUCTURED }),
      fc.dictionary(fc.oneof(fc.constant('content-type'), name.map((own) => `ce_${own}`)), odd, { maxKeys: 2 }),
      fc.constantFrom<object>(DATA, { ...ATTRIBUTES, data: DATA }),
      change,
      fc.constantFrom('events', 'plain.topic'),
      (headers, more, value, other, topic) => {
        if (line({ topic, headers: { ...headers, ...more }, value: { ...value, ...other } }).fault === null) sound++;
      },
    ),
    { numRuns: 4000, seed: 5 },
  ); // biome-ignore format: a property
  t.ok(sound > 100, 'some of them are sound', { sound });
});
