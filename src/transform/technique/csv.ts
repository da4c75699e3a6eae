/** A cell and where it starts (1-based). */
export interface Cell {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Rows of cells, or where the text stops being CSV. */
export type Csv =
  | { readonly rows: readonly (readonly Cell[])[] }
  | { readonly line: number; readonly column: number; readonly reason: string };

/**
 * Reads CSV (RFC 4180): quoted cells may hold commas, line breaks and doubled quotes. A byte order mark and empty lines
 * are skipped. A quote inside an unquoted cell, text after a closing quote and an open quote at the end are refused.
 */
export const parseCsv = (text: string): Csv => {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  let lineStart = at;
  while (at < text.length) {
    const position = { line, column: at - lineStart + 1 };
    if (row.length === 0 && isBreak(text, at)) {
      at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
      line++;
      lineStart = at;
      continue;
    }
    const end = text[at] === '"' ? endOfQuoted(text, at) : endOfPlain(text, at);
    if (end < 0) return { ...position, reason: 'a quote is not closed' };
    const raw = text.slice(at, end);
    const quoted = raw.startsWith('"');
    if (!quoted && raw.includes('"')) return { ...position, reason: 'a quote inside a cell that does not start with one' };
    row.push({ text: quoted ? raw.slice(1, -1).replaceAll('""', '"') : raw, ...position });
    const breaks = raw.split('\n').length - 1;
    if (breaks > 0) {
      line += breaks;
      lineStart = at + raw.lastIndexOf('\n') + 1;
    }
    at = end;
    if (at < text.length && text[at] !== ',' && !isBreak(text, at)) {
      return { line, column: at - lineStart + 1, reason: 'text after a closing quote' };
    }
    if (text[at] === ',') {
      at++;
      // A comma at the very end opens one more, empty cell.
      if (at === text.length || isBreak(text, at)) row.push({ text: '', line, column: at - lineStart + 1 });
      else continue;
    }
    rows.push(row);
    row = [];
    at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    line++;
    lineStart = at;
  }
  return { rows };
};

const isBreak = (text: string, at: number): boolean => text[at] === '\n' || text[at] === '\r';

const endOfPlain = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && text[at] !== ',' && !isBreak(text, at)) at++;
  return at;
};

/** Index after the closing quote of the cell that opens at `from`; -1 when none closes it. */
const endOfQuoted = (text: string, from: number): number => {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at + 1;
  }
  return -1;
};
