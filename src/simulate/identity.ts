/** Identifiers of simulated devices, households and gateways, in the spellings that real fleets use. */
import { mix } from './random.ts';
import { hashText } from './software.ts';

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

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);

/** A UUID (RFC 9562, version 4 layout) from four draws of `mix` starting at `field`. */
export function uuidOf(seed: number, index: number, field: number): string {
  const b = mix(seed, index, field + 1);
  const c = mix(seed, index, field + 2);
  const tail = hex(mix(seed, index, field + 3), 8);
  const head = hex(mix(seed, index, field), 8);
  return `${head}-${hex(b >>> 16, 4)}-4${hex(b, 3)}-${hex(0x8000 | (c & 0x3fff), 4)}-${hex(c >>> 16, 4)}${tail}`;
}

/** 24 bits that no two devices below 2^24 share: an odd factor permutes the residues of a power of two. */
const ordinal = (seed: number, device: number): number => (Math.imul(device, 0x9e3779b1) ^ mix(seed, 0, FIELD.mac)) & 0xffffff;

/** MAC address as twelve lower-case hex digits. */
export function macOf(seed: number, device: number, brand: string): string {
  const prefix = PREFIXES[brand.toLowerCase()] ?? MODULES[mix(seed, device, FIELD.mac) % MODULES.length];
  return prefix + hex(ordinal(seed, device), 6);
}

/** One of the spellings of a MAC address that firmware uses; a device keeps its own. */
export function spellMac(seed: number, device: number, mac: string): string {
  const style = mix(seed, device, FIELD.style) % 10;
  if (style === 9) return mac;
  if (style === 8) return (mac.match(/.{4}/g) ?? []).join('.');
  const pairs = mac.match(/../g) ?? [];
  if (style === 7) return pairs.join('-').toUpperCase();
  return style >= 5 ? pairs.join(':') : pairs.join(':').toUpperCase();
}

/** Device id: a UUID where people sign in, else derived from the MAC address, in the maker's style, or a UUID. */
export function deviceIdOf(seed: number, device: number, personal: boolean, brand: string, mac: string): string {
  const style = mix(seed, device, FIELD.style + 40) % 10;
  if (personal || style < 2) return uuidOf(seed, device, FIELD.uuid);
  if (style < 6) return mac;
  if (style < 8) return `${brand.toLowerCase().replace(/[^a-z0-9]+/g, '') || 'dev'}_${mac.slice(2)}`;
  return `bf${hex(mix(seed, device, FIELD.uuid), 8)}${mac.slice(6)}${hex(mix(seed, device, FIELD.uuid + 1), 6)}`;
}

export const serialOf = (seed: number, device: number, model: string): string =>
  `${hashText(model).toString(36).slice(0, 3)}${hex(ordinal(seed, device), 6)}${mix(seed, device, FIELD.serial).toString(36).slice(0, 4)}`.toUpperCase();

/** IMEI: type allocation code of the model, six digits, and the check digit (3GPP TS 23.003, annex B). */
export function imeiOf(seed: number, device: number, model: string): string {
  const code = 35_000_000 + (hashText(model) % 999_999);
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
  `acc-${hex(mix(seed, household, FIELD.account), 8)}${hex(household, 6)}`;

export const householdIdOf = (seed: number, household: number): string =>
  `home-${hex(mix(seed, household, FIELD.account + 1), 8)}${hex(household, 6)}`;

/** Gateway of a household; a fifth of the households share one with three neighbours (apartment houses). */
export function gatewayIdOf(seed: number, household: number): string {
  const house = Math.floor(household / 4);
  const shared = mix(seed, house, FIELD.gateway) % 5 === 0;
  const owner = shared ? house * 4 : household;
  return `gw-${hex(mix(seed, owner, FIELD.gateway + 1), 8)}${hex(owner, 6)}`;
}
