import { fold } from '../../policy/canonical/index.ts';
import { textOf } from '../times.ts';
import { type Ladder, only } from './index.ts';

/** CSV text (RFC 4180) into rows of cells; blank lines are no rows. */
export const rowsOf = (csv: string): string[][] => {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(cell);
    cell = '';
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  const text = csv.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === '"' && text[at + 1] === '"') cell += text[++at];
    else if (char === '"') quoted = !quoted;
    else if (quoted || (char !== ',' && char !== '\n')) cell += char;
    else if (char === '\n') endRow();
    else {
      row.push(cell);
      cell = '';
    }
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
};

/** Spellings that mean one listed value. */
const spelling = (text: string): string => fold(text).trim().replace(/\s+/g, ' ');

/** A table file: a header with the level names, a row per listed value, and the row `*` for all others, blank where they have no value. */
export const tableLadder = (csv: string, vocabulary: Set<string>): Ladder => {
  const [levels, ...rows] = rowsOf(csv);
  for (const cell of rows.flat()) vocabulary.add(cell.toLowerCase());
  const rest = rows.find(([value]) => value === '*');
  const listed = new Map(rows.filter((row) => row !== rest).map((row) => [spelling(row[0]), row]));
  return {
    technique: 'table',
    levels,
    climb(inputs) {
      const text = textOf(only(inputs));
      if (text === null) return levels.map(() => null);
      const row = listed.get(spelling(text));
      return row ?? levels.map((_, level) => (level === 0 || rest === undefined || rest[level] === '' ? null : rest[level]));
    },
    lists(inputs) {
      const text = textOf(only(inputs));
      return text !== null && listed.has(spelling(text));
    },
  };
};
