import { createHash } from 'node:crypto';
import t from 'tap';
import { canonicalForm, readingForm } from '../../src/decode/avro-canonical.ts';
import { canonicalSchema, readingOf } from '../../src/verify/avro-schema.ts';
import { frameOf } from '../../src/verify/frames.ts';
import type { KafkaRecord, NamedSchemas } from '../../src/verify/inputs.ts';
import { nameOf, readNames } from '../../src/verify/names.ts';
import { createFindings } from '../../src/verify/report.ts';
import { readRules } from '../../src/verify/rules.ts';
import { encode } from '../decode/avro.ts';
import { FILES, POLICY_FILE, POLICY_TEXT } from './toy/policy.ts';

const files = { read: (path: string) => FILES[path], ipTable: () => ({ v4: '', v6: '' }) };
const rules = readRules(POLICY_TEXT, POLICY_FILE, files, { ping: 'bridge.17' });

const PING = JSON.parse(FILES['ping.avsc']);
const OPERATION = JSON.parse(FILES['operation.avsc']);
const fingerprint = (json: unknown): string => createHash('sha256').update(canonicalSchema(json)).digest('hex').slice(0, 16);
const pong = encode(PING, { eventId: '1', deviceId: 'd', eventTime: 1_700_000_000_000 });

const GUID = '00112233445566778899aabbccddeeff';
const prefixed = (id: number, bytes: Buffer): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(id, 1);
  return Buffer.concat([prefix, bytes]);
};
const header = (hex: string, name = '__value_schema_id') => ({ name, value: Buffer.from(hex, 'hex') });
const record = (value: Buffer | null, headers: KafkaRecord['headers'] = [], offset = 5): KafkaRecord => ({
  kind: 'record', topic: 'toy.ping', partition: 0, offset, appendMs: 1_700_000_000_500, key: null, headers, value, bytes: Buffer.alloc(0),
}); // biome-ignore format: a record

t.test('what a record names', async (t) => {
  const named = (value: Buffer | null, ...headers: KafkaRecord['headers'][number][]) => nameOf(record(value, headers));
  t.same(named(prefixed(7, pong)), { name: 7, prefixBytes: 5 });
  t.same(named(prefixed(-1, pong)), { name: -1, prefixBytes: 5 });
  t.same(named(Buffer.from('{}')), { name: null, prefixBytes: 0 });
  t.same(named(Buffer.alloc(3)), { name: 'unreadable', prefixBytes: 5 });
  t.same(named(prefixed(7, pong), header(`01${GUID}`)), { name: GUID, prefixBytes: 0 });
  t.same(named(pong, header('00fffffffe')), { name: -2, prefixBytes: 0 });
  t.same(named(pong, header('0000000001'), header(`01${GUID}`)), { name: GUID, prefixBytes: 0 }, 'the last one');
  t.same(named(pong, header(`01${GUID}`, '__key_schema_id')), { name: null, prefixBytes: 0 });
  t.same(named(prefixed(7, pong), { name: '__value_schema_id', value: null }), { name: 7, prefixBytes: 5 });
  for (const odd of ['', '01', `02${GUID}`, `01${GUID}00`, '00000001']) t.equal(named(pong, header(odd)).name, 'unreadable', odd);
});

/** A registry with these schemas, and what a service went by. */
const served = (schemas: Record<string, unknown>, named: Partial<NamedSchemas>): NamedSchemas => ({
  since: [],
  names: [],
  schema: async (name) => (schemas[name] === undefined ? null : JSON.stringify(schemas[name])),
  ...named,
});
const entry = (name: number | string, json: unknown, offset = 0) => ({
  name,
  schema: fingerprint(json),
  from: [{ topic: 'toy.ping', partition: 0, offset }],
});

/** Event names of records by a registry, and what is found wrong. */
const told = async (named: NamedSchemas | undefined, records: readonly KafkaRecord[]) => {
  const findings = createFindings();
  const { schemaOf, unknown } = await readNames(rules, named, findings);
  const events = records.map((one) => frameOf(one, rules, schemaOf).event?.name ?? null);
  return { events, unknown: unknown(), failed: findings.report().findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id) };
}; // biome-ignore format: long lines

t.test('without a registry ids are those of the files, and there are no GUIDs', async (t) => {
  const records = [
    record(prefixed(PING.schemaId, pong)),
    record(pong, [header(`0000000${PING.schemaId.toString(16).padStart(3, '0')}`)]),
    record(prefixed(99, pong)),
    record(pong, [header(`01${GUID}`)]),
    record(pong, [header('ff')]),
    record(prefixed(OPERATION.schemaId, pong)),
  ];
  t.same(await told(undefined, records), { events: ['ping', 'ping', null, null, null, null], unknown: 0, failed: [] });
});

t.test('with one they are what it says, from where the service knew it', async (t) => {
  const named = served({ 70: { ...PING, doc: 'words' }, [GUID]: PING }, { names: [entry(70, PING, 5), entry(GUID, PING)] });
  const records = [
    record(prefixed(70, pong)),
    record(prefixed(70, pong), [], 4),
    record(pong, [header(`01${GUID}`)], 0),
    record(prefixed(PING.schemaId, pong)),
  ];
  t.same(await told(named, records), { events: ['ping', null, 'ping', null], unknown: 2, failed: [] });
  const since = { ...named, since: [{ topic: 'toy.ping', partition: 0, offset: 5 }] };
  const before = [record(prefixed(PING.schemaId, pong), [], 4), record(prefixed(PING.schemaId, pong), [], 5), record(prefixed(70, pong), [], 4)];
  t.same((await told(since, before)).events, ['ping', null, null], 'and before there was one, those of the files');
}); // biome-ignore format: long lines

t.test('a name that the service took for a schema which it is not is a violation, and its records are malformed', async (t) => {
  const micros = { ...PING, fields: PING.fields.map((f: { name: string }) => (f.name === 'eventTime' ? { ...f, type: { type: 'long', logicalType: 'timestamp-micros' } } : f)) }; // biome-ignore format: a line
  for (const [what, schemas, taken] of [
    ['another one of the policy', { 70: OPERATION }, PING],
    ['one of somebody else', { 70: { ...PING, name: 'Other' } }, PING],
    ['none', {}, PING],
    ['numbers of another meaning', { 70: micros }, PING],
    ['no schema', { 70: { type: 'record' } }, PING],
  ] as const)
    t.same(await told(served(schemas, { names: [entry(70, taken)] }), [record(prefixed(70, pong))]), { events: [null], unknown: 1, failed: ['I5'] }, what); // biome-ignore format: a line
});

t.test('a registry that does not answer is no verdict', async (t) => {
  const named = { ...served({}, { names: [entry(70, PING)] }), schema: () => Promise.reject(new Error('unreachable')) };
  await t.rejects(told(named, []), { message: 'unreachable' });
});

t.test('a topic that only the configuration names is for its event type alone', async (t) => {
  const at = (topic: string, id: number) => ({ ...record(prefixed(id, pong)), topic });
  t.same((await told(undefined, [at('bridge.17', PING.schemaId), at('bridge.17', OPERATION.schemaId)])).events, ['ping', null]);
});

t.test('both programs find the same schemas equal', async (t) => {
  const field = (type: unknown, more: object = {}) => ({ ...PING, fields: [{ name: 'f', type, ...more }] });
  const decimal = (precision: number, scale?: number) => ({ type: 'bytes', logicalType: 'decimal', precision, ...(scale === undefined ? {} : { scale }) });
  const schemas: readonly unknown[] = [
    PING,
    { ...PING, doc: 'words', schemaId: 5, aliases: ['x'] },
    { ...PING, name: `${PING.namespace}.${PING.name}`, namespace: undefined },
    { ...PING, namespace: 'other' },
    field('long'),
    field({ type: 'long' }),
    field('long', { default: 4, doc: 'd' }),
    field({ type: 'long', logicalType: 'timestamp-millis' }),
    field({ type: { type: 'long' }, logicalType: 'timestamp-millis' }),
    field({ type: 'long', logicalType: 'timestamp-micros' }),
    field({ type: 'string', logicalType: 'uuid' }),
    field('string'),
    field(['null', 'long']),
    field(['long', 'null']),
    field({ type: 'array', items: 'long' }),
    field({ type: 'map', values: 'long' }),
    field({ type: 'map', values: { type: 'long', logicalType: 'time-micros' } }),
    field(decimal(4)),
    field(decimal(4, 0)),
    field(decimal(4, 2)),
    field({ type: 'enum', name: 'E', symbols: ['A', 'B'] }),
    field({ type: 'enum', name: 'E', symbols: ['A', 'B'], default: 'A' }),
    field({ type: 'enum', name: 'E', symbols: ['B', 'A'] }),
    field({ type: 'fixed', name: 'F', size: 12 }),
    field({ type: 'fixed', name: 'F', size: 12, logicalType: 'duration' }),
    field({ type: 'record', name: 'N', fields: [{ name: 'x', type: ['null', PING.name] }] }),
    field({ type: 'record', name: 'N', fields: [{ name: 'x', type: ['null', `${PING.namespace}.${PING.name}`] }] }),
  ];
  for (const [i, one] of schemas.entries())
    for (const [j, other] of schemas.entries()) {
      t.equal(readingOf(one) === readingOf(other), readingForm(one as never) === readingForm(other as never), `${i} and ${j}`);
      t.equal(canonicalSchema(one) === canonicalSchema(other), canonicalForm(one as never) === canonicalForm(other as never), `${i}, ${j}`);
    }
}); // biome-ignore format: long lines
