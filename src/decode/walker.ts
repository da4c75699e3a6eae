import type { Column } from '../model/columns.ts';
import type { TouchedField } from '../model/plan.ts';
import { type AvroNamed, type AvroSchema, jsonName } from './avro-schema.ts';

/**
 * The object walker: fills columns from the objects that JSON.parse and avsc make. It is the reference; a walker over
 * byte spans may take its place for speed, and is held to these columns.
 */
export type Getter = (value: unknown) => unknown;

const get = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

/** Record schema that a step may enter: through unions with null. */
const recordOf = (schema: AvroSchema | undefined): AvroNamed | null => {
  if (Array.isArray(schema)) return schema.map(recordOf).find((branch) => branch !== null) ?? null;
  return typeof schema === 'object' && schema !== null && (schema as AvroNamed).fields !== undefined ? (schema as AvroNamed) : null;
};

/**
 * Names of a dotted path as they stand in the objects: JSON names, or Avro's field names where a field has an alias. Keys of
 * maps are themselves; a key may hold dots only as the last part.
 */
const segmentsOf = (path: string, json: unknown, form: 'json' | 'avro'): string[] => {
  const segments: string[] = [];
  let record = recordOf(json as AvroSchema);
  let rest = path;
  while (rest !== '') {
    const field = record?.fields?.find((candidate) => rest === jsonName(candidate) || rest.startsWith(`${jsonName(candidate)}.`));
    if (field === undefined) return [...segments, rest];
    segments.push(form === 'json' ? jsonName(field) : field.name);
    rest = rest.slice(jsonName(field).length + 1);
    record = recordOf(field.type);
  }
  return segments;
};

/** Compiles the way to one field of a schema version; a missing step gives undefined. */
export const compileGetter = (path: string, json: unknown, form: 'json' | 'avro'): Getter => {
  const segments = segmentsOf(path, json, form);
  if (segments.length === 1) return (value) => get(value, segments[0]);
  return (value) => segments.reduce(get, value);
};

/** One text buffer of a batch that all text columns point into. */
export interface Arena {
  bytes: Buffer;
  used: number;
}

const LONGEST_ASCII_LOOP = 64;

/** Appends text as UTF-8 and returns its length in bytes. Short ASCII, nearly all there is, is copied in place. */
const append = (arena: Arena, text: string): number => {
  if (arena.used + text.length * 3 > arena.bytes.length) arena.bytes = Buffer.concat([arena.bytes], Math.max(arena.bytes.length * 2, arena.used + text.length * 3));
  const { bytes, used } = arena;
  if (text.length <= LONGEST_ASCII_LOOP) {
    let i = 0;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) break;
      bytes[used + i] = code;
    }
    if (i === text.length) {
      arena.used += i;
      return i;
    }
  }
  const length = bytes.write(text, used, 'utf8');
  arena.used += length;
  return length;
};

/** Fills one column row by row; `done` gives the column over the arena as it then is. */
export interface ColumnFiller {
  set(row: number, value: unknown): void;
  done(count: number): Column;
}

const textOf = (value: unknown): string | null => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Buffer.isBuffer(value) ? value.toString('hex') : null;
};

const DECIMAL = /^[+-]?(\d{1,17}(\.\d{1,17})?|\.\d{1,17})([eE][+-]?\d{1,3})?$/;

const numberOf = (value: unknown): number => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : Number.NaN;
};

const countOf = (value: unknown): number => {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : Number.NaN;
};

const fillText = (arena: Arena, rows: number): ColumnFiller => {
  const start = new Int32Array(rows);
  const length = new Int32Array(rows);
  return {
    set(row, value) {
      const text = textOf(value);
      start[row] = arena.used;
      length[row] = text === null ? -1 : append(arena, text);
    },
    done: (count) => ({ kind: 'text', bytes: arena.bytes, start: start.subarray(0, count), length: length.subarray(0, count) }),
  };
};

const fillNumbers = (rows: number, convert: (value: unknown) => number): ColumnFiller => {
  const values = new Float64Array(rows);
  return {
    set(row, value) {
      values[row] = convert(value);
    },
    done: (count) => ({ kind: 'number', values: values.subarray(0, count) }),
  };
};

/** A filler for a touched field, for at most `rows` rows. */
export const createFiller = (field: TouchedField, rows: number, arena: Arena): ColumnFiller =>
  field.kind === 'text' ? fillText(arena, rows) : fillNumbers(rows, field.kind === 'count' ? countOf : numberOf);
