import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';

/** DER before the 32 bytes of an X25519 key (RFC 8410, sections 4 and 7). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Any private key will do: a public key of small order agrees with none on anything but zeros (RFC 7748, section 6.1). */
const PROBE = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, 0x42)]), format: 'der', type: 'pkcs8' });

/** The X25519 public key of 32 bytes in base64; null when nothing can be sealed to it. */
export const sealingKeyOf = (text: string): KeyObject | null => {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI, Buffer.from(text, 'base64')]), format: 'der', type: 'spki' });
    diffieHellman({ privateKey: PROBE, publicKey }).fill(0);
    return publicKey;
  } catch {
    // OpenSSL's reason says nothing that anybody could act on.
    return null;
  }
};
