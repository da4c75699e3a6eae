import { LABEL, type Prf } from '../../model/keys.ts';

/** What is committed to when a control key is named, in hex: 16 bytes that nobody without the key can make, and that tell nothing of it. */
export const commitmentOf = (control: Prf): string => Buffer.from(control.one(Uint8Array.of(LABEL.commitment))).toString('hex');
