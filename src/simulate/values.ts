/** The values of events: one plain object each, fields in the order of the source schemas. */
import { HOUR_MS } from '../model/time.ts';
import { type Catalog, choose } from './catalog.ts';
import { type Identity, type Place, profileOf } from './device.ts';
import { spellMac, uuidOf } from './identity.ts';
import type { Kind } from './kinds.ts';
import { positionOf } from './movement.ts';
import type { EventName, Settings } from './options.ts';
import { below, cumulate, gaussianPair, mix, mixUnit, pick, type Random, unit } from './random.ts';
import { aroundMe } from './surroundings.ts';
import { cellOf, ipOf } from './world.ts';

const FIELD = { favourite: 400, session: 404 } as const;

/** What goes into every value. `undefined` fields are left out, in JSON and (as their default, null) in Avro. */
export type Value = { [field: string]: unknown };

export function makeValue(
  settings: Settings,
  catalog: Catalog,
  event: EventName,
  place: Place,
  identity: Identity,
  eventId: string,
  eventTime: number,
  random: Random,
): Value {
  switch (event) {
    case 'device':
      return report(settings, catalog, place, identity, eventId, eventTime);
    case 'operation':
      return operation(settings, catalog, place, identity, eventId, eventTime, random);
    case 'location':
      return fix(settings, catalog, place, identity, eventId, eventTime, random);
    default:
      return event satisfies never;
  }
}

// The fields that all events have are written out in each: spreading a common part costs more than all the rest.

function report(settings: Settings, catalog: Catalog, place: Place, identity: Identity, eventId: string, eventTime: number): Value {
  const profile = profileOf(settings.seed, place, identity, catalog);
  const { osName, osVersion, firmware } = profile.software;
  return {
    eventId,
    deviceId: identity.deviceId,
    accountId: identity.accountId,
    householdId: identity.householdId,
    gatewayId: identity.gatewayId,
    eventTime,
    model: identity.reported,
    hardware: identity.model.hardware,
    osName,
    osVersion,
    firmware,
    settings: profile.settings,
    permissions: profile.permissions,
    language: profile.language,
    serial: profile.serial,
    mac: profile.mac,
    imei: profile.imei,
    advertisingId: profile.advertisingId,
  };
}

const RESULTS = ['success', 'already-done', 'timeout', 'offline', 'rejected', 'failed-pin', 'low-battery', 'canceled', 'internal-error'];
const RESULT_SHARES = cumulate([945, 10, 15, 10, 6, 4, 3, 4, 3]);
const ERROR_CODES: Readonly<Record<string, readonly string[]>> = {
  timeout: ['E408', 'E504'],
  offline: ['E503', 'E599'],
  rejected: ['E403', 'E409', 'E422'],
  'failed-pin': ['E401'],
  'low-battery': ['E510'],
  canceled: ['E499'],
  'internal-error': ['E500', 'E501', 'E507'],
};
const TRIGGERS = ['app', 'app', 'app', 'voice', 'schedule', 'automation', 'physical'];

function operation(
  settings: Settings,
  catalog: Catalog,
  place: Place,
  identity: Identity,
  eventId: string,
  eventTime: number,
  random: Random,
): Value {
  const { seed } = settings;
  // Every other time a device does what it always does: people have habits.
  const u = unit(random) < 0.5 ? mixUnit(seed, place.index, FIELD.favourite) : unit(random);
  const result = resultOf(catalog.kinds[place.kind], random);
  const codes = ERROR_CODES[result];
  const [spread] = gaussianPair(unit(random), unit(random));
  // Some firmware puts the address of the radio into everything it says.
  const tellsMac = identity.model.hash % 8 === 0;
  return {
    eventId,
    deviceId: identity.deviceId,
    accountId: identity.accountId,
    householdId: identity.householdId,
    gatewayId: identity.gatewayId,
    eventTime,
    model: identity.reported,
    operation: choose(catalog.operations[place.kind], u),
    parameters: { trigger: TRIGGERS[below(random, TRIGGERS.length)], value: String(below(random, 101)) },
    result,
    durationMs: Math.min(120_000, Math.round(Math.exp(5.3 + spread)) + (result === 'timeout' ? 10_000 : 0)),
    sessionId: uuidOf(seed ^ Math.floor(eventTime / HOUR_MS), place.index, FIELD.session),
    errorCode: codes === undefined ? undefined : codes[below(random, codes.length)],
    mac: tellsMac ? spellMac(seed, place.index, identity.mac) : undefined,
  };
}

/** Mostly success. Only locks ask for a PIN; elsewhere what would be one is rejected. */
function resultOf(kind: Kind, random: Random): string {
  const result = RESULTS[pick(RESULT_SHARES, unit(random))];
  return result === 'failed-pin' && kind.name !== 'lock' ? 'rejected' : result;
}

function fix(
  settings: Settings,
  catalog: Catalog,
  place: Place,
  identity: Identity,
  eventId: string,
  eventTime: number,
  random: Random,
): Value {
  const { seed } = settings;
  const kind = catalog.kinds[place.kind];
  const point = positionOf(seed, place, kind.mobile, eventTime);
  const located = kind.mobile && unit(random) < 0.93;
  const accuracy = Math.round(4 + 40 * unit(random) ** 3);
  const [north, east] = gaussianPair(unit(random), unit(random));
  const metres = accuracy / 111_195;
  const { wifi, bluetooth } = aroundMe(seed, place, kind, point, eventTime, random);
  return {
    eventId,
    deviceId: identity.deviceId,
    accountId: identity.accountId,
    householdId: identity.householdId,
    gatewayId: identity.gatewayId,
    eventTime,
    model: identity.reported,
    ip: mix(seed, place.index, FIELD.favourite + 1) % 20 === 0 ? undefined : ipOf(seed, place.household, place.city),
    gps: located ? { lat: round6(point.lat + north * metres), lon: round6(point.lon + east * metres), accuracy } : undefined,
    wifi,
    bluetooth,
    cell: kind.name === 'phone' ? cellOf(seed, place.household, place.city, point) : undefined,
  };
}

const round6 = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
