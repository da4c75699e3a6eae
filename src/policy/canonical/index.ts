import type { IDENTIFIER_KINDS } from '../shape.ts';
import { foldWithoutSpaces } from './fold.ts';
import { canonicalId } from './id.ts';
import { canonicalImei } from './imei.ts';
import { canonicalIp } from './ip.ts';
import { canonicalPhone } from './phone.ts';

export { fold } from './fold.ts';

export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/** One canonicaliser for each kind of identifier, shared by tokens, registration and audit. */
export const CANONICALISERS: Readonly<Record<IdentifierKind, (text: string) => string>> = {
  'device-id': canonicalId,
  'account-id': canonicalId,
  'household-id': canonicalId,
  'gateway-id': canonicalId,
  'event-id': canonicalId,
  'session-id': canonicalId,
  'user-id': canonicalId,
  mac: canonicalId,
  bssid: canonicalId,
  ssid: canonicalId,
  bluetooth: canonicalId,
  'device-name': canonicalId,
  imei: canonicalImei,
  serial: canonicalId,
  'advertising-id': canonicalId,
  phone: canonicalPhone,
  email: foldWithoutSpaces,
  ip: canonicalIp,
  position: foldWithoutSpaces,
  other: canonicalId,
};

/**
 * The one spelling of an identifier. Total and idempotent; it rather merges two identifiers than tells two spellings of
 * one apart, since a device counted twice would inflate k. An unknown kind is treated as an id.
 */
export const canonicalise = (kind: IdentifierKind, text: string): string => (CANONICALISERS[kind] ?? canonicalId)(text);

/**
 * False when the UTF-8 bytes of an identifier are its canonical form already, whatever its kind: lower-case ASCII
 * letters and digits, at least one letter among them (digits alone may be an IMEI or a phone number). Callers then
 * need no string.
 */
export const needsCanonical = (bytes: Uint8Array, start: number, length: number): boolean => {
  let letters = 0;
  for (let i = start; i < start + length; i++) {
    const byte = bytes[i];
    if (byte >= 0x61 && byte <= 0x7a) letters++;
    else if (byte < 0x30 || byte > 0x39) return true;
  }
  return letters === 0;
};
