import type { Reason } from './verdict.ts';

/**
 * Control records as of the end of one window of a view: bindings, consent, erasure, datasets and periods in force.
 * `NO_CONTROLS` is what holds where a policy has no control log.
 */
export interface Controls {
  /** Control records that were appended before the window's end. */
  readonly version: number;
  readonly datasets: readonly DatasetIndex[];
  readonly direct: readonly DirectIndex[];
  readonly periods: readonly PeriodRule[];
  /** Null where candidates carry no control tokens. */
  readonly subjects: SubjectControls | null;
}

/** Who an event is of, as control tokens in hex; null where it does not say. */
export interface Actor {
  readonly device: string | null;
  readonly account: string | null;
  /** The household that a trusted publisher named. */
  readonly household: string | null;
}

export interface SubjectControls {
  /** Household (control token, hex) that an actor is bound to, or that was named; null when nobody knows. */
  household(actor: Actor): string | null;
  /** Why nothing of an actor may leave in the window; null: it may. */
  refusal(actor: Actor): Reason | null;
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
  readonly id: string;
  readonly view: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly k: number;
  readonly coarsestOnly: boolean;
  /** Announced, but not shown to be guarded: nothing in scope leaves. */
  readonly isSuspended: boolean;
}

export const NO_CONTROLS: Controls = { version: 0, datasets: [], direct: [], periods: [], subjects: null };
