import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import t from 'tap';
import { HOUR_MS } from '../../src/model/time.ts';
import { catalogOf } from '../../src/simulate/catalog.ts';
import { placeOf } from '../../src/simulate/device.ts';
import { positionOf } from '../../src/simulate/movement.ts';
import { DEFAULT_START_MS } from '../../src/simulate/options.ts';
import { CITIES, cellOf, cityOf, homeOf, ipOf, languageOf, type Point } from '../../src/simulate/world.ts';
import { MODELS, OPERATIONS } from './fixture.ts';

const SEED = 5;
const catalog = catalogOf(SEED, MODELS, OPERATIONS);

const km = (a: Point, b: Point): number => {
  const lat = (a.lat - b.lat) * 111.195;
  const lon = (a.lon - b.lon) * 111.195 * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(lat, lon);
};

t.test('cities follow a Zipf law and homes lie about their centre', async (t) => {
  const counts = new Map<unknown, number>();
  let far = 0;
  for (let h = 0; h < 20_000; h++) {
    const city = cityOf(SEED, h);
    counts.set(city, (counts.get(city) ?? 0) + 1);
    if (km(homeOf(SEED, h, city), city) > 3 * city.spreadKm) far++;
  }
  t.equal(counts.size, CITIES.length);
  t.ok((counts.get(CITIES[0]) ?? 0) > 8 * (counts.get(CITIES[CITIES.length - 1]) ?? 0));
  // Rayleigh: exp(-9/2) = 1.1 % lie beyond three deviations.
  t.ok(far > 100 && far < 400, `${far} beyond three deviations`);
});

t.test('every address is a public one, and one in the block of its country', async (t) => {
  let six = 0;
  for (let h = 0; h < 5000; h++) {
    const ip = ipaddr.parse(ipOf(SEED, h, cityOf(SEED, h)));
    if (ip.range() !== 'unicast') t.fail('not public');
    if (ip.kind() === 'ipv6') six++;
  }
  t.ok(six > 500);
  for (let h = 0; h < 500; h++) {
    const german = ipaddr.parse(ipOf(SEED, h, CITIES[2]));
    const blocks = german.kind() === 'ipv4' ? ['84.128.0.0/10', '93.192.0.0/10'] : ['2003::/19'];
    if (!blocks.some((block) => german.match(ipaddr.parseCIDR(block)))) t.fail('not in a German block');
  }
});

t.test('languages are those of the country but for a minority', async (t) => {
  let german = 0;
  const others = new Set<string>();
  for (let h = 0; h < 5000; h++) {
    const language = languageOf(SEED, h, CITIES[2]);
    if (language === 'de-DE') german++;
    else others.add(language);
  }
  t.ok(german > 4500 && german < 4900, `${german}`);
  t.ok(others.size > 5);
});

t.test('cells name country and network', async (t) => {
  const cell = cellOf(SEED, 1, CITIES[0], CITIES[0]);
  t.equal(cell.mcc, 460);
  t.ok([0, 1, 11].includes(cell.mnc));
  t.ok(cell.lac <= 0xffff && cell.cid < 2 ** 28);
});

t.test('things that stay are at home; people are at home at night and elsewhere by day', async (t) => {
  let away = 0;
  let people = 0;
  for (let i = 0; i < 4000; i++) {
    const place = placeOf(SEED, i, catalog);
    const home = homeOf(SEED, place.household, place.city);
    const local = (hour: number) => DEFAULT_START_MS + (hour - place.city.utcOffset) * HOUR_MS;
    if (km(positionOf(SEED, place, false, local(12)), home) > 0) t.fail('moved');
    if (km(positionOf(SEED, place, true, local(3)), home) > 0) t.fail('out at night');
    people++;
    if (km(positionOf(SEED, place, true, local(12)), home) > 0.5) away++;
  }
  t.ok(away > 0.6 * people && away < 0.75 * people, `${away} of ${people} at work`);
});

t.test('nobody jumps: a minute on the way is a few kilometres at most', async () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 0, max: 5 * 24 * 60 }), (index, minute) => {
      const place = placeOf(SEED, index, catalog);
      const at = (m: number) => {
        const local = DEFAULT_START_MS + m * 60_000 - place.city.utcOffset * HOUR_MS;
        return positionOf(SEED, place, true, local);
      };
      const moved = km(at(minute), at(minute + 1));
      const hour = (minute / 60) % 24;
      // An evening out begins and ends at once, at full hours.
      return moved < 12 || Math.abs(hour - Math.round(hour)) < 0.02 || hour % 1 > 0.98;
    }),
  );
});
