import { getHashes, hash } from 'node:crypto';

const WANTED = ['md5', 'sha1', 'sha256', 'sha512', 'blake2b512', 'blake2s256'] as const;
const available = new Set(getHashes().map((name) => name.toLowerCase()));

/** Unkeyed hashes of node:crypto that somebody might take for a pseudonym. */
export const ALGORITHMS: readonly string[] = WANTED.filter((name) => available.has(name));

/** Calls `take` with every unkeyed digest of `text`, 16 bytes or longer. */
export const digestsOf = (text: string, take: (digest: Buffer) => void): void => {
  for (const algorithm of ALGORITHMS) take(hash(algorithm, text, 'buffer'));
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 (ISO 3309), as zip and Ethernet have it. */
export const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
};

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
const scramble = (word: number): number => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);

/** MurmurHash3 x86 32 (Appleby), seed 0 unless given. */
export const murmur3 = (bytes: Uint8Array, seed = 0): number => {
  const whole = bytes.length & ~3;
  let state = seed;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    state = (Math.imul(rotate(state ^ scramble(word), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | bytes[at];
  state ^= scramble(tail) ^ bytes.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
};

/** Murmur2 as Kafka's default partitioner has it. */
export const murmur2 = (bytes: Uint8Array): number => {
  const mix = (word: number): number => {
    const mixed = Math.imul(word, 0x5bd1e995);
    return Math.imul(mixed ^ (mixed >>> 24), 0x5bd1e995);
  };
  const whole = bytes.length & ~3;
  let state = 0x9747b28c ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    state = Math.imul(state, 0x5bd1e995) ^ mix(word);
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | bytes[at];
  if (whole < bytes.length) state = Math.imul(state ^ tail, 0x5bd1e995);
  state = Math.imul(state ^ (state >>> 13), 0x5bd1e995);
  return (state ^ (state >>> 15)) >>> 0;
};

/** 32-bit checksums of `text`, each as eight hex digits and as a decimal number. */
export const checksumsOf = (text: string, take: (form: string) => void): void => {
  const bytes = Buffer.from(text);
  for (const value of [crc32(bytes), murmur3(bytes), murmur2(bytes)]) {
    take(value.toString(16).padStart(8, '0'));
    take(String(value));
  }
};
