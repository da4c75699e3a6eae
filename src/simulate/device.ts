/** A device: everything about it is a function of (seed, index), computed when an event of it is due and then dropped. */
import { type Catalog, choose, type Model, unlisted } from './catalog.ts';
import { accountIdOf, advertisingIdOf, deviceIdOf, gatewayIdOf, householdIdOf, imeiOf, macOf, serialOf, spellMac } from './identity.ts';
import type { Kind } from './kinds.ts';
import { mix, mixUnit, pick } from './random.ts';
import { type Software, softwareOf } from './software.ts';
import { type City, cityOf, languageOf } from './world.ts';

/** Sizes of ten neighbouring households: 30 devices, three a household on average. */
const SIZES = [1, 1, 2, 2, 2, 3, 3, 4, 5, 7];
const STEPS = [1, 3, 7, 9];
export const BLOCK_DEVICES = 30;
export const BLOCK_HOUSEHOLDS = 10;

const FIELD = { order: 100, kind: 101, model: 102, unlisted: 103, setting: 105, permission: 106 } as const;

/** What scheduling asks of a device many times over; cheap. */
export interface Place {
  readonly index: number;
  readonly household: number;
  /** 0 for the first device of its household. */
  readonly slot: number;
  /** Index into `Catalog.kinds`. */
  readonly kind: number;
  readonly city: City;
}

/** Who a device is, in identifiers. */
export interface Identity {
  readonly deviceId: string;
  readonly accountId: string;
  readonly householdId: string;
  readonly gatewayId: string;
  /** As the device reports it. */
  readonly reported: string;
  readonly model: Model;
  /** MAC address, plain. */
  readonly mac: string;
}

/** What a device reports of itself beside its hardware; `undefined` is what it does not have. */
export interface Profile {
  readonly software: Software;
  readonly settings: Readonly<Record<string, string>>;
  readonly permissions: readonly string[];
  readonly language: string | undefined;
  readonly serial: string | undefined;
  readonly mac: string | undefined;
  readonly imei: string | undefined;
  readonly advertisingId: string | undefined;
}

/** Household of a device, and which of its devices it is. Blocks of ten households hold the same sizes in their own order. */
export function householdOf(seed: number, device: number): { readonly household: number; readonly slot: number } {
  const block = Math.floor(device / BLOCK_DEVICES);
  const order = mix(seed, block, FIELD.order);
  const step = STEPS[order & 3];
  let at = (order >>> 2) % BLOCK_HOUSEHOLDS;
  let slot = device - block * BLOCK_DEVICES;
  for (let i = 0; ; i++) {
    if (slot < SIZES[at]) return { household: block * BLOCK_HOUSEHOLDS + i, slot };
    slot -= SIZES[at];
    at = (at + step) % BLOCK_HOUSEHOLDS;
  }
}

export function placeOf(seed: number, index: number, catalog: Catalog): Place {
  const { household, slot } = householdOf(seed, index);
  const kind = pick(slot === 0 ? catalog.first : catalog.further, mixUnit(seed, index, FIELD.kind));
  return { index, household, slot, kind, city: cityOf(seed, household) };
}

export function identityOf(seed: number, place: Place, catalog: Catalog): Identity {
  const { index, household } = place;
  const model = choose(catalog.models[place.kind], mixUnit(seed, index, FIELD.model));
  const mac = macOf(seed, index, model.macPrefix);
  return {
    deviceId: deviceIdOf(seed, index, isPersonal(catalog.kinds[place.kind]), model.vendor, mac),
    accountId: accountIdOf(seed, household),
    householdId: householdIdOf(seed, household),
    gatewayId: gatewayIdOf(seed, household),
    reported: unlisted(seed, index, FIELD.unlisted) ?? model.model,
    model,
    mac,
  };
}

/** Devices that one person signs in on. */
const isPersonal = (kind: Kind): boolean => kind.name === 'phone' || kind.name === 'tablet';

export function profileOf(seed: number, place: Place, identity: Identity, catalog: Catalog): Profile {
  const { index } = place;
  const kind = catalog.kinds[place.kind];
  const { maker, hash } = identity.model;
  const personal = isPersonal(kind);
  return {
    software: softwareOf(seed, index, kind, identity.model),
    settings: settingsOf(seed, index, kind),
    permissions: permissionsOf(seed, index, kind),
    language: personal || SPOKEN.has(kind.name) ? languageOf(seed, place.household, place.city) : undefined,
    serial: personal ? undefined : serialOf(seed, index, hash),
    mac: personal && maker === 'apple' ? undefined : spellMac(seed, index, identity.mac),
    imei: kind.name === 'phone' ? imeiOf(seed, index, hash) : undefined,
    advertisingId: personal || kind.name === 'tv' ? advertisingIdOf(seed, index) : undefined,
  };
}

/** Kinds that have a language, beside phones and tablets. */
const SPOKEN: ReadonlySet<string> = new Set(['tv', 'speaker', 'car', 'wearable']);

/** Permissions are granted, the first of a kind more often than the last. */
function permissionsOf(seed: number, index: number, kind: Kind): readonly string[] {
  const granted: string[] = [];
  for (let i = 0; i < kind.permissions.length; i++) {
    if (mix(seed, index, FIELD.permission + i * 16) % 100 < 90 - i * 9) granted.push(kind.permissions[i]);
  }
  return granted;
}

/** Each setting by its own draw; squaring keeps the first values common and the last ones rare. */
function settingsOf(seed: number, index: number, kind: Kind): Record<string, string> {
  const settings: Record<string, string> = {};
  let field = FIELD.setting;
  for (const name in kind.settings) {
    const values = kind.settings[name];
    const u = mixUnit(seed, index, field);
    settings[name] = values[Math.floor(u * u * values.length)];
    field += 32;
  }
  return settings;
}
