import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { assetPath, sourceSchemas } from '../../src/cli/assets.ts';
import { canonicalForm, readingForm } from '../../src/decode/avro-canonical.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { frameRun } from '../../src/runtime/log/kafka/frame.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { withTopics } from '../../src/runtime/service/topics.ts';
import { canonicalSchema, readingOf } from '../../src/verify/avro-schema.ts';
import { frameOf } from '../../src/verify/frames.ts';
import type { KafkaRecord, NamedSchemas } from '../../src/verify/inputs.ts';
import { nameOf, readNames } from '../../src/verify/names.ts';
import { createFindings } from '../../src/verify/report.ts';
import { readRules } from '../../src/verify/rules.ts';
import { encode } from '../decode/avro.ts';
import { fleetLines, smartHome } from '../properties/world.ts';
import { runOf } from '../runtime/log/kafka/run.ts';
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

/** The run and the checker over records of Kafka: what one reads and the other quarantines would be a false alarm, or a miss. */
const home = smartHome();
const homePath = assetPath('policies/smart-home.yaml');
const homeRules = readRules(readFileSync(homePath, 'utf8'), homePath, policyFiles(homePath), { device: 'bridge.17' });
const decoder = createDecoder(withTopics(home, { device: 'bridge.17' }));
const sources = home.events.flatMap((event) => event.schemas);
const registryNames = new Map<number | string, number>([[71, 0], [72, 1], [73, 2], [GUID, 1]]); // biome-ignore format: a line
const data = fleetLines({ devices: 40, count: 300, seed: 5, format: 'avro', schemas: sourceSchemas(), malformedShare: 0 }).map((line) => {
  const { topic, value } = JSON.parse(line.toString());
  return { topic: topic as string, datum: Buffer.from(value, 'base64').subarray(5) };
});

t.test('both programs read records of Kafka alike, whatever they name and wherever they lie', async (t) => {
  const findings = createFindings();
  const names = [...registryNames].map(([name, index]) => ({ name, schema: sources[index].fingerprint, from: [] }));
  const schema = async (name: number | string) => JSON.stringify(sources[registryNames.get(name) ?? -1]?.json ?? null);
  const { schemaOf } = await readNames(homeRules, { since: [], names, schema }, findings);
  const told = new Map<string, number>();
  const ownId = (of: string): number => 71 + home.events.findIndex((event) => of.endsWith(event.name));
  const hex = fc.constantFrom(`01${GUID}`, `01${'f'.repeat(32)}`, '0000000048', '0000000047', '00ffffffff', '01', '', '020000');
  const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('__value_schema_id') }, { weight: 1, arbitrary: fc.constantFrom('other', '__key_schema_id') });
  const id = fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: fc.constantFrom(71, 72, 73) }, { weight: 1, arbitrary: fc.constantFrom(1, -1, 0, 74) });
  const topic = fc.option(fc.constantFrom('telemetry.device', 'telemetry.operation', 'telemetry.location', 'bridge.17', 'elsewhere'), { freq: 1 });
  const form = fc.constantFrom('prefixed', 'prefixed', 'bare', 'json', 'short', 'empty', 'none');
  fc.assert(
    fc.property(fc.nat(data.length - 1), form, id, fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(fc.tuple(name, hex), { maxLength: 2 }) }), topic, fc.nat(3), (at, kind, number, headers, moved, cut) => {
      const { topic: own, datum } = data[at];
      const value = { prefixed: prefixed(number ?? ownId(own), datum), bare: datum, json: Buffer.from('{"type":"device"}'), short: Buffer.alloc(3), empty: Buffer.alloc(0), none: null }[kind];
      const bytes = value === null || cut > 0 ? value : value.subarray(0, -1);
      const place = { topic: moved ?? own, partition: 0 };
      const run = runOf([{ value: bytes, headers: headers.map(([key, text]) => [key, Buffer.from(text, 'hex')] as const) }]);
      const [batch] = frameRun(run, 0, place, (one) => registryNames.get(one) ?? null);
      const { columns, faults, noView } = decoder.decode(batch, Number.NEGATIVE_INFINITY);
      const byRun = faults.count > 0 ? null : noView > 0 ? 'no view' : home.events[columns[0].event].name;
      const { event } = frameOf({ ...record(bytes, headers.map(([key, text]) => header(text, key))), ...place, offset: 100 }, homeRules, schemaOf);
      const byChecker = event === null ? null : event.views.length === 0 ? 'no view' : event.name;
      told.set(String(byRun), (told.get(String(byRun)) ?? 0) + 1);
      return byRun === byChecker;
    }),
    { numRuns: 4000 },
  );
  for (const what of ['null', 'device', 'operation', 'location']) t.ok((told.get(what) ?? 0) > 10, `${what} ${told.get(what)}`);
  t.ok(findings.report().ok);
}); // biome-ignore format: long lines
