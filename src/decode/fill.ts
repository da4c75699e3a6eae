import type { Column } from '../model/columns.ts';
import type { TouchedField } from '../model/plan.ts';

/** One text buffer of a batch that all text columns point into. */
export interface Arena {
  bytes: Buffer;
  used: number;
}

const SMALLEST_ARENA = 4096;
const LONGEST_IN_PLACE = 64;

export const createArena = (bytes: number): Arena => ({ bytes: Buffer.allocUnsafe(Math.max(SMALLEST_ARENA, bytes)), used: 0 });

/** Makes room for `bytes` more. Columns take the buffer when the batch is done, so that it may move until then. */
const reserve = (arena: Arena, bytes: number): void => {
  const needed = arena.used + bytes;
  if (needed <= arena.bytes.length) return;
  const larger = Buffer.allocUnsafe(Math.max(arena.bytes.length * 2, needed));
  arena.bytes.copy(larger, 0, 0, arena.used);
  arena.bytes = larger;
};

/** Appends text as UTF-8 and returns its length in bytes. Short ASCII, nearly all there is, is copied in place. */
const append = (arena: Arena, text: string): number => {
  // A UTF-16 code unit takes three bytes at most (a pair takes four).
  reserve(arena, text.length * 3);
  const { bytes, used } = arena;
  if (text.length <= LONGEST_IN_PLACE) {
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
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
};

/** Numbers written as text: as JSON writes them, or with a leading `+` or point. Longer ones are no measurements. */
const DECIMAL = /^[+-]?(\d{1,17}(\.\d{1,17})?|\.\d{1,17})([eE][+-]?\d{1,3})?$/;

const numberOf = (value: unknown): number => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'number' ? value : typeof value === 'string' && DECIMAL.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : Number.NaN;
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
    done: (count) => ({ kind: 'text', bytes: arena.bytes, start: start.slice(0, count), length: length.slice(0, count) }),
  };
};

const fillNumbers = (rows: number): ColumnFiller => {
  const values = new Float64Array(rows);
  return {
    set(row, value) {
      values[row] = numberOf(value);
    },
    done: (count) => ({ kind: 'number', values: values.slice(0, count) }),
  };
};

/** A filler for a touched field, for at most `rows` rows. */
export const createFiller = (field: TouchedField, rows: number, arena: Arena): ColumnFiller =>
  field.kind === 'text' ? fillText(arena, rows) : fillNumbers(rows);
