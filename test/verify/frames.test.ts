import avro from 'avsc';
import t from 'tap';
import { type Frame, frameOf } from '../../src/verify/frames.ts';
import { readRules } from '../../src/verify/rules.ts';
import { FILES, POLICY_FILE, POLICY_TEXT } from './toy/policy.ts';

const rules = readRules(
  POLICY_TEXT.replace('    eventTime: eventTime\n', '    appendTime: { field: receivedAt, unit: s }\n    eventTime: eventTime\n'),
  POLICY_FILE,
  {
    read: (path) => FILES[path],
    ipTable: () => ({ v4: '', v6: '' }),
  },
);

const VALUE = {
  eventId: '1',
  deviceId: 'dev-1',
  householdId: null,
  gatewayId: 'gw-1',
  mac: '00:11:22:33:44:55',
  eventTime: 1_700_000_000_000,
  model: 'aero-1',
  operation: 'lock',
  result: 'ok',
};
const ENVELOPE = {
  topic: 'toy.operation',
  partition: 3,
  offset: 9,
  timestamp: 1_700_000_000_500,
  key: 'dev-1',
  headers: { a: 'b' },
  value: VALUE,
};

const frame = (line: string | Buffer): Frame => frameOf({ kind: 'line', file: 2, number: 7, bytes: Buffer.from(line as string) }, rules);
const json = (value: object): Frame => frame(JSON.stringify(value));

const schema = JSON.parse(FILES['operation.avsc']);
const bytes = avro.Type.forSchema(schema, { wrapUnions: false } as never).toBuffer(VALUE);
const prefixed = (id: number, body: Buffer): string => Buffer.concat([Buffer.from([0, 0, 0, 0, id]), body]).toString('base64');

t.test('an envelope gives its own coordinates and append time', async (t) => {
  t.match(json(ENVELOPE), {
    topic: 'toy.operation',
    partition: 3,
    offset: 9,
    appendMs: 1_700_000_000_500,
    event: { name: 'operation' },
    around: [
      { path: '$key', text: 'dev-1' },
      { path: '$headers.a', text: 'b' },
    ],
  });
  t.match(json({ ...ENVELOPE, value: prefixed(1, bytes) }), { event: { name: 'operation' }, value: { deviceId: 'dev-1' } });
  t.match(json({ ...ENVELOPE, topic: 'any', value: { type: 'operation', ...VALUE } }), { event: { name: 'operation' } }, 'by its `when`');
});

t.test('a bare event has the coordinates of its file and says when it was appended', async (t) => {
  t.match(json({ type: 'operation', receivedAt: 1_700_000_001.5, ...VALUE }), {
    topic: 'file',
    partition: 2,
    offset: 7,
    appendMs: 1_700_000_001_500,
    event: { name: 'operation' },
  });
  t.equal(json({ type: 'operation', ...VALUE }).event, null, 'no append time');
});

t.test('a datum of a container is read from its bytes, by its number', async (t) => {
  const known = { ...schema, fields: [...schema.fields, { name: 'receivedAt', type: 'long' }] };
  t.equal(frameOf({ kind: 'datum', file: 0, number: 0, schema, bytes }, rules).event, null, 'no append time');
  const timed = readRules(
    POLICY_TEXT.replaceAll('    eventTime: eventTime\n', '    appendTime: receivedAt\n    eventTime: eventTime\n'),
    POLICY_FILE,
    {
      read: (path) => (path === 'operation.avsc' ? JSON.stringify(known) : FILES[path]),
      ipTable: () => ({ v4: '', v6: '' }),
    },
  );
  const value = { ...VALUE, receivedAt: 1_700_000_000_000 };
  const datum = avro.Type.forSchema(known, { wrapUnions: false } as never).toBuffer(value);
  const expected = { topic: 'file', partition: 0, offset: 4, event: { name: 'operation' }, appendMs: 1_700_000_000_000 };
  t.match(frameOf({ kind: 'datum', file: 0, number: 4, schema: known, bytes: datum }, timed), expected);
  t.equal(frameOf({ kind: 'datum', file: 0, number: 4, schema: known, bytes: datum.subarray(1) }, timed).event, null);
  t.equal(frameOf({ kind: 'datum', file: 0, number: 4, schema: { type: 'string' }, bytes: datum }, timed).event, null, 'an unknown schema');
});

t.test("a datum of another event's schema on a topic is malformed", async (t) => {
  const ping = JSON.parse(FILES['ping.avsc']);
  const pong = avro.Type.forSchema(ping).toBuffer({ eventId: '1', deviceId: 'd', eventTime: 1_700_000_000_000 });
  const at = (topic: string, value: string) => json({ ...ENVELOPE, topic, value }).event?.name ?? null;
  t.equal(at('toy.operation', prefixed(1, bytes)), 'operation');
  t.equal(at('toy.ping', prefixed(ping.schemaId, pong)), 'ping');
  t.equal(at('toy.ping', prefixed(1, bytes)), null);
  t.equal(at('toy.operation', prefixed(ping.schemaId, pong)), null);
  t.equal(at('elsewhere', prefixed(1, bytes)), 'operation', 'a topic that says nothing');
});

t.test('what must be in quarantine', async (t) => {
  const line = JSON.stringify(ENVELOPE);
  const { gatewayId: _, ...incomplete } = VALUE;
  const faulty: Readonly<Record<string, string | Buffer>> = {
    'half a line': line.slice(0, -9),
    'no object': '[1]',
    'no UTF-8': Buffer.from(line.replace('aero-1', '\xff'), 'latin1'),
    'a key twice': line.replace('"model"', '"model":"x","model"'),
    'a key twice by escapes': line.replace('"model"', '"mode\\u006c":"x","model"'),
    'half a surrogate pair': line.replace('aero-1', '\\ud800'),
    'an unknown field': JSON.stringify({ ...ENVELOPE, value: { ...VALUE, more: 1 } }),
    'a missing field': JSON.stringify({ ...ENVELOPE, value: incomplete }),
    'a wrong type': JSON.stringify({ ...ENVELOPE, value: { ...VALUE, model: 1 } }),
    'a time that is none': JSON.stringify({ ...ENVELOPE, value: { ...VALUE, eventTime: -1 } }),
    'an unknown event': JSON.stringify({ ...ENVELOPE, topic: 'toy.other' }),
    'no value': JSON.stringify({ ...ENVELOPE, value: null }),
    'no base64': JSON.stringify({ ...ENVELOPE, value: `${prefixed(1, bytes)}!` }),
    'an unknown schema': JSON.stringify({ ...ENVELOPE, value: prefixed(77, bytes) }),
    'bytes left over': JSON.stringify({ ...ENVELOPE, value: prefixed(1, Buffer.concat([bytes, Buffer.alloc(1)])) }),
    'an incomplete envelope': line.replace('"offset":9,', ''),
    'a negative offset': line.replace('"offset":9', '"offset":-9'),
    'the topic of files': line.replace('toy.operation', 'file'),
    'too deep': JSON.stringify({ ...ENVELOPE, value: JSON.parse('['.repeat(40) + ']'.repeat(40)) }),
    'a long text': JSON.stringify({ ...ENVELOPE, value: { ...VALUE, model: 'x'.repeat(70_000) } }),
  };
  for (const [name, text] of Object.entries(faulty)) t.equal(frame(text).event, null, name);
});

t.test('what must not be', async (t) => {
  const line = JSON.stringify(ENVELOPE);
  const sound: Readonly<Record<string, string | Buffer>> = {
    'headers that are no UTF-8': Buffer.from(line.replace('"a":"b"', '"a":"\xff"'), 'latin1'),
    'a header twice': line.replace('"a":"b"', '"a":"b","a":"c"'),
    'a member that nobody knows': line.replace('{', '{"leaderEpoch":4,'),
    'white space': line.replaceAll(',', ' ,\t'),
    'an optional field left out': JSON.stringify({ ...ENVELOPE, value: { ...VALUE, householdId: undefined } }),
    'a tolerated field': JSON.stringify({ ...ENVELOPE, value: { ...VALUE, type: 'operation', receivedAt: 1 } }),
  };
  for (const [name, text] of Object.entries(sound)) t.match(frame(text), { event: { name: 'operation' } }, name);
});
