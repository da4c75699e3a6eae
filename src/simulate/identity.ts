/** Identifiers of simulated devices, households and gateways, in the spellings that real fleets use. */
import { mix } from './random.ts';

/** First half of MAC addresses, from the IEEE's public registry. */
const PREFIXES: Readonly<Record<string, string>> = {
  apple: '100020',
  samsung: '103047',
  xiaomi: '447147',
  google: '203389',
  nest: '641666',
  huawei: '107100',
  amazon: '109693',
  lg: '3cbdd8',
  ikea: '68ec8a',
  philips: '001788',
  signify: 'c42996',
  sonos: '00043c',
  roborock: '249e7d',
  hikvision: '188025',
  shelly: '8400ec',
};
const MODULES = ['140808', '1c8b84', 'a0b765', '246f28', '84f3eb', 'd8f15b']; // Wi-Fi modules inside everything else

const FIELD = { uuid: 80, mac: 84, style: 85, serial: 86, imei: 87, advertising: 88, account: 92, gateway: 96 } as const;

/** Two hex digits of every byte: a look-up costs a tenth of `toString(16)` and padding. */
const BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const hex16 = (value: number): string => BYTE[(value >>> 8) & 255] + BYTE[value & 255];
const hex24 = (value: number): string => BYTE[(value >>> 16) & 255] + hex16(value);
const hex32 = (value: number): string => BYTE[value >>> 24] + hex24(value);

/** A UUID (RFC 9562, version 4 layout) from four draws of `mix` starting at `field`. */
export function uuidOf(seed: number, index: number, field: number): string {
  const b = mix(seed, index, field + 1);
  const c = mix(seed, index, field + 2);
  const tail = hex32(mix(seed, index, field + 3));
  const head = hex32(mix(seed, index, field));
  return `${head}-${hex16(b >>> 16)}-${hex16(0x4000 | (b & 0xfff))}-${hex16(0x8000 | (c & 0x3fff))}-${hex16(c >>> 16)}${tail}`;
}

/** 24 bits that no two devices below 2^24 share: an odd factor permutes the residues of a power of two. */
const ordinal = (seed: number, device: number): number => (Math.imul(device, 0x9e3779b1) ^ mix(seed, 0, FIELD.mac)) & 0xffffff;

/** First six digits of a maker's MAC addresses; undefined when its devices have a bought-in module. */
export const prefixOf = (brand: string): string | undefined => PREFIXES[brand];

/** MAC address as twelve lower-case hex digits. */
export function macOf(seed: number, device: number, maker: string | undefined): string {
  const prefix = maker ?? MODULES[mix(seed, device, FIELD.mac) % MODULES.length];
  return prefix + hex24(ordinal(seed, device));
}

/** One of the spellings of a MAC address that firmware uses; a device keeps its own. */
export function spellMac(seed: number, device: number, mac: string): string {
  const style = mix(seed, device, FIELD.style) % 10;
  if (style === 9) return mac;
  if (style === 8) return `${mac.slice(0, 4)}.${mac.slice(4, 8)}.${mac.slice(8)}`;
  if (style === 7) return pairs(mac, '-').toUpperCase();
  return style >= 5 ? pairs(mac, ':') : pairs(mac, ':').toUpperCase();
}

const pairs = (mac: string, by: string): string =>
  mac.slice(0, 2) + by + mac.slice(2, 4) + by + mac.slice(4, 6) + by + mac.slice(6, 8) + by + mac.slice(8, 10) + by + mac.slice(10);

/** Device id: a UUID where people sign in, else derived from the MAC address, in the maker's style, or a UUID. `vendor` is a short name. */
export function deviceIdOf(seed: number, device: number, personal: boolean, vendor: string, mac: string): string {
  const style = mix(seed, device, FIELD.style + 40) % 10;
  if (personal || style < 2) return uuidOf(seed, device, FIELD.uuid);
  if (style < 6) return mac;
  if (style < 8) return `${vendor}_${mac.slice(2)}`;
  return `bf${hex32(mix(seed, device, FIELD.uuid))}${mac.slice(6)}${hex24(mix(seed, device, FIELD.uuid + 1))}`;
}

/** Serial number; `modelHash` stands for the model. */
export const serialOf = (seed: number, device: number, modelHash: number): string =>
  `${modelHash.toString(36).slice(0, 3)}${hex24(ordinal(seed, device))}${mix(seed, device, FIELD.serial).toString(36).slice(0, 4)}`.toUpperCase();

/** IMEI: type allocation code of the model, six digits, and the check digit (3GPP TS 23.003, annex B). */
export function imeiOf(seed: number, device: number, modelHash: number): string {
  const code = 35_000_000 + (modelHash % 999_999);
  const digits = `${code}${String(ordinal(seed, device) % 1_000_000).padStart(6, '0')}`;
  return digits + luhn(digits);
}

/** The digit that makes `digits` and it pass Luhn's check. */
function luhn(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return (10 - (sum % 10)) % 10;
}

export const advertisingIdOf = (seed: number, device: number): string => uuidOf(seed, device, FIELD.advertising);

export const accountIdOf = (seed: number, household: number): string =>
  `acc-${hex32(mix(seed, household, FIELD.account))}${hex24(household)}`;

export const householdIdOf = (seed: number, household: number): string =>
  `home-${hex32(mix(seed, household, FIELD.account + 1))}${hex24(household)}`;

/** Gateway of a household; a fifth of the households share one with three neighbours (apartment houses). */
export function gatewayIdOf(seed: number, household: number): string {
  const house = Math.floor(household / 4);
  const shared = mix(seed, house, FIELD.gateway) % 5 === 0;
  const owner = shared ? house * 4 : household;
  return `gw-${hex32(mix(seed, owner, FIELD.gateway + 1))}${hex24(owner)}`;
}
