import type { TextColumn } from './columns.ts';

/** A registered personal dataset, as the plan has it: what its file holds and which views it guards. */
export interface DatasetPlan {
  readonly name: string;
  /** SHA-256 hex over all that the content of an index depends on: columns, persons, paths, ladders, the PRF. */
  readonly basis: string;
  /** How long after its as-of time an index may guard, ms. */
  readonly maxAgeMs: number;
  /** Columns that the file must have, and no other, in the order of the policy. */
  readonly columns: readonly string[];
  /** Columns that are equal in all rows of one person; empty: each row is a person. */
  readonly person: readonly PersonColumn[];
  readonly direct: readonly DirectColumn[];
  readonly guards: readonly GuardPlan[];
}

export interface PersonColumn {
  readonly column: number;
  /** Canonicaliser; null when the column names no identifier: then its folded text is taken. */
  readonly kind: string | null;
}

/** A column whose values join by themselves; a position may lie in two columns. */
export interface DirectColumn {
  readonly kind: string;
  readonly columns: readonly number[];
}

/** What a dataset knows about one view. */
export interface GuardPlan {
  /** Index into `Plan.views`. */
  readonly view: number;
  readonly kMap: number;
  /** Attributes of the view's tuple that the dataset has; rising by position. Empty: only direct columns guard the view. */
  readonly attributes: readonly GuardAttribute[];
}

export interface GuardAttribute {
  /** Position in `ViewPlan.attributes`. */
  readonly position: number;
  /** Column of the dataset per ladder input; -1 when the events have none either. */
  readonly inputs: readonly number[];
  /** The ladder gets the name of what it climbs from a column of its own (axis `name`). */
  readonly hasName: boolean;
}

/** Rows of a dataset's file: one text column for each declared column, in the order of the policy; length -1 where a row has no value. */
export interface RowBlock {
  readonly count: number;
  readonly columns: readonly TextColumn[];
  /** Further rows that could not be read: persons of whom nothing is known. */
  readonly malformed: number;
}
