import type { Column } from '../../model/columns.ts';

const utf8 = new TextDecoder();

/** Longest text that a parsing technique looks at; no version, language or address is longer. */
const MAX_BYTES = 128;

const DECIMAL = /^[+-]?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,3})?$/;

/** Text of a row; null when missing, or longer than `maxBytes`. Numbers are written out: no type of value is passed by. */
export const readText = (column: Column | undefined, row: number, maxBytes = MAX_BYTES): string | null => {
  if (column === undefined) return null;
  if (column.kind === 'number') {
    const value = column.values[row];
    return Number.isFinite(value) ? String(value) : null;
  }
  const length = column.length[row];
  if (length < 0 || length > maxBytes) return null;
  return utf8.decode(column.bytes.subarray(column.start[row], column.start[row] + length));
};

/** Number of a row; NaN when missing or not finite. Text counts when it is a plain decimal number. */
export const readNumber = (column: Column | undefined, row: number): number => {
  if (column?.kind === 'number') return Number.isFinite(column.values[row]) ? column.values[row] : Number.NaN;
  const text = readText(column, row)?.trim();
  return text !== undefined && DECIMAL.test(text) ? Number(text) : Number.NaN;
};
