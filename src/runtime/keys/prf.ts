import type { Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { createCmac } from './cmac.ts';
import { createHmacPrf } from './hmac.ts';

/** A PRF whose key can be erased from memory. Nothing may be asked of it afterwards: what it answered would be under no key. */
export interface ErasablePrf extends Prf {
  erase(): void;
}

/** The PRF that a policy names, under a 32-byte key. Unkeyed hashes have no entry and never will. */
export const createPrf = (prf: Plan['prf'], key: Uint8Array): ErasablePrf =>
  prf === 'aes-256-cmac' ? createCmac(key) : createHmacPrf(key);
