import { createRandom, type Random } from './random.ts';

/** One record of the toy's source, as its author knows it. */
export interface ToyRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly line: string;
  /** Null when the record is malformed or repeats an offset. */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly event: 'operation' | 'location' | 'ping';
}

interface Device {
  readonly id: string;
  readonly household: string;
  readonly gateway: string;
  readonly mac: string;
  readonly model: string;
  readonly place: readonly [number, number];
}

const HOUR = 3_600_000;
export const START = Date.UTC(2024, 2, 5, 12);
const MODELS = ['aero-1', 'aero-1', 'aero-1', 'aero-2', 'terra-1', 'terra-1', 'terra-1', 'luma-1', 'luma-2', 'unheard-of'];
const OPERATIONS = ['unlock', 'unlock', 'unlock', 'lock', 'dim', 'brew'];
const RESULTS = [...new Array<string>(15).fill('ok'), ...new Array<string>(8).fill('timeout'), 'wrong-pin', 'wrong-pin', 'jammed', null];
const CENTRES = [
  [52.52, 13.405],
  [52.52, 13.405],
  [52.52, 13.405],
  [48.1374, 11.5755],
] as const;

const devicesOf = (random: Random, households: number): Device[] => {
  const devices: Device[] = [];
  for (let h = 0; h < households; h++) {
    const household = `home-${random.hex(10)}`;
    const gateway = `gw-${String(h % 3 === 0 ? 0 : h % 8).padStart(4, '0')}-home`;
    const count = random.chance(0.1) ? 6 : 1 + random.int(2);
    // Homes keep to one model, so that counting devices and counting households differ.
    const model = random.pick(MODELS);
    const [lat, lon] = random.pick(CENTRES);
    for (let d = 0; d < count; d++) {
      const mac = (random.hex(12).match(/../g) as string[]).join(':').toUpperCase();
      const place = [lat + (random.int(10_000) - 5000) / 100_000, lon + (random.int(10_000) - 5000) / 100_000] as const;
      devices.push({ id: `dev-${random.hex(14)}`, household, gateway, mac, model, place });
    }
  }
  return devices;
};

const operationOf = (device: Device, eventId: string, eventTime: number, random: Random) => ({
  eventId,
  deviceId: device.id,
  householdId: random.chance(0.02) ? null : device.household,
  gatewayId: device.gateway,
  mac: device.mac,
  eventTime,
  model: device.model,
  operation: random.pick(OPERATIONS),
  // One model's users mistype a lot: most of some class is revealing.
  result: device.model === 'terra-1' && random.chance(0.8) ? 'wrong-pin' : random.pick(RESULTS),
});

const locationOf = (device: Device, eventId: string, eventTime: number, random: Random) => ({
  eventId,
  deviceId: device.id,
  eventTime,
  lat: Number((device.place[0] + random.int(100) / 100_000).toFixed(6)),
  lon: Number((device.place[1] + random.int(100) / 100_000).toFixed(6)),
});

/**
 * Households in both places: 20 release a fine class, and 5 of them also leave a record over that only 8 others could
 * cover at the coarse level. Each operation alone stays under k.
 */
const LEFTOVERS: Readonly<Record<string, (home: number) => boolean>> = {
  unlock: (home) => home < 20,
  brew: (home) => home >= 15 && home < 24,
  dim: (home) => home >= 24,
};

const leftoversOf = (random: Random): Device[] =>
  Array.from({ length: 28 }, (_, home) => ({
    id: `dev-${random.hex(14)}`,
    household: `home-${random.hex(10)}`,
    gateway: `gw-000${1 + (home % 7)}-home`,
    mac: (random.hex(12).match(/../g) as string[]).join(':').toUpperCase(),
    model: 'nova-1',
    place: [0, 0],
  }));

/** Spoils a record in one of the ways that gateways do. */
const spoil = (line: string, random: Random): string =>
  random.pick([
    line.slice(0, -7),
    line.replace('"eventTime":', '"eventTime":"soon","eventTime":'),
    line.replace('"deviceId":', '"deviceID":'),
    line.replace(/"eventTime":\d+/, '"eventTime":true'),
    line.replace('"eventId":', '"surprise":1,"eventId":'),
  ]);

const fleets = new Map<string, readonly ToyRecord[]>();

/** A fleet, made once a seed. */
export const fleetOf = (seed: string): readonly ToyRecord[] => {
  const fleet = fleets.get(seed) ?? makeFleet(seed, 130, 2);
  fleets.set(seed, fleet);
  return fleet;
};

/** Envelopes of four partitions in time order, some late, repeated, malformed, unresolvable. */
const makeFleet = (seed: string, households: number, hours: number): ToyRecord[] => {
  const random = createRandom(seed);
  const devices = devicesOf(random, households);
  const doubled = leftoversOf(createRandom(`${seed} leftovers`));
  const offsets = new Map<string, number>();
  const records: ToyRecord[] = [];
  const add = (
    device: Device,
    event: ToyRecord['event'],
    timestamp: number,
    value: Record<string, unknown>,
    bad = random.chance(0.01),
  ): void => {
    const topic = `toy.${event}`;
    const partition = Math.max(devices.indexOf(device), doubled.indexOf(device)) % 4;
    const place = `${topic} ${partition}`;
    const offset = offsets.get(place) ?? 0;
    offsets.set(place, offset + 1);
    const headers = { client: `mqtt-${device.id}` };
    const line = JSON.stringify({ topic, partition, offset, timestamp, key: device.id, headers, value });
    records.push({ topic, partition, offset, timestamp, line: bad ? spoil(line, random) : line, value: bad ? null : value, event });
  };
  const times = Array.from({ length: Math.round(devices.length * hours) }, () => START + random.int(hours * HOUR)).sort((a, b) => a - b);
  times.forEach((at, i) => {
    const kind = random.int(20);
    // A third of the devices move about and send most positions.
    const device = kind > 0 && kind < 8 ? devices[random.int(devices.length / 3)] : random.pick(devices);
    const late = random.chance(kind < 8 ? 0.5 : 0.05) ? random.int((kind < 8 ? 9 : 30) * HOUR) : random.int(60_000);
    // Devices number their events themselves.
    const eventId = String(i);
    if (kind === 0) add(device, 'ping', at, { eventId, deviceId: device.id, eventTime: at });
    else if (kind < 8)
      add(
        device,
        'location',
        at,
        locationOf(device, eventId, at - late + (random.chance(0.01) ? HOUR * 40 : 0) - (random.chance(0.02) ? HOUR * 30 : 0), random),
      );
    else {
      const value = operationOf(device, eventId, at - late, random);
      // Keen devices repeat themselves, and some gateways deliver twice.
      const copies = random.chance(0.04) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) add(device, 'operation', at + copy, value);
      if (i % 6 === 0) for (let more = 0; more < 2; more++) add(device, 'operation', at + more, { ...value, eventId: `${i}.${more}` });
    }
  });
  doubled.forEach((device, home) => {
    const at = START + hours * HOUR + home * 1000;
    for (const [operation, isOf] of Object.entries(LEFTOVERS)) {
      const value = operationOf(device, `${operation}.${home}`, at - 500, random);
      if (isOf(home)) add(device, 'operation', at, { ...value, householdId: device.household, operation, result: 'ok' }, false);
    }
  });
  return records;
};
