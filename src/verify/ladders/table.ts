import { type Ladder, only, textOf } from './index.ts';

/** One line of CSV (RFC 4180) into cells. */
export const cellsOf = (line: string): string[] => {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (quoted && char === '"' && line[at + 1] === '"') cell += line[++at];
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return [...cells, cell].map((one) => one.trim());
};

/** A table file: header with the level names, a row per value; a row `*` says what unlisted values have. */
export const tableLadder = (csv: string, vocabulary: Set<string>): Ladder => {
  const [levels, ...rows] = csv
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(cellsOf);
  const known = new Map(rows.map((row) => [row[0], row]));
  for (const cell of rows.flat()) vocabulary.add(cell.toLowerCase());
  return {
    technique: 'table',
    levels,
    climb(inputs) {
      const text = textOf(only(inputs));
      const row = text === null ? undefined : known.get(text.normalize('NFKC').trim());
      if (row !== undefined) return row.map((cell) => (cell === '' ? null : cell));
      const rest = known.get('*');
      return levels.map((_, level) => (level === 0 || text === null || rest === undefined || rest[level] === '' ? null : rest[level]));
    },
  };
};
