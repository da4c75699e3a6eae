/** Growing writer of persisted forms. Integers are varints (LEB128: 7 bits a byte, least first) or big-endian. */
export interface ByteWriter {
  byte(value: number): void;
  /** Whole number from 0 to 2^53 - 1. */
  varint(value: number): void;
  int32(value: number): void;
  float64(value: number): void;
  bytes(value: Uint8Array): void;
  /** UTF-8 after its length in bytes. */
  text(value: string): void;
  done(): Uint8Array;
}

export const createByteWriter = (): ByteWriter => {
  let buffer = Buffer.alloc(256);
  let used = 0;
  /** Makes room for `count` bytes and gives where they begin. */
  const reserve = (count: number): number => {
    if (used + count > buffer.length) buffer = Buffer.concat([buffer], Math.max(buffer.length * 2, used + count));
    used += count;
    return used - count;
  };
  const byte = (value: number): void => {
    const at = reserve(1);
    buffer[at] = value;
  };
  const varint = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) byte((rest % 128) | 128);
    byte(rest);
  };
  const bytes = (value: Uint8Array): void => {
    const at = reserve(value.length);
    buffer.set(value, at);
  };
  return {
    byte,
    varint,
    bytes,
    int32(value) {
      const at = reserve(4);
      buffer.writeInt32BE(value, at);
    },
    float64(value) {
      const at = reserve(8);
      buffer.writeDoubleBE(value, at);
    },
    text(value) {
      const encoded = Buffer.from(value, 'utf8');
      varint(encoded.length);
      bytes(encoded);
    },
    done: () => buffer.subarray(0, used),
  };
};

/**
 * Strict reader of what a `ByteWriter` wrote. It never throws: once the bytes make no sense it has failed for good, every
 * method gives 0 or nothing, and `ended` says so. Callers look at `ended` before they believe anything.
 */
export interface ByteReader {
  byte(): number;
  /** Only the shortest form of a number is accepted, so that a value has one encoding. */
  varint(): number;
  /** A varint that announces as many items of at least `itemBytes`: 0 when so many cannot follow. */
  count(itemBytes: number): number;
  int32(): number;
  float64(): number;
  bytes(count: number): Uint8Array;
  text(): string;
  /** Everything that is left. */
  rest(): Uint8Array;
  /** Declares that what was read cannot be. */
  fail(): void;
  /** True when everything was read and nothing went wrong. */
  ended(): boolean;
}

const NOTHING = new Uint8Array(0);

export const createByteReader = (source: Uint8Array): ByteReader => {
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  let at = 0;
  let failed = false;
  const fail = (): 0 => {
    failed = true;
    return 0;
  };
  /** Where the next `count` bytes begin, which are thereby read; -1 when there are not as many. */
  const take = (count: number): number => {
    failed ||= count > source.length - at;
    if (failed) return -1;
    at += count;
    return at - count;
  };
  const fixed = (count: number, read: (from: number) => number): number => {
    const from = take(count);
    return from < 0 ? 0 : read(from);
  };
  const byte = (): number => fixed(1, (from) => source[from]);
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const next = byte();
      if (failed) return 0;
      value += (next & 127) * scale;
      if (next < 128) return Number.isSafeInteger(value) && (next > 0 || scale === 1) ? value : fail();
    }
    return fail();
  };
  const bytes = (count: number): Uint8Array => {
    const from = take(count);
    return from < 0 ? NOTHING : source.subarray(from, from + count);
  };
  return {
    byte,
    varint,
    bytes,
    fail: () => void fail(),
    count(itemBytes) {
      const items = varint();
      return items * itemBytes <= source.length - at ? items : fail();
    },
    int32: () => fixed(4, (from) => view.getInt32(from)),
    float64: () => fixed(8, (from) => view.getFloat64(from)),
    text() {
      const encoded = bytes(varint());
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(encoded);
      } catch {
        fail();
        return '';
      }
    },
    rest: () => bytes(source.length - at),
    ended: () => !failed && at === source.length,
  };
};
