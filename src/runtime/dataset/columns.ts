import { DatasetError } from '../../model/dataset-error.ts';

/**
 * Column of the dataset for each column of the file. Every one must be declared, and every declared one there. What the file
 * calls a column is not told: a file without a header has a person in its first row.
 */
export const matchColumns = (found: readonly string[], declared: readonly string[]): number[] => {
  const columns = found.map((name, at) => {
    const column = declared.indexOf(name);
    if (column < 0) throw new DatasetError('dataset-column-undeclared', `declared columns only; column ${at + 1} of the file is none`);
    if (found.indexOf(name) !== at)
      throw new DatasetError('dataset-column-doubled', `each column once; \`${name}\` stands twice in the file`);
    return column;
  });
  requireColumns(declared, (column) => columns.includes(column));
  return columns;
};

export const requireColumns = (declared: readonly string[], has: (column: number) => boolean): void => {
  const missing = declared.find((_, column) => !has(column));
  if (missing !== undefined) throw new DatasetError('dataset-column-missing', `a column \`${missing}\`, which the policy declares`);
};
