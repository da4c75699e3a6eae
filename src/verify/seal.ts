import { createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto';

const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/** Of points of small order no private key makes anything but zeros, so that any one will do. */
const anyPrivateKey = (): KeyObject =>
  createPrivateKey({ key: Buffer.from(`302e020100300506032b656e04220420${'17'.repeat(32)}`, 'hex'), format: 'der', type: 'pkcs8' });

/** Whether anything can be sealed to 32 bytes as an X25519 public key: points of small order give a secret of zeros. */
export const isSealable = (base64: string): boolean => {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([X25519_SPKI, Buffer.from(base64, 'base64')]), format: 'der', type: 'spki' });
    return diffieHellman({ privateKey: anyPrivateKey(), publicKey }).some((byte) => byte !== 0);
  } catch {
    return false;
  }
};

const HEADER_BYTES = 1 + 32 + 8;
const TAG_BYTES = 16;

/** Raw 32 bytes of an X25519 public key (RFC 8410: the last 32 of its DER form). */
const rawPublic = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);

/**
 * Opens sealed blobs of one recipient: version byte 1, ephemeral X25519 key, 8-byte counter, ChaCha20-Poly1305 ciphertext
 * and tag (RFC 7748, 5869, 8439). Gives null for a blob that is not whole, not ours, or whose clear part was changed.
 */
export const createOpener = (key: KeyObject, purpose: 'quarantine' | 'lineage' | 'control') => {
  const own = rawPublic(key);
  const shared = new Map<string, Buffer>();
  const keyFor = (ephemeral: Buffer): Buffer => {
    const name = ephemeral.toString('latin1');
    const known = shared.get(name);
    if (known !== undefined) return known;
    const publicKey = createPublicKey({ key: Buffer.concat([X25519_SPKI, ephemeral]), format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey: key, publicKey });
    const derived = Buffer.from(hkdfSync('sha256', secret, Buffer.concat([ephemeral, own]), `unjoin/${purpose}/1`, 32));
    if (shared.size > 10_000) shared.clear();
    shared.set(name, derived);
    return derived;
  };
  return (sealed: string, clear: string): Buffer | null => {
    const blob = Buffer.from(sealed, 'base64');
    if (blob.length < HEADER_BYTES + TAG_BYTES || blob[0] !== 1) return null;
    try {
      const nonce = Buffer.concat([Buffer.alloc(4), blob.subarray(33, HEADER_BYTES)]);
      const decipher = createDecipheriv('chacha20-poly1305', keyFor(blob.subarray(1, 33)), nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(clear), { plaintextLength: blob.length - HEADER_BYTES - TAG_BYTES });
      decipher.setAuthTag(blob.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(blob.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  };
};

/** The clear part of a sealed line: the same JSON without `sealed`, which authenticates it. */
export const clearPart = (line: string): { readonly clear: string; readonly sealed: string } | null => {
  const found = /^(\{.*),"sealed":"([A-Za-z0-9+/=]*)"\}$/.exec(line);
  return found === null ? null : { clear: `${found[1]}}`, sealed: found[2] };
};

/** Reads the little binary format of sealed rows: bytes, LEB128 varints, text. Throws RangeError past the end. */
export const createReader = (bytes: Uint8Array) => {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at) throw new RangeError('past the end');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = take(1)[0];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 49) throw new RangeError('varint too long');
    }
  };
  return {
    take,
    varint,
    text: () => Buffer.from(take(varint())).toString('utf8'),
    rest: () => take(bytes.length - at),
    done: () => at === bytes.length,
  };
};
