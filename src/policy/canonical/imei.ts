import { canonicalId } from './id.ts';

/** Type allocation code and serial number: what an IMEI and an IMEISV of one phone have in common. */
const IDENTIFYING_DIGITS = 14;

/**
 * Canonical form of an IMEI (3GPP TS 23.003, section 6.2): the 14 digits that identify the equipment, without check
 * digit (15th) and software version (15th and 16th). What is no IMEI is treated as an id.
 */
export const canonicalImei = (text: string): string => {
  const id = canonicalId(text).replaceAll('/', '');
  return /^\d{14,16}$/.test(id) ? id.slice(0, IDENTIFYING_DIGITS) : id;
};
