import type { Issue } from '../../model/issue.ts';
import { STAR } from '../../model/ladder.ts';
import { issueIn, type Position } from './context.ts';
import type { Cell } from './csv.ts';
import { dictionaryKey } from './dictionary.ts';
import type { LadderIssueCode } from './issues.ts';

/** Rows of a table file, taken apart. */
export interface Table {
  readonly levels: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
  /** The row of unlisted values. */
  readonly rest: readonly Cell[];
}

const MAX_CELL_CHARACTERS = 200;
const MAX_LEVELS = 16;
const LEVEL_NAME = /^[A-Za-z][A-Za-z0-9._ -]{0,63}$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** More findings than a reader wants at once help nobody. */
const MAX_ISSUES = 50;

type Report = (position: Position, code: LadderIssueCode, detail: string) => void;

/** Checks the laws of a table (docs/ladders.md) and takes it apart; the issues stand at the cells of `file`. */
export const checkTable = (cells: readonly (readonly Cell[])[], file: string): Table | Issue[] => {
  const issues: Issue[] = [];
  const report: Report = (position, code, detail) => issues.push(issueIn(file, position, code, detail));
  const start = { line: 1, column: 1 };
  const [levels, ...body] = cells;
  if (levels === undefined) return [issueIn(file, start, 'ladder-header', 'the file is empty')];
  checkHeader(levels, report);
  const rest = body.filter((row) => row[0].text === STAR);
  const rows = body.filter((row) => row[0].text !== STAR);
  if (rows.length === 0) report(start, 'ladder-empty', 'there is no row below the header');
  if (rest.length === 0) report(start, 'ladder-no-default', 'the first cell of that row is `*`');
  if (rest.length > 1) report(rest[1][0], 'ladder-duplicate-value', 'a second row `*`');
  for (const row of body) checkRow(row, levels.length, report);
  checkDuplicates(rows, report);
  // The laws between levels make sense only for rows that are whole.
  if (issues.length === 0) {
    for (let level = 0; level + 1 < levels.length; level++) checkStep(rows, rest[0], level, levels, report);
  }
  return issues.length > 0 ? issues.slice(0, MAX_ISSUES) : { levels, rows, rest: rest[0] };
};

const checkHeader = (levels: readonly Cell[], report: Report): void => {
  if (levels.length > MAX_LEVELS) report(levels[MAX_LEVELS], 'ladder-header', `more than ${MAX_LEVELS} levels`);
  for (const cell of levels) {
    if (!LEVEL_NAME.test(cell.text))
      report(cell, 'ladder-header', 'a level name starts with a letter and is letters, digits, `.`, `_`, `-` or blanks');
    if (levels.find(({ text }) => text === cell.text) !== cell) report(cell, 'ladder-header', 'a level name stands twice');
  }
};

const checkRow = (row: readonly Cell[], width: number, report: Report): void => {
  if (row.length !== width) {
    report(row[0], 'ladder-row-width', `${row.length} cells, and ${width} levels`);
    return;
  }
  const isRest = row[0].text === STAR;
  row.forEach((cell, level) => {
    if (isRest && level === 0) return;
    if (cell.text === '') {
      if (!isRest || row.slice(1, level).some(({ text }) => text !== '')) report(cell, 'ladder-blank-cell', `level ${level}`);
    } else if (cell.text.length > MAX_CELL_CHARACTERS) report(cell, 'ladder-too-large', `more than ${MAX_CELL_CHARACTERS} characters`);
    else if (cell.text.includes(STAR)) report(cell, 'ladder-bad-cell', '`*` is the level above all others');
    else if (UNPRINTABLE.test(cell.text)) report(cell, 'ladder-bad-cell', 'a control, format or unassigned character');
    else if (cell.text !== cell.text.trim() || cell.text !== cell.text.normalize('NFC'))
      report(cell, 'ladder-bad-cell', 'blanks around it, or not NFC');
  });
};

const checkDuplicates = (rows: readonly (readonly Cell[])[], report: Report): void => {
  const lines = new Map<string, number>();
  for (const [cell] of rows) {
    const key = dictionaryKey(cell.text);
    const line = lines.get(key);
    if (line === undefined) lines.set(key, cell.line);
    else report(cell, 'ladder-duplicate-value', `it is on line ${line} already`);
  }
};

/** Level n + 1 is a function of level n, and merges something. */
const checkStep = (
  rows: readonly (readonly Cell[])[],
  rest: readonly Cell[],
  level: number,
  levels: readonly Cell[],
  report: Report,
): void => {
  const next = new Map<string, Cell>();
  for (const row of level === 0 || rest[level].text === '' ? rows : [...rows, rest]) {
    const known = next.get(row[level].text);
    if (known === undefined) next.set(row[level].text, row[level + 1]);
    else if (known.text !== row[level + 1].text) {
      report(
        row[level + 1],
        'ladder-not-a-function',
        `one ${levels[level].text}, but another ${levels[level + 1].text} than on line ${known.line}`,
      );
    }
  }
  const coarser = new Set([...next.values()].map(({ text }) => text));
  if (next.size > 1 && coarser.size >= next.size) {
    report(levels[level + 1], 'ladder-not-coarser', `${levels[level + 1].text} has as many values as ${levels[level].text}`);
  }
};
