/** Where the fleet lives. Cities are listed by size of their fleet; the law over their rank is Zipf's. */
import { cumulate, gaussianPair, mix, mixUnit, pick } from './random.ts';

export interface City {
  readonly country: string;
  readonly lat: number;
  readonly lon: number;
  /** Standard deviation of homes about the centre, km. */
  readonly spreadKm: number;
  /** Hours that local time is ahead of UTC; winter time, without daylight saving. */
  readonly utcOffset: number;
}

interface Country {
  readonly languages: readonly string[];
  /** Blocks of consumer access providers. */
  readonly ipv4: readonly { readonly first: number; readonly prefix: number }[];
  /** Leading groups of a provider's IPv6 block, where it is in common use. */
  readonly ipv6: string | null;
  readonly mcc: number;
  readonly mnc: readonly number[];
}

const city = (country: string, lat: number, lon: number, spreadKm: number, utcOffset: number): City => ({
  country,
  lat,
  lon,
  spreadKm,
  utcOffset,
});

export const CITIES: readonly City[] = [
  city('CN', 31.2304, 121.4737, 11, 8),
  city('CN', 22.5431, 114.0579, 10, 8),
  city('DE', 52.52, 13.405, 9, 1),
  city('IN', 12.9716, 77.5946, 9, 5.5),
  city('US', 34.0522, -118.2437, 15, -8),
  city('GB', 51.5074, -0.1278, 11, 0),
  city('CN', 39.9042, 116.4074, 12, 8),
  city('FR', 48.8566, 2.3522, 9, 1),
  city('BR', -23.5505, -46.6333, 11, -3),
  city('DE', 48.1351, 11.582, 8, 1),
  city('ES', 40.4168, -3.7038, 8, 1),
  city('PL', 52.2297, 21.0122, 8, 1),
  city('US', 40.7128, -74.006, 12, -5),
  city('IT', 45.4642, 9.19, 7, 1),
  city('NL', 52.3676, 4.9041, 6, 1),
  city('JP', 35.6762, 139.6503, 13, 9),
  city('KR', 37.5665, 126.978, 10, 9),
  city('TR', 41.0082, 28.9784, 10, 3),
  city('IN', 19.076, 72.8777, 9, 5.5),
  city('MX', 19.4326, -99.1332, 11, -6),
  city('DE', 53.5511, 9.9937, 8, 1),
  city('AU', -33.8688, 151.2093, 11, 11),
  city('SE', 59.3293, 18.0686, 7, 1),
  city('ID', -6.2088, 106.8456, 11, 7),
  city('US', 41.8781, -87.6298, 12, -6),
  city('CA', 43.6532, -79.3832, 10, -5),
  city('CH', 47.3769, 8.5417, 6, 1),
  city('GB', 53.4808, -2.2426, 8, 0),
  city('ES', 41.3874, 2.1686, 7, 1),
  city('AE', 25.2048, 55.2708, 9, 4),
  city('TH', 13.7563, 100.5018, 10, 7),
  city('RU', 59.9311, 30.3609, 9, 3),
  city('EG', 30.0444, 31.2357, 9, 2),
  city('FR', 45.764, 4.8357, 6, 1),
  city('PL', 50.0647, 19.945, 6, 1),
  city('US', 47.6062, -122.3321, 9, -8),
  city('CN', 30.5728, 104.0668, 10, 8),
  city('AR', -34.6037, -58.3816, 10, -3),
  city('SG', 1.3521, 103.8198, 7, 8),
  city('AT', 48.2082, 16.3738, 6, 1),
];

const COUNTRIES: Readonly<Record<string, Country>> = {
  AE: country(['ar-AE', 'en-AE'], [['94.200.0.0', 13]], null, 424, [2, 3]),
  AR: country(['es-AR'], [['181.0.0.0', 12]], null, 722, [310, 7]),
  AT: country(['de-AT'], [['62.46.0.0', 15]], null, 232, [1, 3, 5]),
  AU: country(['en-AU'], [['101.160.0.0', 11]], null, 505, [1, 2, 3]),
  BR: country(['pt-BR'], [['177.32.0.0', 14]], '2804:14c', 724, [5, 6, 11]),
  CA: country(['en-CA', 'fr-CA'], [['99.224.0.0', 11]], null, 302, [220, 610, 720]),
  CH: country(['de-CH', 'fr-CH', 'it-CH'], [['85.0.0.0', 13]], null, 228, [1, 2, 3]),
  CN: country(['zh-CN'], [['114.80.0.0', 12], ['113.64.0.0', 11]], '240e', 460, [0, 1, 11]), // biome-ignore format: one line a country
  DE: country(['de-DE'], [['84.128.0.0', 10], ['93.192.0.0', 10]], '2003', 262, [1, 2, 3]), // biome-ignore format: one line a country
  EG: country(['ar-EG'], [['156.160.0.0', 11]], null, 602, [1, 2, 3]),
  ES: country(['es-ES', 'ca-ES'], [['83.32.0.0', 11]], '2a02:9000', 214, [1, 3, 7]),
  FR: country(['fr-FR'], [['90.0.0.0', 10], ['82.64.0.0', 14]], '2a01:c000', 208, [1, 10, 20]), // biome-ignore format: one line a country
  GB: country(['en-GB'], [['86.128.0.0', 11]], '2a00:23c0', 234, [10, 15, 30]),
  ID: country(['id-ID'], [['36.64.0.0', 11]], null, 510, [1, 10, 11]),
  IN: country(['en-IN', 'hi-IN'], [['117.192.0.0', 10]], '2405:201', 404, [45, 10, 20]),
  IT: country(['it-IT'], [['79.0.0.0', 11]], null, 222, [1, 10, 88]),
  JP: country(['ja-JP'], [['60.64.0.0', 11]], '2400:2410', 440, [10, 20, 50]),
  KR: country(['ko-KR'], [['175.192.0.0', 11]], null, 450, [5, 6, 8]),
  MX: country(['es-MX'], [['187.128.0.0', 11]], null, 334, [20, 30, 50]),
  NL: country(['nl-NL'], [['84.24.0.0', 13]], null, 204, [4, 8, 16]),
  PL: country(['pl-PL'], [['83.0.0.0', 11]], null, 260, [1, 2, 3]),
  RU: country(['ru-RU'], [['95.24.0.0', 13]], null, 250, [1, 2, 99]),
  SE: country(['sv-SE'], [['90.224.0.0', 12]], null, 240, [1, 2, 7]),
  SG: country(['en-SG', 'zh-SG'], [['116.86.0.0', 15]], null, 525, [1, 3, 5]),
  TH: country(['th-TH'], [['171.96.0.0', 13]], null, 520, [1, 3, 4]),
  TR: country(['tr-TR'], [['78.160.0.0', 11]], null, 286, [1, 2, 3]),
  US: country(['en-US', 'es-US'], [['73.0.0.0', 9], ['98.192.0.0', 10]], '2601', 310, [260, 410, 311]), // biome-ignore format: one line a country
};

function country(
  languages: readonly string[],
  ipv4: readonly (readonly [string, number])[],
  ipv6: string | null,
  mcc: number,
  mnc: readonly number[],
): Country {
  const blocks = ipv4.map(([first, prefix]) => ({ first: first.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0), prefix }));
  return { languages, ipv4: blocks, ipv6, mcc, mnc };
}

const CITY_SHARES = cumulate(CITIES.map((_, rank) => (rank + 2) ** -1.05));
const KM_PER_DEGREE = 111.195;
/** Languages of migrants and travellers, the same everywhere. */
const MINORITY = [
  'en-US',
  'es-ES',
  'ar-SA',
  'uk-UA',
  'vi-VN',
  'pt-PT',
  'ro-RO',
  'fa-IR',
  'zh-TW',
  'hi-IN',
  'tr-TR',
  'ru-RU',
  'eo',
  'cy-GB',
];

/** Fields of `mix` that places use; a device's own fields start at 100. */
const FIELD = { city: 1, homeU: 2, homeV: 3, workU: 4, workV: 5, ip: 6, ipKind: 7, language: 8, minority: 9, operator: 10 } as const;

export const cityOf = (seed: number, household: number): City => CITIES[pick(CITY_SHARES, mixUnit(seed, household, FIELD.city))];

export interface Point {
  readonly lat: number;
  readonly lon: number;
}

/** Home of a household: normally spread about the city's centre. */
export const homeOf = (seed: number, household: number, at: City): Point =>
  around(at, at.spreadKm, mixUnit(seed, household, FIELD.homeU), mixUnit(seed, household, FIELD.homeV));

/** Place of work or school of a device's owner: nearer to the centre than homes are. */
export const workOf = (seed: number, device: number, at: City): Point =>
  around(at, at.spreadKm * 0.6, mixUnit(seed, device, FIELD.workU), mixUnit(seed, device, FIELD.workV));

/** `point` moved by `km` times a pair of normal values. */
export function around(point: Point, km: number, u: number, v: number): Point {
  const [north, east] = gaussianPair(u, v);
  const perLon = KM_PER_DEGREE * Math.cos((point.lat * Math.PI) / 180);
  return { lat: point.lat + (north * km) / KM_PER_DEGREE, lon: point.lon + (east * km) / perLon };
}

/** Public address of a household's line, from blocks of its country's access providers; a third have IPv6 where it is common. */
export function ipOf(seed: number, household: number, at: City): string {
  const { ipv4, ipv6 } = COUNTRIES[at.country];
  const bits = mix(seed, household, FIELD.ip);
  if (ipv6 !== null && mixUnit(seed, household, FIELD.ipKind) < 1 / 3) {
    // The block's own zero bits stay, and the subscriber's part follows: always within the provider's block.
    const groups = ipv6.includes(':') ? ipv6 : `${ipv6}:${(bits & 0x7f).toString(16)}`;
    return `${groups}:${((bits >>> 8) & 0xffff).toString(16)}:${(bits >>> 24).toString(16)}00::${((bits & 0xfff) + 1).toString(16)}`;
  }
  const { first, prefix } = ipv4[bits % ipv4.length];
  const address = first + (mix(seed, household, FIELD.ip + 20) >>> prefix);
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Language of a household's devices: mostly the first of its country, sometimes a further one or that of a minority. */
export function languageOf(seed: number, household: number, at: City): string {
  const u = mixUnit(seed, household, FIELD.language);
  const v = mixUnit(seed, household, FIELD.minority);
  if (u < 0.06) return MINORITY[Math.floor(v * v * MINORITY.length)];
  const { languages } = COUNTRIES[at.country];
  return languages[u > 0.8 ? Math.floor(v * languages.length) : 0];
}

/** A mobile cell: country and network codes, location area, cell number. */
export interface Cell {
  readonly mcc: number;
  readonly mnc: number;
  readonly lac: number;
  readonly cid: number;
}

/** The cell that serves a point; cells change about every kilometre, areas about every ten. */
export function cellOf(seed: number, household: number, at: City, point: Point): Cell {
  const { mcc, mnc } = COUNTRIES[at.country];
  const east = Math.floor(point.lon * 100);
  const north = Math.floor(point.lat * 100);
  const cell = mix(seed, Math.imul(east, 36_007) + north, FIELD.operator + 10);
  const area = mix(seed, Math.imul(Math.floor(east / 10), 36_007) + Math.floor(north / 10), FIELD.operator + 11);
  return { mcc, mnc: mnc[mix(seed, household, FIELD.operator) % mnc.length], lac: area & 0xffff, cid: cell >>> 4 };
}
