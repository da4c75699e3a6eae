/** What radios hear: access points of the street and of the home, and Bluetooth things of the family and of passers-by. */
import type { Place } from './device.ts';
import { macOf, spellMac } from './identity.ts';
import type { Kind } from './kinds.ts';
import { below, mix, type Random } from './random.ts';
import type { Point } from './world.ts';

export interface AccessPoint {
  readonly bssid: string;
  readonly ssid: string;
  readonly rssi: number;
}

export interface Beacon {
  readonly address: string;
  readonly name: string;
  readonly rssi: number;
}

const FIELD = { street: 500, home: 510 } as const;
/** Access points are heard within about 100 m: streets are cells of a thousandth of a degree. */
const STREETS_PER_DEGREE = 1000;
const NETWORKS = [
  'FRITZ!Box',
  'Vodafone',
  'xfinity',
  'TP-LINK',
  'NETGEAR',
  'Livebox',
  'HUAWEI',
  'MiWiFi',
  'Airtel',
  'BTHub',
  'eduroam',
  'Guest',
];
const GADGETS = ['Buds', 'Watch', 'Band', 'Speaker', 'Tile', 'Keyboard', 'Car Kit', 'Headset', 'Tag', 'Scale'];
/** First names make Bluetooth names personal data, as they are in the field. */
const OWNERS = ['Mia', 'Li Wei', 'Noah', 'Ana', 'Yusuf', 'Priya', 'Emma', 'Kenji', 'Sofia', 'Lukas', 'Chloe', 'Omar'];

export function aroundMe(
  seed: number,
  place: Place,
  kind: Kind,
  point: Point,
  atMs: number,
  random: Random,
): { readonly wifi: readonly AccessPoint[]; readonly bluetooth: readonly Beacon[] } {
  const street = Math.imul(Math.floor(point.lat * STREETS_PER_DEGREE), 73_856_093) ^ Math.floor(point.lon * STREETS_PER_DEGREE);
  const density = mix(seed, street, FIELD.street) % 9;
  const wifi: AccessPoint[] = [];
  if (!kind.mobile) wifi.push(accessPoint(seed, place.household, FIELD.home, random));
  for (let i = 0; i < density; i++) {
    // Not every scan hears all.
    if (random() % 4 !== 0) wifi.push(accessPoint(seed, street + i, FIELD.street + 1, random));
  }
  const bluetooth: Beacon[] = [];
  const family = random() % 4;
  for (let i = 0; i < family; i++) bluetooth.push(beacon(seed, place.household * 8 + i, FIELD.home + 1, random));
  const passers = kind.mobile ? below(random, 1 + (density >> 1)) : 0;
  const minute = Math.floor(atMs / 60_000);
  for (let i = 0; i < passers; i++) bluetooth.push(beacon(seed ^ minute, street + i, FIELD.street + 2, random));
  return { wifi, bluetooth };
}

function accessPoint(seed: number, owner: number, field: number, random: Random): AccessPoint {
  const bits = mix(seed, owner, field);
  return {
    bssid: spellMac(seed, 0, macOf(seed, bits & 0xffffff, undefined)),
    ssid: `${NETWORKS[bits % NETWORKS.length]}-${(bits >>> 16).toString(16).toUpperCase()}`,
    rssi: -35 - below(random, 60),
  };
}

function beacon(seed: number, owner: number, field: number, random: Random): Beacon {
  const bits = mix(seed, owner, field);
  const name = `${OWNERS[bits % OWNERS.length]}'s ${GADGETS[(bits >>> 8) % GADGETS.length]}`;
  return { address: macOf(seed, bits & 0xffffff, undefined), name, rssi: -40 - below(random, 55) };
}
