const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const HEX_RUN = /[0-9a-f]{8,}/gi;
const BASE32_RUN = /[a-z2-7]{10,}/gi;
const BASE64_RUN = /[a-z0-9+/_-]{8,}/gi;

/** Base32 (RFC 4648, section 6), upper or lower case, no padding. */
export const fromBase32 = (text: string): Buffer => {
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of text.toLowerCase()) {
    held = ((held << 5) | BASE32.indexOf(char)) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >>> bits) & 255);
    }
  }
  return Buffer.from(out);
};

/** Percent and JSON or JavaScript escapes, whether whole or here and there. */
export const unescaped = (text: string): string =>
  text
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_, four?: string, two?: string) =>
      String.fromCharCode(Number.parseInt(four ?? two ?? '0', 16)),
    )
    .replace(/\\(.)/g, '$1');

/**
 * Calls `take` with the bytes that runs of a text could stand for as hex, base32 or base64 at any alignment. The texts
 * of outputs are few and identifiers are many: it is the outputs that are decoded. `isRandom` tells a run at its plain
 * alignment that holds a digit: a digest of eight bytes or more without one is next to impossible, a word has none.
 */
export const decodings = (text: string, take: (bytes: Buffer, isRandom: boolean) => void): void => {
  const isRandom = (run: string, shift: number): boolean => shift === 0 && /\d/.test(run);
  for (const [run] of text.matchAll(HEX_RUN)) {
    for (const shift of [0, 1]) take(Buffer.from(run.slice(shift, run.length - ((run.length - shift) % 2)), 'hex'), isRandom(run, shift));
  }
  for (const [run] of text.matchAll(BASE32_RUN)) {
    for (let shift = 0; shift < 8; shift++) take(fromBase32(run.slice(shift)), isRandom(run, shift));
  }
  for (const [run] of text.matchAll(BASE64_RUN)) {
    for (let shift = 0; shift < 4; shift++) take(Buffer.from(run.slice(shift), 'base64'), isRandom(run, shift));
  }
};

/** Runs of at least `least` printable ASCII characters in bytes. */
export const printableRuns = (bytes: Uint8Array, least: number): string[] =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('latin1')
    .match(new RegExp(`[ -~]{${least},}`, 'g')) ?? [];
