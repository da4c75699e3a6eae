/**
 * Rule 4 as section 5 of the spec says it, slow and obvious: persons as lists of rows, a row as the codes that it has at each
 * path level, null where it could be anything. Nothing is shared with src/control/dataset.
 */
export type Code = number | null;
/** By path level, by attribute of the dataset. */
export type Row = readonly (readonly Code[])[];
export type Person = readonly Row[];

/** A tuple of the view that left at a level. */
export interface Left {
  readonly level: number;
  readonly codes: readonly number[];
}

export interface Question {
  readonly level: number;
  /** Codes of the whole tuple, by attribute of the view. */
  readonly codes: readonly number[];
  /** Positions in the view of the attributes that are asked for. */
  readonly asked: readonly number[];
}

/** `positions[i]`: where attribute i of the dataset stands in the view. */
export const createReference = (persons: readonly Person[], positions: readonly number[]) => {
  const agrees = (row: Row, { level, codes, asked }: Question, canBeAnything: boolean): boolean =>
    positions.every((position, i) => {
      const code = row[level][i];
      if (!asked.includes(position)) return true;
      return code === null ? canBeAnything : code === codes[position];
    });
  const hasLeft = (row: Row, level: number, left: readonly Left[]): boolean =>
    left.some((tuple) => tuple.level < level && agrees(row, { ...tuple, asked: positions }, true));
  return {
    possible: (question: Question): number => persons.filter((rows) => rows.some((row) => agrees(row, question, true))).length,
    certain: (question: Question, left: readonly Left[]): number =>
      persons.filter(
        (rows) =>
          rows.some((row) => agrees(row, question, false)) &&
          !rows.some((row) => agrees(row, question, true) && hasLeft(row, question.level, left)),
      ).length,
  };
};
