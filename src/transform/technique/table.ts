import type { Ladder } from '../../model/ladder.ts';
import { type Compiled, issueAt, issueIn, type LadderContext, type Spec } from './context.ts';
import { parseCsv } from './csv.ts';
import { createDictionary, dictionaryKey, lookUp } from './dictionary.ts';
import { checkTable, type Table } from './table-laws.ts';

const MAX_FILE_CHARACTERS = 64 << 20;

/**
 * A ladder from a CSV file: the header names the levels, finest first; a row lists a value and what it becomes. A value
 * is found in any spelling (NFKC, case, control characters, blanks); what is not listed takes the row `*`, whose blank
 * cells mean that it has no value at those levels. A missing value has none at all.
 */
export const compileTable = (spec: Spec<'table'>, context: LadderContext): Compiled => {
  const file = beside(context.file, spec.table);
  let text: string;
  try {
    text = context.read(spec.table);
  } catch {
    // The reason is a third party's text; the name of the file is what helps.
    return [issueAt(context, 'ladder-unreadable', file)];
  }
  if (text.length > MAX_FILE_CHARACTERS)
    return [issueIn(file, { line: 1, column: 1 }, 'ladder-too-large', `more than ${MAX_FILE_CHARACTERS} characters`)];
  const csv = parseCsv(text);
  if (!('rows' in csv)) return [issueIn(file, csv, 'ladder-csv', csv.reason)];
  const table = checkTable(csv.rows, file);
  return 'rest' in table ? tableLadder(table) : table;
};

/** A path that a policy names, seen from where the policy is seen. */
const beside = (policyFile: string, path: string): string => {
  if (path.startsWith('/')) return path;
  const parts = policyFile.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
};

/** Codes of a level are positions in the list of its distinct values. */
const numberValues = (table: Table, level: number): { readonly texts: readonly string[]; readonly codeOf: ReadonlyMap<string, number> } => {
  const rows = level === 0 ? table.rows : [...table.rows, table.rest];
  const texts = [...new Set(rows.map((row) => row[level].text))].filter((text) => text !== '');
  return { texts, codeOf: new Map(texts.map((text, code) => [text, code])) };
};

const tableLadder = (table: Table): Ladder => {
  const width = table.levels.length;
  const values = table.levels.map((_, level) => numberValues(table, level));
  const dictionary = createDictionary(table.rows.map(([cell]) => dictionaryKey(cell.text)));
  // One row of codes for each listed value, then one for all others.
  const rest = table.rows.length;
  const all = new Int32Array((rest + 1) * width);
  [...table.rows, table.rest].forEach((row, i) => {
    row.forEach((cell, level) => {
      all[i * width + level] = values[level].codeOf.get(cell.text) ?? 0;
    });
  });
  all[rest * width] = 0;
  const blank = table.rest.findIndex(({ text }, level) => level > 0 && text !== '');
  const restFirst = blank < 0 ? width : blank;
  return {
    name: '',
    technique: 'table',
    levels: table.levels.map(({ text }) => text),
    inputs: [{ axis: '', kind: 'text' }],
    apply([column], rows, codes, first) {
      for (let row = 0; row < rows.count; row++) {
        const found = lookUp(dictionary, column, row);
        if (found === -2) {
          codes.fill(0, row * width, (row + 1) * width);
          first[row] = width;
          continue;
        }
        const from = (found < 0 ? rest : found) * width;
        for (let level = 0; level < width; level++) codes[row * width + level] = all[from + level];
        first[row] = found < 0 ? restFirst : 0;
      }
    },
    text: (level, code) => values[level].texts[code],
  };
};
