/** Growing byte writer and strict reader of persisted forms. Integers are varints (7 bits a byte, least first). */
export interface ByteWriter {
  byte(value: number): void;
  /** Whole number from 0 to 2^53 - 1. */
  varint(value: number): void;
  bytes(value: Uint8Array): void;
  text(value: string): void;
  done(): Uint8Array;
}

export const createByteWriter = (): ByteWriter => {
  let buffer = Buffer.alloc(256);
  let used = 0;
  const reserve = (count: number): void => {
    if (used + count > buffer.length) buffer = Buffer.concat([buffer], Math.max(buffer.length * 2, used + count));
  };
  const byte = (value: number): void => {
    reserve(1);
    buffer[used++] = value;
  };
  const varint = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) byte((rest % 128) | 128);
    byte(rest);
  };
  const bytes = (value: Uint8Array): void => {
    reserve(value.length);
    buffer.set(value, used);
    used += value.length;
  };
  return {
    byte,
    varint,
    bytes,
    text(value) {
      const encoded = Buffer.from(value, 'utf8');
      varint(encoded.length);
      bytes(encoded);
    },
    done: () => buffer.subarray(0, used),
  };
};

/** Reads what a `ByteWriter` wrote; every method answers null, and keeps answering null, once the bytes make no sense. */
export interface ByteReader {
  byte(): number | null;
  varint(): number | null;
  bytes(count: number): Uint8Array | null;
  text(): string | null;
  /** True when everything was read and nothing went wrong. */
  ended(): boolean;
}

export const createByteReader = (source: Uint8Array): ByteReader => {
  let at = 0;
  let broken = false;
  const fail = (): null => {
    broken = true;
    return null;
  };
  const byte = (): number | null => (broken || at >= source.length ? fail() : source[at++]);
  const bytes = (count: number): Uint8Array | null => {
    if (broken || count < 0 || at + count > source.length) return fail();
    at += count;
    return source.subarray(at - count, at);
  };
  const varint = (): number | null => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const next = byte();
      if (next === null) return null;
      value += (next & 127) * scale;
      if (next < 128) return Number.isSafeInteger(value) ? value : fail();
    }
    return fail();
  };
  return {
    byte,
    bytes,
    varint,
    text() {
      const length = varint();
      const encoded = length === null ? null : bytes(length);
      if (encoded === null) return null;
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(encoded);
      } catch {
        return fail();
      }
    },
    ended: () => !broken && at === source.length,
  };
};
