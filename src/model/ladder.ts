import type { Column, ColumnKind } from './columns.ts';

/**
 * A compiled generalisation hierarchy of one attribute, finest level first; the last level, `*`, is implied and not
 * listed. Every generalised value is an int32 code, so that tuples are compared as integers; `text` gives it back.
 */
export interface Ladder {
  readonly name: string;
  /** Which technique made it: 'table', 'version', 'h3', 'time', 'buckets', 'language', 'ip', 'count'. */
  readonly technique: string;
  /** Level names, finest first, without `*`. */
  readonly levels: readonly string[];
  /** What it reads: one input per axis; `axis` is '' for one-field ladders. */
  readonly inputs: readonly LadderInput[];
  /**
   * Generalises `count` rows. Writes `levels.length` codes a row into `codes` (row-major) and into `first[row]` the
   * first level at which the row has a value: `levels.length` when only `*` is left, or `REFUSED` when the value makes
   * the record unreleasable (an event from the future). Codes below `first[row]` are 0 and mean nothing.
   */
  apply(inputs: readonly Column[], rows: LadderRows, codes: Int32Array, first: Uint8Array): void;
  /** The text that leaves for `code` at `level`. */
  text(level: number, code: number): string;
}

export interface LadderInput {
  readonly axis: string;
  readonly kind: ColumnKind;
  /** An attribute need not have a field for it; `apply` then gets no column there. At least one input has one. */
  readonly optional?: boolean;
}

export interface LadderRows {
  readonly count: number;
  readonly appendMs: Float64Array;
  readonly eventMs: Float64Array;
}

/** `first[row]` of a row that no level may release. */
export const REFUSED = 255;

/** The text of the level above all others. */
export const STAR = '*';
