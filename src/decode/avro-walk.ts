import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';

/**
 * A walk over one Avro datum (specification, "Binary Encoding"). It follows the schema over the bytes and builds nothing but
 * the values of the slots that the plan looks at: every length lies inside the bytes, every count inside the limits,
 * every text is UTF-8, every symbol and union index exists. Counts are never believed: in libraries that do, five bytes
 * stall the process and six abort it.
 */
export interface Walk {
  readonly bytes: Buffer;
  readonly end: number;
  readonly limits: Limits;
  /** Values by slot; undefined where the datum has none. */
  readonly slots: unknown[];
  at: number;
  items: number;
  depth: number;
  fault: FaultName | null;
  /** True when nobody can tell where the datum ends. */
  isLost: boolean;
}

/** Moves `walk.at` over one value. */
export type Step = (walk: Walk) => void;

/** Notes a fault after which the walk goes on, so that the end of the datum is found and its neighbours are read. */
export const note = (walk: Walk, fault: FaultName): void => {
  walk.fault ??= fault;
};

/** Notes a fault after which nobody knows where anything is. */
export const stop = (walk: Walk, fault: FaultName): void => {
  walk.fault ??= fault;
  walk.isLost = true;
  walk.at = walk.end;
};

const MAX_VARINT_BYTES = 10;

/** Zig-zag varint as a double: exact up to 2^53, beyond that only its size means something. */
export const readLong = (walk: Walk): number => {
  let magnitude = 0;
  let scale = 64;
  let isNegative = false;
  for (let count = 0; count < MAX_VARINT_BYTES && walk.at < walk.end; count++) {
    const byte = walk.bytes[walk.at++];
    if (count === 0) {
      isNegative = (byte & 1) === 1;
      magnitude = (byte & 127) >> 1;
    } else {
      magnitude += (byte & 127) * scale;
      scale *= 128;
    }
    if (byte < 128) return isNegative ? -magnitude - 1 : magnitude;
  }
  stop(walk, 'bad-avro');
  return 0;
};

/** Moves over `count` bytes and gives where they begin; -1 when they are not there. */
export const take = (walk: Walk, count: number): number => {
  if (count < 0 || count > walk.end - walk.at) {
    stop(walk, 'bad-avro');
    return -1;
  }
  walk.at += count;
  return walk.at - count;
};

const isAscii = (bytes: Buffer, start: number, end: number): boolean => {
  let high = 0;
  for (let i = start; i < end; i++) high |= bytes[i];
  return high < 128;
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Moves over one text; gives it when `isWanted`, else ''. */
export const readText = (walk: Walk, isWanted: boolean): string => {
  const length = readLong(walk);
  const start = take(walk, length);
  if (start < 0 || walk.isLost) return '';
  if (length > walk.limits.stringBytes) {
    note(walk, 'string-too-long');
    return '';
  }
  if (isAscii(walk.bytes, start, walk.at)) return isWanted ? walk.bytes.toString('latin1', start, walk.at) : '';
  try {
    return utf8.decode(walk.bytes.subarray(start, walk.at));
  } catch {
    note(walk, 'bad-text');
    return '';
  }
};

const readNumber = (walk: Walk, type: string): number => {
  if (type === 'int' || type === 'long') {
    const value = readLong(walk);
    const isInRange = type === 'int' ? value >= -(2 ** 31) && value < 2 ** 31 : Number.isSafeInteger(value);
    if (!isInRange) note(walk, 'bad-number');
    return value;
  }
  const start = take(walk, type === 'float' ? 4 : 8);
  if (start < 0) return Number.NaN;
  const value = type === 'float' ? walk.bytes.readFloatLE(start) : walk.bytes.readDoubleLE(start);
  // JSON has no such numbers, and nothing behind decode should have to ask.
  if (!Number.isFinite(value)) note(walk, 'bad-number');
  return value;
};

const readBoolean = (walk: Walk): boolean => {
  const start = take(walk, 1);
  if (start >= 0 && walk.bytes[start] > 1) stop(walk, 'bad-avro');
  return start >= 0 && walk.bytes[start] === 1;
};

/** Moves over `count` bytes of `bytes` or `fixed`; as hex when wanted. */
const readBytes = (walk: Walk, count: number, isWanted: boolean): string => {
  const start = take(walk, count);
  if (start < 0 || walk.isLost) return '';
  if (count > walk.limits.stringBytes) note(walk, 'string-too-long');
  return isWanted ? walk.bytes.toString('hex', start, walk.at) : '';
};

/** Step over a value of a primitive type, or null when the name is none. `slots` get the value. */
export const primitiveStep = (type: string, slots: readonly number[]): Step | null => {
  const isWanted = slots.length > 0;
  const put = (read: (walk: Walk) => unknown): Step =>
    isWanted
      ? (walk) => {
          const value = read(walk);
          for (const slot of slots) walk.slots[slot] = value;
        }
      : read;
  switch (type) {
    case 'null':
      return () => {};
    case 'boolean':
      return put(readBoolean);
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return put((walk) => readNumber(walk, type));
    case 'string':
      return put((walk) => readText(walk, isWanted));
    case 'bytes':
      return put((walk) => readBytes(walk, readLong(walk), isWanted));
    default:
      return null;
  }
};

/** Step over an enum; the symbol is its value. */
export const enumStep =
  (symbols: readonly string[], slots: readonly number[]): Step =>
  (walk) => {
    const index = readLong(walk);
    if (walk.isLost) return;
    if (index < 0 || index >= symbols.length) return note(walk, 'unknown-symbol');
    for (const slot of slots) walk.slots[slot] = symbols[index];
  };

/** Step over a `fixed`. */
export const fixedStep =
  (size: number, slots: readonly number[]): Step =>
  (walk) => {
    const value = readBytes(walk, size, slots.length > 0);
    for (const slot of slots) walk.slots[slot] = value;
  };

/** Step over a union: the index chooses the branch. */
export const unionStep =
  (branches: readonly Step[]): Step =>
  (walk) => {
    const index = readLong(walk);
    if (walk.isLost) return;
    if (index < 0 || index >= branches.length) stop(walk, 'bad-avro');
    else branches[index](walk);
  };

/** A step one level down. Records, arrays and maps count, unions do not: the same levels as in JSON. */
export const deeper =
  (step: Step): Step =>
  (walk) => {
    if (++walk.depth > walk.limits.depth) return stop(walk, 'too-deep');
    step(walk);
    walk.depth--;
  };

/**
 * Blocks of an array or map (specification, "Arrays"): a negative count is followed by the block's size in bytes, which has
 * to be true, as another reader may jump by it. Gives the number of items.
 */
export const readBlocks = (walk: Walk, item: Step): number => {
  let total = 0;
  for (;;) {
    const told = readLong(walk);
    if (told === 0 || walk.isLost) return total;
    const size = told < 0 ? readLong(walk) : -1;
    const count = Math.abs(told);
    const start = walk.at;
    walk.items += count;
    total += count;
    if (walk.items > walk.limits.items) stop(walk, 'too-many-items');
    for (let i = 0; i < count && !walk.isLost; i++) item(walk);
    if (told < 0 && !walk.isLost && walk.at - start !== size) stop(walk, 'bad-avro');
    if (walk.isLost) return total;
  }
};
