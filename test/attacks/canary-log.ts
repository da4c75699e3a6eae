import avro from 'avsc';
import { sourceSchemas } from '../../src/cli/assets.ts';
import type { EventName } from '../../src/simulate/options.ts';
import type { Canaries } from './canaries.ts';

/** 2026-01-05T10:30Z: everything falls into one window of every view. */
const AT_MS = 1_767_609_000_000;
const MODEL = 'SIN-4-RS-20_LEX';

type Value = Record<string, unknown>;

const TYPES = Object.fromEntries(
  Object.entries(sourceSchemas()).map(([name, schema]) => [name, avro.Type.forSchema(schema as avro.Schema)]),
) as Record<EventName, avro.Type>;
const IDS: Readonly<Record<EventName, number>> = { device: 1, operation: 2, location: 3 };

/** What every event says about itself: nobody but it has any of these. */
const identity = (canaries: Canaries): Value => ({
  eventId: canaries.uuid(),
  deviceId: canaries.text('dev'),
  accountId: canaries.text('acc'),
  householdId: canaries.text('home'),
  gatewayId: canaries.text('gw'),
  eventTime: AT_MS - 60_000,
  model: MODEL,
});

/** Sound events whose identifying fields are all canaries; what may leave is the same for all, so that it does. */
export const VALUES: Readonly<Record<EventName, (canaries: Canaries) => Value>> = {
  device: (canaries) => ({
    ...identity(canaries),
    osName: 'linux',
    osVersion: '5.10',
    firmware: canaries.text('fw'),
    hardware: { ram: 512, screen: canaries.text('screen'), sensors: [canaries.text('sensor')] },
    settings: { [canaries.text('room')]: canaries.text('theme'), wakeWord: canaries.text('word') },
    permissions: [canaries.text('permission')],
    language: canaries.text('tlh'),
    serial: canaries.text('SN'),
    mac: canaries.mac(),
    imei: canaries.imei(),
    advertisingId: canaries.uuid(),
  }),
  operation: (canaries) => ({
    ...identity(canaries),
    operation: 'turn-on-light',
    parameters: { [canaries.text('scene')]: canaries.text('mood') },
    result: 'success',
    durationMs: 120,
    sessionId: canaries.text('session'),
    errorCode: canaries.text('E'),
    mac: canaries.mac(),
  }),
  location: (canaries) => ({
    ...identity(canaries),
    ip: canaries.ip(),
    gps: { lat: canaries.position(52.5), lon: canaries.position(13.4), accuracy: 8 },
    wifi: [{ bssid: canaries.mac(), ssid: canaries.text('Net of the family'), rssi: -40 }],
    bluetooth: [{ address: canaries.mac(), name: canaries.text("Mia's phone"), rssi: -60 }],
    cell: { mcc: 262, mnc: 1, lac: 4711, cid: Number(canaries.imei()) },
  }),
};

/** Values that decode, but say what no ladder knows: they may be blocked or generalised, and never repeated. */
const STRANGE: Readonly<Record<EventName, (canaries: Canaries) => Value>> = {
  device: (canaries) => ({ model: canaries.text('model'), osName: canaries.text('os'), osVersion: `${canaries.text('version')}.1.2` }),
  operation: (canaries) => ({ model: canaries.text('model'), operation: canaries.text('operation'), result: canaries.text('result') }),
  location: (canaries) => ({ model: canaries.text('model') }),
};

/** Texts where a number, list, map or record belongs. */
const MISTYPED: Readonly<Record<EventName, readonly string[]>> = {
  device: ['eventTime', 'receivedAt', 'hardware', 'settings', 'permissions'],
  operation: ['eventTime', 'parameters', 'durationMs'],
  location: ['eventTime', 'gps', 'wifi', 'bluetooth', 'cell'],
};

export interface CanaryLog {
  readonly envelopes: readonly Buffer[];
  readonly bare: readonly Buffer[];
  /** Bare Avro of device events, for a container file. */
  readonly datums: readonly Buffer[];
}

const line = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const replaced = (bytes: Buffer, at: string, by: Buffer): Buffer => {
  const from = bytes.indexOf(at);
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(from + at.length)]);
};

/** Hurt texts of a sound record: each still holds canaries, and cannot be read. */
const hurt = (record: Value, wrap: (value: Value) => unknown, canaries: Canaries): Buffer[] => {
  const whole = line(wrap(record));
  const named = JSON.stringify(record['deviceId']);
  const again = Buffer.from(`${named},"deviceId":${JSON.stringify(canaries.text('dev'))}`);
  return [
    whole.subarray(0, whole.length - 20),
    whole.subarray(0, whole.indexOf(named) + named.length - 3),
    replaced(whole, named, again),
    replaced(whole, named, Buffer.concat([Buffer.from(named.slice(0, -1)), Buffer.from([0xff, 0xfe]), Buffer.from('"')])),
    replaced(whole, named, Buffer.from(`${named.slice(0, -1)}\\ud800"`)),
    line(wrap({ ...record, [canaries.text('field')]: canaries.text('value') })),
    line(wrap({ ...record, eventTime: undefined })),
    line(wrap({ ...record, deviceId: { [canaries.text('key')]: canaries.text('value') } })),
    Buffer.from(JSON.stringify(wrap(record)).replace('{', `{"__proto__":{"deviceId":"${canaries.text('proto')}"},`)),
    Buffer.from(JSON.stringify(wrap({ ...record, firmware: 0 })).replace('"firmware":0', `"settings":${'['.repeat(40)}"${canaries.text('deep')}"${']'.repeat(40)}`)), // biome-ignore format: a chain
  ];
};

/** A log in which whatever identifies is a canary: sound, strange and hurt records, in every form that input has. */
export const canaryLog = (canaries: Canaries): CanaryLog => {
  const envelopes: Buffer[] = [];
  const bare: Buffer[] = [];
  const datums: Buffer[] = [];
  let offset = 0;
  const envelope = (event: EventName, value: unknown): Value => ({
    topic: `telemetry.${event}`,
    partition: 1,
    offset: offset++,
    timestamp: AT_MS,
    key: canaries.text('key'),
    headers: { 'client-id': canaries.text('client'), trace: canaries.uuid() },
    value,
  });
  const framed = (event: EventName, value: Value): Buffer => {
    const prefix = Buffer.alloc(5);
    prefix.writeInt32BE(IDS[event], 1);
    return Buffer.concat([prefix, TYPES[event].toBuffer(value)]);
  };
  const own = (event: EventName, value: Value): Value => ({ type: event, receivedAt: AT_MS, ...value });

  for (const event of ['device', 'operation', 'location'] as const) {
    const make = VALUES[event];
    for (let i = 0; i < 16; i++) {
      envelopes.push(line(envelope(event, make(canaries))));
      envelopes.push(line(envelope(event, framed(event, make(canaries)).toString('base64'))));
      bare.push(line(own(event, make(canaries))));
    }
    for (const strange of [STRANGE[event](canaries), { householdId: null }, { householdId: '' }]) {
      envelopes.push(line(envelope(event, { ...make(canaries), ...strange })));
      envelopes.push(line(envelope(event, framed(event, { ...make(canaries), ...strange }).toString('base64'))));
      bare.push(line(own(event, { ...make(canaries), ...strange })));
    }
    for (const field of MISTYPED[event]) {
      envelopes.push(line(envelope(event, { ...make(canaries), [field]: canaries.text(field) })));
      bare.push(line(own(event, { ...make(canaries), [field]: canaries.text(field) })));
    }
    envelopes.push(...hurt(make(canaries), (value) => envelope(event, value), canaries));
    bare.push(...hurt(make(canaries), (value) => own(event, value), canaries));

    const bytes = framed(event, make(canaries));
    const end = Buffer.from(canaries.text('end'));
    for (const broken of [
      bytes.subarray(0, bytes.length - 9),
      Buffer.concat([bytes, end]),
      Buffer.concat([Buffer.from([0, 0, 0, 7, 7]), bytes.subarray(5)]),
      Buffer.concat([Buffer.from([9]), bytes]),
      Buffer.concat([bytes.subarray(0, 5), Buffer.from([0x7f]), bytes.subarray(6)]),
      end,
    ])
      envelopes.push(line(envelope(event, broken.toString('base64'))));
    // The envelope itself is wrong.
    for (const wrong of [
      { topic: canaries.text('topic') },
      { topic: 'file' },
      { partition: canaries.text('partition') },
      { offset: canaries.text('offset') },
      { offset: 0 },
      { timestamp: canaries.text('timestamp') },
      { value: canaries.text('no base64 ') },
      { value: [canaries.text('item')] },
      { value: null },
      { value: undefined },
    ])
      envelopes.push(line({ ...envelope(event, make(canaries)), ...wrong }));
  }
  for (let i = 0; i < 240; i++) {
    const { deviceId, householdId, eventId, eventTime, model, gps } = VALUES.location(canaries);
    envelopes.push(line(envelope('location', { deviceId, householdId, eventId, eventTime, model, gps })));
  }
  for (let i = 0; i < 20; i++) datums.push(TYPES.device.toBuffer({ ...VALUES.device(canaries), receivedAt: AT_MS }));
  bare.push(line({ ...own('device', VALUES.device(canaries)), type: canaries.text('type') }));
  bare.push(line({ ...own('device', VALUES.device(canaries)), receivedAt: undefined }));
  bare.push(line(canaries.text('a text')), line([canaries.text('an item')]), Buffer.from(canaries.text('no JSON')));
  bare.push(line(own('device', { ...VALUES.device(canaries), model: canaries.text('huge').repeat(2000) })));
  return { envelopes, bare, datums };
};
