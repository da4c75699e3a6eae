import { createHash } from 'node:crypto';

/** Makes values that occur nowhere else, and remembers each. */
export interface Canaries {
  readonly all: readonly string[];
  /** Any text with a mark in it. */
  text(prefix: string): string;
  mac(): string;
  imei(): string;
  ip(): string;
  uuid(): string;
  /** A coordinate near `around`, to the last digit; also remembered to five decimals (a metre). */
  position(around: number): number;
}

/** The n-th value of a seed is always the same one. */
export const createCanaries = (seed: string): Canaries => {
  const all: string[] = [];
  let count = 0;
  const hex = (): string => createHash('sha256').update(`${seed}/${count++}`).digest('hex');
  const digits = (length: number): string => BigInt(`0x${hex()}`).toString().slice(0, length);
  const keep = (value: string): string => {
    all.push(value);
    return value;
  };
  return {
    all,
    text: (prefix) => keep(`${prefix}-${hex().slice(0, 14)}`),
    mac: () => keep((`02${hex().slice(0, 10)}`.match(/../g) ?? []).join(':').toUpperCase()),
    imei: () => keep(digits(15)),
    ip: () => keep((hex().match(/../g) ?? []).slice(0, 4).map((byte) => 100 + (Number.parseInt(byte, 16) % 156)).join('.')), // biome-ignore format: a chain
    uuid: () => keep(hex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5')),
    position(around) {
      const value = Number(`${around}${digits(9)}7`);
      keep(String(value));
      keep(value.toFixed(9).slice(0, -4));
      return value;
    },
  };
};
