import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { TransportError } from '../model/log.ts';

/** One block of a container file, unpacked. */
export interface VerifyBlock {
  readonly schema: unknown;
  /** Records that it claims to hold. */
  readonly count: number;
  readonly bytes: Uint8Array;
}

const SYNC_BYTES = 16;
const MAX_BLOCK_BYTES = 16 << 20;

const refuse = (): never => {
  throw new TransportError('unreadable', 'an input file is not a sound Avro container file', false);
};

/** Reads Avro's containers (specification, "Object Container Files") without the reader of the run. */
const createCursor = (bytes: Buffer) => {
  let at = 0;
  const take = (count: number): Buffer => {
    if (!(count >= 0) || count > bytes.length - at) refuse();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const long = (): number => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number((value >> 1n) ^ -(value & 1n));
    }
    return refuse();
  };
  return { take, long, isAtEnd: () => at === bytes.length };
};

const inflate = (packed: Uint8Array): Uint8Array => {
  try {
    return inflateRawSync(packed, { maxOutputLength: MAX_BLOCK_BYTES });
  } catch {
    return refuse();
  }
};

const readMeta = (cursor: ReturnType<typeof createCursor>): Map<string, string> => {
  const meta = new Map<string, string>();
  for (let told = cursor.long(); told !== 0; told = cursor.long()) {
    if (told < 0) cursor.long();
    for (let i = 0; i < Math.abs(told); i++) {
      const name = cursor.take(cursor.long()).toString('utf8');
      meta.set(name, cursor.take(cursor.long()).toString('utf8'));
    }
  }
  return meta;
};

/** The blocks of a container file, in order. Throws `TransportError` `unreadable` for what the run refuses too. */
export function* containerBlocks(path: string): Generator<VerifyBlock> {
  const cursor = createCursor(readFileSync(path));
  if (cursor.take(4).toString('latin1') !== 'Obj\u0001') refuse();
  const meta = readMeta(cursor);
  const sync = cursor.take(SYNC_BYTES);
  let schema: unknown;
  try {
    schema = JSON.parse(meta.get('avro.schema') ?? '');
  } catch {
    refuse();
  }
  const codec = meta.get('avro.codec') ?? 'null';
  while (!cursor.isAtEnd()) {
    const count = cursor.long();
    const packed = cursor.take(cursor.long());
    if (!cursor.take(SYNC_BYTES).equals(sync)) refuse();
    yield { schema, count, bytes: codec === 'deflate' ? inflate(packed) : packed };
  }
}
