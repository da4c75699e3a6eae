/**
 * Control records folded at one version: bindings, datasets and periods in force. Nobody feeds them yet in a file run;
 * `NO_CONTROLS` is what holds until a control log is read.
 */
export interface Controls {
  readonly version: number;
  readonly datasets: readonly DatasetIndex[];
  readonly direct: readonly DirectIndex[];
  readonly periods: readonly PeriodRule[];
}

/** Exact counts of a registered personal dataset at the path levels of one view. */
export interface DatasetIndex {
  readonly view: number;
  readonly kMap: number;
  /** Persons that could match the tuple: unmapped and missing values are wildcards. */
  possible(level: number, codes: Int32Array): number;
  /** Persons that match exactly, no finer tuple of theirs having been released in the window; the gate says which those are. */
  certain(level: number, codes: Int32Array, released?: ReleasedTuples): number;
  /** Columns of the tuple that the dataset has: bit i is attribute i of the view. Absent: all of them. */
  readonly columns?: number;
  /** The same for the attributes in `subset` (bits) alone. Without these two, a tuple of several columns that nobody matches whole is blocked. */
  possibleIn?(level: number, codes: Int32Array, subset: number): number;
  certainIn?(level: number, codes: Int32Array, subset: number, released?: ReleasedTuples): number;
}

/** Tuples that this window has released at finer levels than the one under trial. */
export interface ReleasedTuples {
  has(level: number, codes: Int32Array): boolean;
}

/** Values that join directly (ids, exact positions); a false positive only blocks more. */
export interface DirectIndex {
  readonly view: number;
  has(attribute: number, level: number, code: number): boolean;
}

/** A combined-use period in force for a view and window. */
export interface PeriodRule {
  readonly view: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly k: number;
  readonly coarsestOnly: boolean;
}

export const NO_CONTROLS: Controls = { version: 0, datasets: [], direct: [], periods: [] };
