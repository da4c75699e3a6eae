const INVALID = 255;
const PADDING = 61;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const VALUES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = ALPHABET.indexOf(String.fromCharCode(byte));
  return value < 0 ? INVALID : value;
});

/** Bytes that `length` characters of base64 decode to at most. */
export const decodedBytes = (length: number): number => (length >> 2) * 3;

/**
 * Decodes base64 (RFC 4648, section 4: with padding, nothing between, unused bits zero) from `bytes[start, end)` to `out` at
 * `at`, and gives how many bytes it wrote; -1 when the text is not base64. Node's own decoder skips what it does not know.
 */
export const decodeBase64 = (bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number => {
  const length = end - start;
  if (length === 0) return 0;
  if (length % 4 !== 0) return -1;
  const padding = bytes[end - 1] !== PADDING ? 0 : bytes[end - 2] !== PADDING ? 1 : 2;
  let bad = 0;
  let to = at;
  const whole = padding === 0 ? end : end - 4;
  for (let i = start; i < whole; i += 4) {
    const a = VALUES[bytes[i]];
    const b = VALUES[bytes[i + 1]];
    const c = VALUES[bytes[i + 2]];
    const d = VALUES[bytes[i + 3]];
    bad |= a | b | c | d;
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    out[to++] = word >> 16;
    out[to++] = word >> 8;
    out[to++] = word;
  }
  if (padding > 0) {
    const a = VALUES[bytes[whole]];
    const b = VALUES[bytes[whole + 1]];
    const c = padding === 2 ? 0 : VALUES[bytes[whole + 2]];
    bad |= a | b | c;
    const word = (a << 18) | (b << 12) | (c << 6);
    if ((word & (padding === 2 ? 0xffff : 0xff)) !== 0) return -1;
    out[to++] = word >> 16;
    if (padding === 1) out[to++] = word >> 8;
  }
  return bad > 63 ? -1 : to - at;
};
