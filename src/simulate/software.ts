/** Operating systems, their versions in use, and firmware. */
import type { Model } from './catalog.ts';
import type { Kind } from './kinds.ts';
import { cumulate, mix, mixUnit, pick } from './random.ts';

export interface Software {
  readonly osName: string;
  readonly osVersion: string;
  readonly firmware: string;
}

/** Major version, share in use, highest minor version of it. */
type Release = readonly [major: number, share: number, minors: number];

interface System {
  readonly name: string;
  readonly releases: readonly Release[];
  readonly shares: Float64Array;
}

const system = (name: string, releases: readonly Release[]): System => ({ name, releases, shares: cumulate(releases.map((r) => r[1])) });

const ANDROID = system('Android', [[16, 14, 0], [15, 34, 0], [14, 25, 0], [13, 13, 0], [12, 7, 1], [11, 4, 0], [10, 2, 0], [9, 1, 0]]); // biome-ignore format: a table
const SYSTEMS = {
  android: ANDROID,
  ios: system('iOS', [[26, 40, 2], [18, 42, 7], [17, 9, 7], [16, 6, 7], [15, 3, 8]]), // biome-ignore format: a table
  ipados: system('iPadOS', [[26, 34, 2], [18, 44, 7], [17, 11, 7], [16, 7, 7], [15, 4, 8]]), // biome-ignore format: a table
  watchos: system('watchOS', [[26, 38, 2], [11, 42, 6], [10, 14, 6], [9, 6, 6]]), // biome-ignore format: a table
  tvos: system('tvOS', [[26, 50, 2], [18, 40, 6], [17, 10, 6]]), // biome-ignore format: a table
  audioos: system('audioOS', [[26, 60, 2], [18, 40, 6]]), // biome-ignore format: a table
  harmony: system('HarmonyOS', [[5, 30, 1], [4, 50, 2], [3, 15, 1], [2, 5, 0]]), // biome-ignore format: a table
  wear: system('Wear OS', [[5, 45, 1], [4, 35, 0], [3, 15, 5], [2, 5, 3]]), // biome-ignore format: a table
  tizen: system('Tizen', [[9, 15, 0], [8, 30, 0], [7, 25, 0], [6, 18, 5], [5, 12, 5]]), // biome-ignore format: a table
  webos: system('webOS', [[10, 14, 1], [9, 26, 2], [8, 24, 3], [7, 18, 4], [6, 18, 5]]), // biome-ignore format: a table
  roku: system('Roku OS', [[15, 60, 1], [14, 30, 6], [13, 10, 0]]), // biome-ignore format: a table
  fire: system('Fire OS', [[8, 55, 3], [7, 35, 7], [6, 10, 2]]), // biome-ignore format: a table
  androidTv: system('Android TV', [[14, 30, 0], [12, 34, 0], [11, 22, 0], [10, 9, 0], [9, 5, 0]]), // biome-ignore format: a table
  automotive: system('Android Automotive', [[14, 30, 0], [13, 34, 0], [12, 30, 1], [10, 6, 0]]), // biome-ignore format: a table
  linux: system('Linux', [[6, 50, 12], [5, 42, 15], [4, 8, 19]]), // biome-ignore format: a table
  freertos: system('FreeRTOS', [[11, 14, 1], [10, 84, 6], [9, 2, 0]]), // biome-ignore format: a table
  zephyr: system('Zephyr', [[4, 20, 2], [3, 76, 7], [2, 4, 7]]), // biome-ignore format: a table
} as const;

const FIELD = { system: 70, release: 71, minor: 72, lag: 73, base: 74 } as const;

/** What runs on a device: the system is its maker's choice, the version depends on how eagerly this device updates. */
export function softwareOf(seed: number, device: number, kind: Kind, model: Model): Software {
  const { name, releases, shares } = systemOf(kind.name, model.maker, mix(seed, model.makerHash, FIELD.system) % 100);
  const [major, , minors] = releases[pick(shares, mixUnit(seed, device, FIELD.release))];
  const old = mixUnit(seed, device, FIELD.minor);
  // Most devices that stay on a release have its last minor version: cubing leaves a thin tail of laggards.
  const minor = minors - Math.floor(old * old * old * (minors + 1));
  const base = mix(seed, model.hash, FIELD.base);
  const lag = Math.min(9, Math.floor(-Math.log2(1 - mixUnit(seed, device, FIELD.lag)) / 1.5));
  const build = 100 + ((base >>> 8) & 255) - lag * 7;
  return { osName: name, osVersion: `${major}.${minor}`, firmware: `${1 + (base & 3)}.${(base >>> 2) & 15}.${build}` };
}

function systemOf(kind: string, brand: string, u: number): System {
  const apple = brand === 'apple';
  switch (kind) {
    case 'phone':
      if (apple) return SYSTEMS.ios;
      return brand === 'huawei' && u < 70 ? SYSTEMS.harmony : ANDROID;
    case 'tablet':
      if (apple) return SYSTEMS.ipados;
      if (brand === 'amazon') return SYSTEMS.fire;
      return brand === 'huawei' && u < 70 ? SYSTEMS.harmony : ANDROID;
    case 'wearable':
      if (apple) return SYSTEMS.watchos;
      if (brand === 'huawei') return SYSTEMS.harmony;
      return brand === 'samsung' || brand === 'google' ? SYSTEMS.wear : SYSTEMS.freertos;
    case 'tv':
      if (apple) return SYSTEMS.tvos;
      if (brand === 'samsung') return SYSTEMS.tizen;
      if (brand === 'lg') return SYSTEMS.webos;
      if (brand === 'roku') return SYSTEMS.roku;
      return brand === 'amazon' ? SYSTEMS.fire : SYSTEMS.androidTv;
    case 'speaker':
      if (apple) return SYSTEMS.audioos;
      return brand === 'amazon' ? SYSTEMS.fire : SYSTEMS.linux;
    case 'car':
      return u < 60 ? SYSTEMS.automotive : SYSTEMS.linux;
    case 'camera':
    case 'hub':
    case 'vacuum':
    case 'appliance':
      return u < 75 ? SYSTEMS.linux : SYSTEMS.freertos;
    default:
      return u < 65 ? SYSTEMS.freertos : SYSTEMS.zephyr;
  }
}
