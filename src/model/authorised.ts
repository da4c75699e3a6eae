import { LABEL } from './keys.ts';

/**
 * What stands before the token of a subject in the message that its pseudonym in authorised outputs is the PRF of, under the key of the
 * period: label, view, zero.
 */
export const authorisedPrefix = (view: string): Uint8Array => {
  const name = new TextEncoder().encode(view);
  const prefix = new Uint8Array(1 + name.length + 1);
  prefix[0] = LABEL.authorised;
  prefix.set(name, 1);
  return prefix;
};
