/** Where a device is: at home, at work, on the way, or out; a function of (seed, device, time). */
import { DAY_MS, HOUR_MS } from '../model/time.ts';
import type { Place } from './device.ts';
import { mixUnit } from './random.ts';
import { around, homeOf, type Point, workOf } from './world.ts';

const FIELD = { worker: 200, leave: 201, back: 202, trip: 203, outing: 204, outU: 205, outV: 206 } as const;
const WORKERS = 0.68;

export const localHour = (atMs: number, utcOffset: number): number => Math.floor((atMs / HOUR_MS + utcOffset) % 24);

/** Position at a time; `mobile` devices follow their owner, the others stay at home. */
export function positionOf(seed: number, place: Place, mobile: boolean, atMs: number): Point {
  const home = homeOf(seed, place.household, place.city);
  if (!mobile) return home;
  const localMs = atMs + place.city.utcOffset * HOUR_MS;
  const day = Math.floor(localMs / DAY_MS);
  const hour = (localMs - day * DAY_MS) / HOUR_MS;
  // 1970-01-01 was a Thursday, so Monday is day 4 of the count.
  const weekend = (day + 3) % 7 >= 5;
  const draw = (field: number) => mixUnit(seed ^ day, place.index, field);
  if (!weekend && mixUnit(seed, place.index, FIELD.worker) < WORKERS) {
    const trip = 0.25 + 0.75 * draw(FIELD.trip);
    const leave = 6.5 + 2.5 * draw(FIELD.leave);
    const back = 15.5 + 3.5 * draw(FIELD.back);
    const share = Math.min(1, Math.max(0, (hour - leave) / trip), Math.max(0, (back + trip - hour) / trip));
    if (share > 0) return between(home, workOf(seed, place.index, place.city), share);
  }
  // Nobody is on the way home after 20 h.
  const out = weekend ? hour >= 11 && hour < 21 : hour >= 20 && hour < 23;
  if (!out || draw(FIELD.outing) >= (weekend ? 0.45 : 0.15)) return home;
  return around(place.city, 4, draw(FIELD.outU), draw(FIELD.outV));
}

const between = (a: Point, b: Point, share: number): Point => ({
  lat: a.lat + (b.lat - a.lat) * share,
  lon: a.lon + (b.lon - a.lon) * share,
});
