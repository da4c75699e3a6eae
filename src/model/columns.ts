/**
 * Columns: the only seam between the ways of reading a record and everything behind it.
 *
 * Per batch and event type, one column for each field that the plan touches. Fields that no view, token or rule needs
 * have no column, so what they hold dies in decode. Walkers (avsc objects now, byte spans later) fill the same columns.
 */
export type Column = TextColumn | NumberColumn;

/** UTF-8 text over `bytes`; `length[row]` is -1 when the field is missing or null. */
export interface TextColumn {
  readonly kind: 'text';
  readonly bytes: Uint8Array;
  readonly start: Int32Array;
  readonly length: Int32Array;
}

/** Numbers (booleans are 0 and 1, counts are numbers of items); NaN when missing, null or not finite. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}

export type ColumnKind = Column['kind'] | 'count';

export interface Columns {
  /** Index of the event type in the plan. */
  readonly event: number;
  readonly count: number;
  /** Row to record index in the source batch; rising. */
  readonly record: Int32Array;
  /** Append time in ms since 1970 of each row, already made monotone per partition. */
  readonly appendMs: Float64Array;
  /** Event time in ms since 1970; NaN when missing or unreadable. */
  readonly eventMs: Float64Array;
  /** One column per touched field, in the order of `EventPlan.fields`. */
  readonly fields: readonly Column[];
}
