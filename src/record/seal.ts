import { createCipheriv, createDecipheriv, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Sealing to a public key: X25519 with an ephemeral key (RFC 7748), HKDF-SHA-256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439).
 * Whoever seals cannot read back: the ephemeral private key is dropped once the session's key is agreed.
 *
 * Blob: version 1, ephemeral public key (32), counter (8, big-endian), ciphertext, tag (16). The nonce is the counter,
 * so a session never repeats one, and each session has a fresh key. Every byte is bound: the ephemeral key through the
 * key derivation, the counter through the nonce, the rest through the tag.
 */
export type SealPurpose = 'quarantine' | 'lineage' | 'control';

/** Key objects travel through here, so that other formats need not know where they come from. */
export type { KeyObject };

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Whom to seal to: an X25519 public key, and where fresh X25519 pairs come from (randomness is the runtime's). */
export interface SealRecipient {
  readonly publicKey: KeyObject;
  ephemeralPair(): KeyPair;
}

export interface SealSession {
  /** Seals `plaintext`; `aad` is the clear part that the blob is bound to. */
  seal(aad: string | Uint8Array, plaintext: Uint8Array): Uint8Array;
}

const VERSION = 1;
const PUBLIC_BYTES = 32;
const COUNTER_BYTES = 8;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const COUNTER_AT = 1 + PUBLIC_BYTES;
const HEAD_BYTES = COUNTER_AT + COUNTER_BYTES;
/** Bytes that a blob has more than its plaintext. */
export const SEAL_OVERHEAD_BYTES = HEAD_BYTES + TAG_BYTES;

const CIPHER = 'chacha20-poly1305';
const NONCE_ZEROS = Buffer.alloc(4);
/** DER before the 32 raw bytes of an X25519 public key (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

const rawPublic = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_BYTES);

const bytesOf = (aad: string | Uint8Array): Uint8Array => (typeof aad === 'string' ? Buffer.from(aad, 'utf8') : aad);

/** Key of a session, from either side of it. Throws when the shared secret is all zero (a public key of small order). */
const agree = (own: KeyObject, other: KeyObject, ephemeral: Uint8Array, recipient: Uint8Array, purpose: SealPurpose): Uint8Array => {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  const key = hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), `unjoin/${purpose}/1`, KEY_BYTES);
  shared.fill(0);
  return new Uint8Array(key);
};

/** Opens a session: one key agreement that serves many blobs (a partition's minute of quarantine, a window of lineage). */
export const openSealSession = (recipient: SealRecipient, purpose: SealPurpose): SealSession => {
  const { publicKey, privateKey } = recipient.ephemeralPair();
  const ephemeral = rawPublic(publicKey);
  const key = agree(privateKey, recipient.publicKey, ephemeral, rawPublic(recipient.publicKey), purpose);
  const head = Buffer.concat([Uint8Array.of(VERSION), ephemeral, Buffer.alloc(COUNTER_BYTES)]);
  let counter = 0n;
  return {
    seal(aad, plaintext) {
      head.writeBigUInt64BE(counter++, COUNTER_AT);
      const nonce = Buffer.concat([NONCE_ZEROS, head.subarray(COUNTER_AT)]);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(bytesOf(aad), { plaintextLength: plaintext.length });
      return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
  };
};

/** Opens a blob; null when it is not one, was changed, or belongs to another clear part, purpose or key. */
export const openSealed = (
  privateKey: KeyObject,
  purpose: SealPurpose,
  aad: string | Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null => {
  if (sealed.length < SEAL_OVERHEAD_BYTES || sealed[0] !== VERSION) return null;
  const ephemeral = sealed.subarray(1, COUNTER_AT);
  const nonce = Buffer.concat([NONCE_ZEROS, sealed.subarray(COUNTER_AT, HEAD_BYTES)]);
  const ciphertext = sealed.subarray(HEAD_BYTES, -TAG_BYTES);
  try {
    const other = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, ephemeral]), format: 'der', type: 'spki' });
    const key = agree(privateKey, other, ephemeral, rawPublic(createPublicKey(privateKey)), purpose);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bytesOf(aad), { plaintextLength: ciphertext.length });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    // OpenSSL's reason says nothing that the caller may act on differently.
    return null;
  }
};
