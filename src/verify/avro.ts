import { jsonName, type Schema, typeOf } from './avro-schema.ts';
import { textOfBytes, type Value } from './json.ts';

interface DatumLimits {
  readonly items: number;
  readonly depth: number;
  readonly stringBytes: number;
}

/** Thrown inside this file only. */
const refuse = (): never => {
  throw new RangeError('not a datum of this schema');
};

const createCursor = (bytes: Buffer, limits: DatumLimits) => {
  let at = 0;
  let budget = limits.items;
  const take = (count: number): Buffer => {
    if (count < 0 || count > bytes.length - at) refuse();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const long = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    return refuse();
  };
  const count = (): number => {
    const value = Number(long());
    return Number.isSafeInteger(value) ? value : refuse();
  };
  /** Blocks of an array or map: a negative count is followed by the block's size in bytes. Counts are bounded before use. */
  const blocks = (one: () => void): void => {
    for (let left = count(); left !== 0; left = count()) {
      const real = left < 0 ? -left : left;
      const size = left < 0 ? count() : null;
      const start = at;
      budget -= real;
      if (budget < 0) refuse();
      for (let i = 0; i < real; i++) one();
      if (size !== null && at - start !== size) refuse();
    }
  };
  const text = (): string => {
    const length = count();
    if (length > limits.stringBytes) refuse();
    return textOfBytes(take(length)) ?? refuse();
  };
  const blob = (length: number): Buffer => (length > limits.stringBytes ? refuse() : Buffer.from(take(length)));
  return { take, long, count, text, blob, blocks, done: () => at === bytes.length };
};

type Cursor = ReturnType<typeof createCursor>;

/** JSON has no other numbers. */
const finite = (value: number): number => (Number.isFinite(value) ? value : refuse());

const readPart = (cursor: Cursor, schema: Schema, part: unknown, depth: number): Value => {
  const type = typeOf(schema, part);
  if (depth <= 0 && ['record', 'array', 'map'].includes(type.kind)) return refuse();
  switch (type.kind) {
    case 'null':
      return null;
    case 'boolean': {
      const byte = cursor.take(1)[0];
      return byte > 1 ? refuse() : byte === 1;
    }
    case 'int': {
      const value = cursor.count();
      return value === (value | 0) ? value : refuse();
    }
    case 'long': {
      const value = cursor.long();
      return Number.isSafeInteger(Number(value)) ? Number(value) : refuse();
    }
    case 'float':
      return finite(cursor.take(4).readFloatLE(0));
    case 'double':
      return finite(cursor.take(8).readDoubleLE(0));
    case 'bytes':
      return cursor.blob(cursor.count());
    case 'fixed':
      return cursor.blob(type.size);
    case 'string':
      return cursor.text();
    case 'enum':
      return type.symbols[cursor.count()] ?? refuse();
    case 'union': {
      const branch = cursor.count();
      return branch >= 0 && branch < type.branches.length ? readPart(cursor, schema, type.branches[branch], depth) : refuse();
    }
    case 'record': {
      const value: { [name: string]: Value } = Object.create(null);
      for (const field of type.fields) value[jsonName(field)] = readPart(cursor, schema, field.type, depth - 1);
      return value;
    }
    case 'array': {
      const value: Value[] = [];
      cursor.blocks(() => value.push(readPart(cursor, schema, type.items, depth - 1)));
      return value;
    }
    case 'map': {
      const value: { [name: string]: Value } = Object.create(null);
      cursor.blocks(() => {
        const key = cursor.text();
        if (key in value) refuse();
        value[key] = readPart(cursor, schema, type.values, depth - 1);
      });
      return value;
    }
  }
};

/**
 * Reads one datum of the Avro binary encoding (specification 1.11, "Binary encoding"), unions unwrapped, record fields by
 * their JSON names. Undefined when the bytes are no datum or have bytes left over.
 */
export const readDatum = (bytes: Uint8Array, schema: Schema, limits: DatumLimits): Value | undefined => {
  try {
    const cursor = createCursor(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), limits);
    const value = readPart(cursor, schema, schema.root, limits.depth);
    return cursor.done() ? value : undefined;
  } catch {
    return undefined;
  }
};

const zigzag = (value: number, out: number[]): void => {
  let rest = (BigInt(value) << 1n) ^ (BigInt(value) >> 63n);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
};

/** The Avro bytes of an output record: `windowEnd` and `level` as zigzag varints, then each text with its length. */
export const outputBytes = (windowEnd: number, level: number, texts: readonly string[]): Buffer => {
  const head: number[] = [];
  zigzag(windowEnd, head);
  zigzag(level, head);
  const parts: Uint8Array[] = [Uint8Array.from(head)];
  for (const text of texts) {
    const bytes = Buffer.from(text);
    const length: number[] = [];
    zigzag(bytes.length, length);
    parts.push(Uint8Array.from(length), bytes);
  }
  return Buffer.concat(parts);
};
