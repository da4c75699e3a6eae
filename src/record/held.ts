import { createCipheriv, createDecipheriv } from 'node:crypto';
import { createByteReader, createByteWriter } from './bytes.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isWhole } from './line.ts';
import type { KeyObject } from './seal.ts';

/** Which window survivors are held for: clear, so that the reader knows the key; nothing in it says whose they are. */
export interface HeldHead {
  readonly view: string;
  readonly windowStart: number;
}

export interface HeldEnvelope {
  readonly head: HeldHead;
  /** The candidates (`record/candidate.ts`); null when the bytes were changed or belong to another key. */
  open(key: KeyObject): Uint8Array | null;
}

const VERSION = 1;
const CIPHER = 'aes-256-gcm';
/** Random, 96 bits: NIST SP 800-38D, 8.2.2, allows 2^32 messages under the key of one window. */
export const HELD_NONCE_BYTES = 12;
const TAG_BYTES = 16;

const clearPart = ({ view, windowStart }: HeldHead): Uint8Array => {
  const writer = createByteWriter();
  writer.byte(VERSION);
  writer.text(view);
  writer.float64(windowStart);
  return writer.done();
};

/**
 * Held survivors as they are persisted: version, view, window, nonce, then AES-256-GCM over the candidates under the key of
 * that window, bound to everything before. Whoever destroys the epoch destroys what is held of it.
 */
export const sealHeld = (key: KeyObject, nonce: Uint8Array, head: HeldHead, candidates: Uint8Array): Uint8Array => {
  const clear = clearPart(head);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(clear);
  return Buffer.concat([clear, nonce, cipher.update(candidates), cipher.final(), cipher.getAuthTag()]);
};

/** Reads what is clear of held bytes; the rest opens under the window's key. */
export const readHeld = (bytes: Uint8Array): Decoded<HeldEnvelope> => {
  const reader = createByteReader(bytes);
  if (reader.byte() !== VERSION) return refused('unknown-version');
  const head = { view: reader.text(), windowStart: reader.float64() };
  const nonce = reader.bytes(HELD_NONCE_BYTES);
  const sealed = reader.rest();
  if (!reader.ended() || !isWhole(head.windowStart) || sealed.length < TAG_BYTES) return refused('malformed');
  const clear = clearPart(head);
  const isCanonical = Buffer.from(bytes.buffer, bytes.byteOffset, clear.length).equals(clear);
  if (!isCanonical) return refused('malformed');
  const open = (key: KeyObject): Uint8Array | null => {
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(clear);
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch {
      // OpenSSL's reason says nothing that the caller may act on differently.
      return null;
    }
  };
  return decoded({ head, open });
};
