import { createCipheriv, createSecretKey } from 'node:crypto';
import { invariant } from '../../model/invariant.ts';
import type { Prf } from '../../model/keys.ts';
import type { ErasablePrf } from './prf.ts';

const KEY_BYTES = 32;
const BLOCK = 16;
/** The constant of the field GF(2^128) for 16-byte blocks (RFC 4493, section 2.3). */
const RB = 0x87;

/** Doubling in GF(2^128), big-endian: how CMAC makes its subkeys (RFC 4493, section 2.3). */
const doubled = (block: Uint8Array): Uint8Array => {
  const out = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) out[i] = (block[i] << 1) | (i + 1 < BLOCK ? block[i + 1] >> 7 : 0);
  if (block[0] & 0x80) out[BLOCK - 1] ^= RB;
  return out;
};

/** The subkeys of a key: K1 completes a whole last block, K2 a padded one. */
const subkeysOf = (encrypt: (blocks: Uint8Array) => Uint8Array): readonly [Uint8Array, Uint8Array] => {
  const k1 = doubled(encrypt(new Uint8Array(BLOCK)));
  return [k1, doubled(k1)];
};

/**
 * AES-256-CMAC (NIST SP 800-38B; RFC 4493 with a 256-bit key) as a PRF, in batches. The key is 32 bytes; it is copied
 * into OpenSSL's cipher and cannot be read back from the handle.
 *
 * CMAC chains within a message but not between messages. So the first blocks of all messages are encrypted by one call,
 * then all second blocks xored with what came out, and so on: one call a layer instead of several a message, since a
 * call costs many times what a block does. One ECB stream serves all calls, for ECB has no state between blocks.
 */
export const createCmac = (key: Uint8Array): ErasablePrf => {
  invariant(key.length === KEY_BYTES, 'a key of AES-256 has 32 bytes');
  const cipher = createCipheriv('aes-256-ecb', createSecretKey(key), null).setAutoPadding(false);
  const encrypt = (blocks: Uint8Array): Uint8Array => cipher.update(blocks);
  const [k1, k2] = subkeysOf(encrypt).map(viewOf);
  // Scratch that grows to the largest batch: first blocks, and which message each chaining value belongs to.
  let first = new Uint8Array(BLOCK);
  let rows = new Int32Array(1);

  const batch: Prf['batch'] = (bytes, start, length, count, out) => {
    if (rows.length < count) {
      rows = new Int32Array(count);
      first = new Uint8Array(count * BLOCK);
    }
    for (let row = 0; row < count; row++) rows[row] = row;
    const message = viewOf(bytes);
    const token = viewOf(out);
    let state: Uint8Array = first.subarray(0, count * BLOCK);
    for (let active = count, layer = 0; active > 0; layer += BLOCK) {
      const chained = viewOf(state);
      for (let i = 0; i < active; i++) {
        const left = length[rows[i]] - layer;
        if (left > BLOCK) absorb(chained, i * BLOCK, message, start[rows[i]] + layer);
        else absorbLast(chained, i * BLOCK, message, start[rows[i]] + layer, left, left === BLOCK ? k1 : k2);
      }
      state = encrypt(state);
      const encrypted = viewOf(state);
      let still = 0;
      for (let i = 0; i < active; i++) {
        const row = rows[i];
        if (length[row] - layer > BLOCK) {
          copyBlock(encrypted, i * BLOCK, encrypted, still * BLOCK);
          rows[still++] = row;
        } else copyBlock(encrypted, i * BLOCK, token, row * BLOCK);
      }
      active = still;
      state = state.subarray(0, active * BLOCK);
    }
    // The scratch outlives the call and holds what of the messages, so it is wiped; absorbing starts from zeros.
    first.fill(0, 0, count * BLOCK);
  };
  return {
    batch,
    one(message) {
      const out = new Uint8Array(BLOCK);
      batch(message, new Int32Array(1), Int32Array.of(message.length), 1, out);
      return out;
    },
    // OpenSSL cleanses what it frees; the subkeys are ours.
    erase() {
      cipher.final();
      for (const subkey of [k1, k2]) new Uint8Array(subkey.buffer, subkey.byteOffset, subkey.byteLength).fill(0);
    },
  };
};

/** Messages start at any byte, so words are read through a view; four words a block instead of sixteen bytes. */
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const xorWord = (state: DataView, at: number, word: number): void => state.setInt32(at, state.getInt32(at, true) ^ word, true);

/** Xors a whole block of a message that goes on into a chaining value. */
const absorb = (state: DataView, at: number, message: DataView, from: number): void => {
  xorWord(state, at, message.getInt32(from, true));
  xorWord(state, at + 4, message.getInt32(from + 4, true));
  xorWord(state, at + 8, message.getInt32(from + 8, true));
  xorWord(state, at + 12, message.getInt32(from + 12, true));
};

/** Xors the last block of a message, `left` bytes (0 to 16) and the padding, and its subkey into a chaining value. */
const absorbLast = (state: DataView, at: number, message: DataView, from: number, left: number, subkey: DataView): void => {
  const whole = left & ~3;
  for (let i = 0; i < whole; i += 4) xorWord(state, at + i, message.getInt32(from + i, true));
  for (let i = whole; i < left; i++) state.setUint8(at + i, state.getUint8(at + i) ^ message.getUint8(from + i));
  if (left < BLOCK) state.setUint8(at + left, state.getUint8(at + left) ^ 0x80);
  absorb(state, at, subkey, 0);
};

const copyBlock = (source: DataView, from: number, target: DataView, to: number): void => {
  target.setInt32(to, source.getInt32(from, true), true);
  target.setInt32(to + 4, source.getInt32(from + 4, true), true);
  target.setInt32(to + 8, source.getInt32(from + 8, true), true);
  target.setInt32(to + 12, source.getInt32(from + 12, true), true);
};
