import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import { type AvroNamed, type AvroSchema, fullName, type Names, namespaceOf } from './avro-schema.ts';

/**
 * Walks an Avro datum before avsc sees it. avsc trusts array and map counts: five bytes stall it, six abort the process. The
 * walk follows the schema over the bytes and builds nothing: every length lies inside the bytes, every count inside the
 * limits, every text is UTF-8, every enum and union index exists.
 */
export interface Walk {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly limits: Limits;
  at: number;
  items: number;
  depth: number;
  fault: FaultName | null;
}

/** Moves `walk.at` over one value; sets `walk.fault` and stops when it cannot. */
type Step = (walk: Walk) => void;

const fail = (walk: Walk, fault: FaultName): void => {
  walk.fault ??= fault;
  walk.at = walk.end;
};

/** Zig-zag varint of at most ten bytes as a double; exact up to 2^53, beyond that only its size matters. */
const readLong = (walk: Walk): number => {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    if (walk.at >= walk.end) {
      fail(walk, 'bad-avro');
      return 0;
    }
    const byte = walk.bytes[walk.at++];
    value += (byte & 127) * scale;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 128;
  }
  fail(walk, 'bad-avro');
  return 0;
};

const skip = (walk: Walk, count: number): void => {
  if (count < 0 || walk.at + count > walk.end) fail(walk, 'bad-avro');
  else walk.at += count;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const isUtf8 = (bytes: Uint8Array): boolean => {
  if (bytes.every((byte) => byte < 128)) return true;
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

const text: Step = (walk) => {
  const length = readLong(walk);
  if (length > walk.limits.stringBytes) return fail(walk, 'string-too-long');
  const start = walk.at;
  skip(walk, length);
  if (walk.fault === null && !isUtf8(walk.bytes.subarray(start, walk.at))) fail(walk, 'bad-text');
};

const PRIMITIVES: Readonly<Record<string, Step>> = {
  null: () => {},
  boolean: (walk) => {
    const at = walk.at;
    skip(walk, 1);
    if (walk.fault === null && walk.bytes[at] > 1) fail(walk, 'bad-avro');
  },
  int: (walk) => {
    if (Math.abs(readLong(walk)) > 2 ** 31) fail(walk, 'bad-number');
  },
  long: (walk) => {
    if (!Number.isSafeInteger(readLong(walk))) fail(walk, 'bad-number');
  },
  float: (walk) => skip(walk, 4),
  double: (walk) => skip(walk, 8),
  string: text,
  bytes: (walk) => {
    const length = readLong(walk);
    if (length > walk.limits.stringBytes) fail(walk, 'string-too-long');
    else skip(walk, length);
  },
};

/** Blocks of an array or map: counts are bounded by the item limit, whatever the bytes claim. */
const blocks =
  (item: Step): Step =>
  (walk) => {
    for (;;) {
      let count = readLong(walk);
      if (walk.fault !== null || count === 0) return;
      if (count < 0) {
        count = -count;
        readLong(walk);
      }
      walk.items += count;
      if (!(walk.items <= walk.limits.items)) return fail(walk, 'too-many-items');
      for (let i = 0; i < count && walk.fault === null; i++) item(walk);
      if (walk.fault !== null) return;
    }
  };

const deeper =
  (step: Step): Step =>
  (walk) => {
    if (++walk.depth > walk.limits.depth) return fail(walk, 'too-deep');
    step(walk);
    walk.depth--;
  };

const indexed =
  (count: number, then: (index: number, walk: Walk) => void): Step =>
  (walk) => {
    const index = readLong(walk);
    if (walk.fault !== null) return;
    if (index < 0 || index >= count) fail(walk, 'bad-avro');
    else then(index, walk);
  };

const namedStep = (schema: AvroNamed, enclosing: string, names: Names<Step>): Step => {
  const full = fullName(schema, enclosing);
  const entry: { compiled: Step | null } = { compiled: null };
  names.set(full, entry);
  if (schema.type === 'enum') entry.compiled = indexed((schema.symbols ?? []).length, () => {});
  else if (schema.type === 'fixed') entry.compiled = (walk) => skip(walk, schema.size ?? 0);
  else {
    const steps = (schema.fields ?? []).map((field) => compile(field.type, namespaceOf(full), names));
    entry.compiled = deeper((walk) => {
      for (const step of steps) {
        if (walk.fault !== null) return;
        step(walk);
      }
    });
  }
  return entry.compiled;
};

const compile = (schema: AvroSchema, enclosing: string, names: Names<Step>): Step => {
  if (typeof schema === 'string') {
    if (Object.hasOwn(PRIMITIVES, schema)) return PRIMITIVES[schema];
    const entry = names.get(schema) ?? names.get(enclosing === '' ? schema : `${enclosing}.${schema}`);
    return (walk) => (entry?.compiled ? entry.compiled(walk) : fail(walk, 'bad-avro'));
  }
  if (Array.isArray(schema)) {
    const branches = schema.map((branch) => compile(branch, enclosing, names));
    return indexed(branches.length, (index, walk) => branches[index](walk));
  }
  const complex = schema as AvroNamed;
  switch (complex.type) {
    case 'array':
      return deeper(blocks(compile(complex.items as AvroSchema, enclosing, names)));
    case 'map': {
      const value = compile(complex.values as AvroSchema, enclosing, names);
      return deeper(
        blocks((walk) => {
          text(walk);
          if (walk.fault === null) value(walk);
        }),
      );
    }
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return namedStep(complex, enclosing, names);
    default:
      return compile(complex.type, enclosing, names);
  }
};

/** Result of walking one datum: where it ends, and the first thing that is wrong with it. */
export interface Walked {
  readonly end: number;
  readonly fault: FaultName | null;
}

/** Compiles the walk of a source schema; it is run over `bytes[start, end)`, and may end before `end`. */
export const compileWalk = (json: unknown): ((bytes: Uint8Array, start: number, end: number, limits: Limits) => Walked) => {
  const step = compile(json as AvroSchema, '', new Map());
  return (bytes, start, end, limits) => {
    const walk: Walk = { bytes, end, limits, at: start, items: 0, depth: 0, fault: null };
    step(walk);
    return { end: walk.at, fault: walk.fault };
  };
};
