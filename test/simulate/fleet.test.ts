import { readFileSync } from 'node:fs';
import avsc from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { murmur2 } from '../../src/simulate/envelope.ts';
import { describe, simulateFleet } from '../../src/simulate/fleet.ts';
import { MISHAPS, OVERSIZED_BYTES } from '../../src/simulate/malformed.ts';
import { DEFAULT_START_MS, EVENT_NAMES, type EventName } from '../../src/simulate/options.ts';
import { bytesOf, type Line, linesOf, SOUND, small } from './fixture.ts';

const schema = (name: EventName) => JSON.parse(readFileSync(new URL(`../../schemas/source/${name}.avsc`, import.meta.url), 'utf8'));
const SCHEMAS = { device: schema('device'), operation: schema('operation'), location: schema('location') };
const eventOf = (line: Line): EventName => line.topic.slice('telemetry.'.length) as EventName;

t.test('one seed, one log: the same bytes, and others for another seed', async (t) => {
  for (const over of [{}, { format: 'avro', schemas: SCHEMAS } as const]) {
    t.ok(bytesOf(small(over)).equals(bytesOf(small(over))));
    t.notOk(bytesOf(small(over)).equals(bytesOf(small({ ...over, seed: 8 }))));
  }
});

t.test('two logs made in turns do not disturb each other', async (t) => {
  const a = simulateFleet(small());
  const b = simulateFleet(small({ seed: 8 }));
  const parts: Buffer[] = [];
  for (const chunk of a) {
    parts.push(chunk);
    b.next();
  }
  t.ok(Buffer.concat(parts).equals(bytesOf(small())));
});

t.test('count, order and coordinates of envelopes', async (t) => {
  const lines = linesOf(small({ ...SOUND, count: 5000 }));
  t.equal(lines.length, 5000);
  const next = new Map<string, number>();
  let last = DEFAULT_START_MS;
  for (const line of lines) {
    const at = `${line.topic}:${line.partition}`;
    if (line.offset !== (next.get(at) ?? 0)) t.fail(`offset at ${at}`);
    next.set(at, line.offset + 1);
    if (line.timestamp < last || line.timestamp >= DEFAULT_START_MS + 6 * HOUR_MS) t.fail('timestamp');
    last = line.timestamp;
    if (line.key !== line.value.deviceId || line.partition !== (murmur2(line.key) & 0x7fffffff) % 4) t.fail('key');
    if (line.headers['user'] !== line.value.accountId || !line.headers['client-id'].includes(line.key)) t.fail('headers');
  }
  t.equal(next.size, 12);
  t.ok(last > DEFAULT_START_MS + 5.9 * HOUR_MS);
});

t.test('values fit the source schemas: JSON and Avro say the same', async (t) => {
  const json = linesOf(small(SOUND));
  const avro = linesOf(small({ ...SOUND, format: 'avro', schemas: SCHEMAS }));
  const types = Object.fromEntries(EVENT_NAMES.map((name) => [name, avsc.Type.forSchema(schema(name))]));
  t.equal(avro.length, json.length);
  for (let i = 0; i < json.length; i++) {
    const name = eventOf(json[i]);
    const bytes = Buffer.from(avro[i].value, 'base64');
    if (bytes[0] !== 0 || bytes.readUInt32BE(1) !== SCHEMAS[name].schemaId) t.fail('prefix');
    const decoded = JSON.parse(JSON.stringify(types[name].fromBuffer(bytes.subarray(5))), dropNull);
    t.same(decoded, json[i].value) || t.bailout(`${name} differs`);
    for (const field of Object.keys(json[i].value)) {
      if (!SCHEMAS[name].fields.some((known: { name: string }) => known.name === field)) t.fail(`${field} is in no schema`);
    }
    if (i > 400) break;
  }
});

/** JSON leaves out what Avro calls null. */
const dropNull = (_: string, value: unknown): unknown => (value === null ? undefined : value);

t.test('a fleet of ten million costs no more than a small one', async (t) => {
  const before = process.memoryUsage();
  const lines = linesOf(small({ ...SOUND, devices: 10_000_000, count: 500 }));
  const after = process.memoryUsage();
  t.ok(new Set(lines.map((line) => line.key)).size > 480, 'hardly a device speaks twice');
  // One byte of a typed array, or one element of an array, for each device would show; garbage of 500 events does not.
  t.ok(after.arrayBuffers - before.arrayBuffers < 9_000_000, 'no typed array of the fleet');
  t.ok(after.heapUsed - before.heapUsed < 60_000_000, 'no list of the fleet');
});

t.test('a fleet of one device works', async (t) => {
  const lines = linesOf(small({ ...SOUND, devices: 1, count: 50 }));
  t.equal(lines.length, 50);
  t.equal(new Set(lines.map((line) => line.key)).size, 1);
});

t.test('shares: late, future, repeated, of each type', async (t) => {
  const count = 40_000;
  const lines = linesOf(small({ ...SOUND, count, devices: 30_000 }));
  const seen = new Set<string>();
  const share = { repeated: 0, late: 0, day: 0, week: 0, future: 0, device: 0, operation: 0, location: 0 };
  for (const line of lines) {
    const { eventId, eventTime } = line.value;
    const behind = line.timestamp - eventTime;
    if (seen.has(eventId)) share.repeated++;
    seen.add(eventId);
    if (behind > 5 * 60_000) share.late++;
    if (behind > DAY_MS) share.day++;
    if (behind > 7 * DAY_MS) share.week++;
    if (behind < 0) share.future++;
    share[eventOf(line)]++;
  }
  const within = (name: keyof typeof share, low: number, high: number) => {
    const value = share[name] / count;
    t.ok(value > low && value < high, `${name}: ${value}`);
  };
  within('repeated', 0.017, 0.023);
  within('late', 0.02, 0.032);
  within('day', 0.005, 0.01);
  within('week', 0.001, 0.0035);
  within('future', 0.0005, 0.0018);
  within('device', 0.48, 0.52);
  within('operation', 0.33, 0.37);
  within('location', 0.14, 0.16);
});

t.test('duplicates repeat key, headers and value of an earlier record', async (t) => {
  const first = new Map<string, string>();
  let repeated = 0;
  for (const line of linesOf(small({ ...SOUND, count: 10_000 }))) {
    const text = JSON.stringify([line.topic, line.key, line.headers, line.value]);
    const before = first.get(line.value.eventId);
    if (before !== undefined && ++repeated && before !== text) t.fail('a duplicate differs');
    first.set(line.value.eventId, text);
  }
  t.ok(repeated > 100);
});

t.test('about 45 % of the devices report in an hour', async (t) => {
  const devices = 6000;
  const lines = linesOf(small({ ...SOUND, devices, count: 20_000, spanMs: HOUR_MS, mix: { device: 1, operation: 0, location: 0 } }));
  const active = new Set(lines.map((line) => line.key)).size / devices;
  t.ok(active > 0.43 && active < 0.47, `${active}`);
});

t.test('reports take turns: nobody twice before everybody active once', async (t) => {
  const devices = 6000;
  const lines = linesOf(
    small({ ...SOUND, duplicateShare: 0, devices, count: 2500, spanMs: HOUR_MS, mix: { device: 1, operation: 0, location: 0 } }),
  );
  t.equal(new Set(lines.map((line) => line.key)).size, 2500);
});

t.test('malformed records: their share, and every kind', async (t) => {
  const lines = linesOf(small({ count: 100_000, devices: 30_000, seed: 3, malformedShare: 0 })).length;
  t.equal(lines, 100_000);
  const bad = broken(bytesOf(small({ count: 50_000, devices: 30_000, seed: 3 })));
  t.ok(bad > 25 && bad < 80, `${bad} of 50 000`);
});

/** Records that no reader could take: judged by the bytes, as plainly as can be. */
function broken(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    if (!isSound(bytes.subarray(at, end))) count++;
    at = end + 1;
  }
  return count;
}

const FIELDS = Object.fromEntries(EVENT_NAMES.map((name) => [name, new Set(SCHEMAS[name].fields.map((f: { name: string }) => f.name))]));

function isSound(line: Buffer): boolean {
  if (line.includes(0xff) || line.length > OVERSIZED_BYTES || line.includes('"model":"twice"') || line.includes('[[[[')) return false;
  try {
    const { topic, value } = JSON.parse(line.toString());
    const known = FIELDS[topic.slice(10)];
    return (
      Object.keys(value).every((field) => known.has(field)) &&
      ['eventId', 'deviceId', 'model'].every((field) => typeof value[field] === 'string') &&
      typeof value.eventTime === 'number'
    );
  } catch {
    return false;
  }
}

t.test('with nothing but mishaps nothing is sound, and every kind occurs', async (t) => {
  const all = bytesOf(small({ count: 400, malformedShare: 1, duplicateShare: 0 }));
  t.equal(broken(all), 400);
  t.ok(all.includes(0xff));
  t.ok(all.includes('"model":"twice"'));
  t.ok(all.includes('"ownerName"'));
  t.ok(all.includes('"value":null'));
  t.ok(all.includes('['.repeat(400)));
  t.ok(all.includes('x'.repeat(OVERSIZED_BYTES)));
  t.ok(all.includes('[true]'));
  t.equal(MISHAPS.json.length, 9);
});

t.test('malformed Avro: no value decodes to one that encodes to the same bytes', async (t) => {
  const options = small({ count: 300, malformedShare: 1, duplicateShare: 0, format: 'avro', schemas: SCHEMAS });
  const types = Object.fromEntries(EVENT_NAMES.map((name) => [name, avsc.Type.forSchema(schema(name))]));
  let sound = 0;
  for (const line of linesOf(options)) {
    if (line.value === null) continue;
    const bytes = Buffer.from(line.value, 'base64');
    if (bytes.length > OVERSIZED_BYTES || bytes[0] !== 0 || bytes.readUInt32BE(1) !== SCHEMAS[eventOf(line)].schemaId) continue;
    try {
      const again = types[eventOf(line)].toBuffer(types[eventOf(line)].fromBuffer(bytes.subarray(5)));
      if (again.equals(bytes.subarray(5))) sound++;
    } catch {
      // As it should be.
    }
  }
  t.equal(sound, 0);
});

t.test('describe says what will be written', async (t) => {
  t.match(describe(small({ devices: 60_000, count: 10, spanMs: 1000 })), { devices: 60_000, households: 20_000, events: 10, rate: 10 });
  t.equal(describe(small({ devices: 1 })).households, 1);
  const { count: _, ...rest } = small();
  t.match(describe({ ...rest, rate: 2, spanMs: 60_000 }), { events: 120 });
  t.match(describe({ ...small(), rate: 2 }), { events: 2000, endMs: DEFAULT_START_MS + 1_000_000 });
});

t.test('options out of range are refused, by name', async (t) => {
  fc.assert(
    fc.property(fc.constantFrom('devices', 'spanMs', 'partitions', 'rate'), fc.constantFrom(-1, 0, Number.NaN), (name, value) => {
      try {
        describe(small({ [name]: value }));
      } catch (error) {
        return error instanceof RangeError && error.message.includes(name);
      }
      return false;
    }),
  );
  for (const bad of [{ activity: 2 }, { mix: { device: 0, operation: 0, location: 0 } }, { format: 'avro' as const }, { count: 0.5 }]) {
    t.throws(() => describe(small(bad)), RangeError);
  }
});
