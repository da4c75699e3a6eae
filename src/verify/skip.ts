import { type Schema, typeOf } from './avro-schema.ts';

interface SkipLimits {
  readonly items: number;
  readonly depth: number;
}

/** Where a datum is, and what it has used up. */
interface Place {
  readonly bytes: Uint8Array;
  at: number;
  items: number;
}

/** Thrown inside this file only. */
const lose = (): never => {
  throw new RangeError('the end of the datum is not known');
};

const long = (place: Place): number => {
  let value = 0;
  let isNegative = false;
  for (let count = 0; count < 10; count++) {
    if (place.at >= place.bytes.length) return lose();
    const byte = place.bytes[place.at++];
    if (count === 0) isNegative = (byte & 1) === 1;
    value += count === 0 ? (byte & 127) >> 1 : (byte & 127) * 2 ** (7 * count - 1);
    if (byte < 128) return isNegative ? -value - 1 : value;
  }
  return lose();
};

const jump = (place: Place, count: number): void => {
  if (count < 0 || count > place.bytes.length - place.at) lose();
  place.at += count;
};

const skipBlocks = (place: Place, limits: SkipLimits, one: () => void): void => {
  for (let told = long(place); told !== 0; told = long(place)) {
    const size = told < 0 ? long(place) : null;
    const start = place.at;
    place.items += Math.abs(told);
    if (place.items > limits.items) lose();
    for (let i = 0; i < Math.abs(told); i++) one();
    if (size !== null && place.at - start !== size) lose();
  }
};

const NESTED = ['record', 'array', 'map'];

/** Bytes of types of fixed size. */
const SIZES: Readonly<Record<string, number>> = { null: 0, float: 4, double: 8 };
const VARINTS = ['int', 'long', 'enum'];
const COUNTED = ['bytes', 'string'];

const skipPart = (place: Place, schema: Schema, part: unknown, limits: SkipLimits, depth: number): void => {
  const type = typeOf(schema, part);
  const inner = NESTED.includes(type.kind) ? depth + 1 : depth;
  if (inner > limits.depth) lose();
  const skip = (of: unknown): void => skipPart(place, schema, of, limits, inner);
  if (VARINTS.includes(type.kind)) long(place);
  else if (COUNTED.includes(type.kind)) jump(place, long(place));
  else if (SIZES[type.kind] !== undefined) jump(place, SIZES[type.kind]);
  else if (type.kind === 'fixed') jump(place, type.size);
  else if (type.kind === 'record') for (const field of type.fields) skip(field.type);
  else if (type.kind === 'array') skipBlocks(place, limits, () => skip(type.items));
  else if (type.kind === 'union') {
    const branch = long(place);
    if (branch < 0 || branch >= type.branches.length) lose();
    skip(type.branches[branch]);
  } else if (type.kind === 'map') {
    skipBlocks(place, limits, () => {
      jump(place, long(place));
      skip(type.values);
    });
  } else {
    jump(place, 1);
    if (place.bytes[place.at - 1] > 1) lose();
  }
};

/** Where a datum ends by its structure alone, whatever its values; -1 when that cannot be told. */
const endOf = (bytes: Uint8Array, start: number, schema: Schema, limits: SkipLimits): number => {
  const place = { bytes, at: start, items: 0 };
  try {
    skipPart(place, schema, schema.root, limits, 0);
    return place.at;
  } catch {
    return -1;
  }
};

/** One record of a container block: its number behind the block's first, and its bytes. */
export interface BlockRecord {
  readonly ordinal: number;
  readonly bytes: Uint8Array;
}

/**
 * The records of one container block, and how many numbers it takes: as many as it claims, within what its bytes could
 * hold. From where the structure is lost the rest of the block is one record; bytes behind the last one are one more.
 */
export const blockRecords = (
  bytes: Uint8Array,
  count: number,
  schema: Schema,
  limits: SkipLimits,
): { readonly records: BlockRecord[]; readonly numbers: number } => {
  const claimed = Math.min(count, Math.max(bytes.length, limits.items) + 1);
  const records: BlockRecord[] = [];
  let at = 0;
  let empty = 0;
  for (let i = 0; i < claimed; i++) {
    const found = endOf(bytes, at, schema, limits);
    if (found === at) empty++;
    const end = found < 0 || empty > limits.items ? bytes.length : found;
    records.push({ ordinal: i, bytes: bytes.subarray(at, end) });
    const isLost = end !== found || empty > limits.items;
    at = end;
    if (isLost) break;
  }
  if (at === bytes.length) return { records, numbers: claimed };
  records.push({ ordinal: claimed, bytes: bytes.subarray(at) });
  return { records, numbers: claimed + 1 };
};
