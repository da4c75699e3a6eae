/** Which device speaks next, and how late. Memory does not grow with the fleet: devices are visited, never listed. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts';
import type { Catalog } from './catalog.ts';
import { type Place, placeOf } from './device.ts';
import { habit } from './kinds.ts';
import { localHour } from './movement.ts';
import type { EventName, Settings } from './options.ts';
import { below, coprimeStep, mix, mixUnit, type Random, sfc32, unit } from './random.ts';

const FIELD = { active: 300, propensity: 301, sweep: 302, drift: 303, traveller: 304 } as const;
/** After so many devices that would not do, take the next as it is: a tiny or sleeping fleet must not hang. */
const PATIENCE = 400;

/** Chooses the device of the next event of a type, at an append time. */
export type Chooser = (event: EventName, atMs: number) => Place;

export function chooserOf(settings: Settings, catalog: Catalog): Chooser {
  const { seed, devices } = settings;
  const random = sfc32(seed, 11);
  const reports = sweeper(seed, devices, 0);
  const fixes = sweeper(seed, devices, 1);
  const any = () => below(random, devices);
  return (event, atMs) => {
    const hour = Math.floor(atMs / HOUR_MS);
    const next = event === 'device' ? reports : event === 'location' ? fixes : any;
    for (let tries = 0; ; tries++) {
      const index = next();
      if (tries < PATIENCE && !isActive(seed, index, hour, settings.activity)) continue;
      const place = placeOf(seed, index, catalog);
      if (tries >= PATIENCE || suits(event, place, catalog, seed, atMs, random)) return place;
    }
  };
}

/**
 * Visits all devices in a seeded order, again and again: devices that report every so often all get their turn, which
 * independent draws would not give them.
 */
function sweeper(seed: number, devices: number, salt: number): () => number {
  // Near the golden section of the fleet, so that any run of visits is spread evenly over it (three-distance theorem).
  const step = coprimeStep(devices, Math.floor(devices * 0.618) + (mix(seed, salt, FIELD.sweep) % (1 + (devices >> 5))));
  let at = mix(seed, salt + 2, FIELD.sweep) % devices;
  return () => {
    at = (at + step) % devices;
    return at;
  };
}

/** Whether a device is switched on and connected in an hour. Some devices are seldom, others mostly; the mean is `activity`. */
export function isActive(seed: number, device: number, hour: number, activity: number): boolean {
  const spread = Math.min(activity, 1 - activity);
  const own = activity + (2 * mixUnit(seed, device, FIELD.propensity) - 1) * spread * 0.8;
  return mixUnit(seed ^ Math.imul(hour, 0x632be5ab), device, FIELD.active) < own;
}

function suits(event: EventName, place: Place, catalog: Catalog, seed: number, atMs: number, random: Random): boolean {
  const kind = catalog.kinds[place.kind];
  switch (event) {
    case 'device':
      return true;
    case 'operation':
      return unit(random) < habit(kind, localHour(atMs, place.city.utcOffset));
    case 'location':
      // Things that stay report their surroundings too, but few of them do.
      return kind.mobile || mixUnit(seed, place.index, FIELD.traveller) < 0.05;
    default:
      return event satisfies never;
  }
}

/** Event time of what is appended at `atMs`: seconds ago; for a late share hours, days or weeks ago; rarely in the future. */
export function eventTimeOf(settings: Settings, device: number, atMs: number, random: Random): number {
  const u = unit(random);
  if (u < settings.futureShare) return atMs + Math.floor(MINUTE_MS * 60 ** unit(random) * 2);
  if (u < settings.futureShare + settings.lateShare) return atMs - lateness(random);
  // Clocks drift by up to a second; the way to the log takes a second or two, seldom ten.
  const drift = mix(settings.seed, device, FIELD.drift) % SECOND_MS;
  return atMs - drift - Math.floor(-Math.log(1 - unit(random)) * 1.5 * SECOND_MS);
}

/** Of the late, three quarters are within 12 hours; the others were off for days, and a few for more than a week. */
function lateness(random: Random): number {
  const u = unit(random);
  const v = unit(random);
  if (u < 0.75) return Math.floor(MINUTE_MS * 720 ** v);
  return Math.floor(u < 0.93 ? DAY_MS + v * 6 * DAY_MS : (7 + 23 * v) * DAY_MS + HOUR_MS);
}
