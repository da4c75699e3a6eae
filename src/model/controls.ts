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
  /**
   * The subject of the view (control token, hex: the same in every window) that authorised exactly the use of a combined-use period,
   * and was not refused by anybody who may be behind the actor; null: it did not. Absent: nobody did.
   */
  authorised?(actor: Actor, period: string): string | null;
}

/** Exact counts of a registered personal dataset at the path levels of one view. */
export interface DatasetIndex {
  /** Name of the dataset in the policy. */
  readonly dataset?: string;
  readonly view: number;
  readonly kMap: number;
  /** Windows that end later find the index stale, and release nothing. Absent: it never is. */
  readonly untilMs?: number;
  /**
   * Persons that could match the tuple: unmapped and missing values are wildcards. Here and below, counting may stop at
   * `upTo`.
   */
  possible(level: number, codes: Int32Array, upTo?: number): number;
  /**
   * Persons that match exactly, nothing that could be theirs having left finer under this tuple in the window; the gate says
   * what has left.
   */
  certain(level: number, codes: Int32Array, released?: ReleasedTuples, upTo?: number): number;
  /** Columns of the tuple that the dataset has: bit i is attribute i of the view. Absent: all of them. */
  readonly columns?: number;
  /** The same for the attributes in `subset` (bits) alone. Without these two, a tuple of several columns that nobody matches whole is blocked. */
  possibleIn?(level: number, codes: Int32Array, subset: number, upTo?: number): number;
  certainIn?(level: number, codes: Int32Array, subset: number, released?: ReleasedTuples, upTo?: number): number;
}

/** Tuples that this window has released at finer levels than the one under trial. */
export interface ReleasedTuples {
  /**
   * Whether any of them, at `level`, agrees with `codes` on the attributes in `columns` (bits; absent: all): a dataset knows but
   * some attributes of a view, and of a person perhaps fewer.
   */
  has(level: number, codes: Int32Array, columns?: number): boolean;
}

/** Values that join directly (ids, exact positions); a false positive only blocks more. */
export interface DirectIndex {
  readonly dataset?: string;
  readonly view: number;
  /** As of a `DatasetIndex`. */
  readonly untilMs?: number;
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
  /** Subjects can authorise it: its basis is consent or law. Absent: nobody can. */
  readonly mayBeAuthorised?: boolean;
  /** To whom lineage of the period is sealed, an X25519 public key in base64; null or absent: to the auditor. */
  readonly lineage?: string | null;
}

export const NO_CONTROLS: Controls = { version: 0, datasets: [], direct: [], periods: [], subjects: null };
