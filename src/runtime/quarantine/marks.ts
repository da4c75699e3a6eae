import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import type { QuarantineBody } from '../../record/quarantine.ts';

const KEY_BYTES = 32;
const MARK_BYTES = 16;

/** Where a quarantined record stood. */
export type Place = Pick<QuarantineBody, 'topic' | 'partition' | 'offset'>;

/**
 * Marks by which the control log remembers what was published again: HMAC-SHA-256 over the place, 16 bytes in hex, under a key that HKDF
 * (RFC 5869) makes of the operator's private key. The place is identity; without that key a mark says nothing of it.
 */
export const createMarks = (operatorKey: KeyObject): ((place: Place) => string) => {
  const secret = operatorKey.export({ format: 'der', type: 'pkcs8' });
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'unjoin/replay/1', KEY_BYTES));
  secret.fill(0);
  return ({ topic, partition, offset }) =>
    createHmac('sha256', key).update(JSON.stringify([topic, partition, offset])).digest('hex').slice(0, 2 * MARK_BYTES); // biome-ignore format: a chain
};
