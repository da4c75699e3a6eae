declare const brand: unique symbol;

/** Codes of `Released.sensitive` that are no ladder codes. */
export const SENSITIVE_OTHER = -1;
export const SENSITIVE_STAR = -2;

/** What one window of one view releases, in the order in which it leaves. Only `gate` makes it (branded). */
export interface Released {
  readonly [brand]: 'released';
  readonly view: number;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Combined-use period that the window lies in: its records leave to an output of its own, without pseudonyms. Null: none. */
  readonly period: string | null;
  /** Records of subjects who authorised the period: they leave to an output of their own, with pseudonyms under the period's key. */
  readonly isAuthorised: boolean;
  readonly count: number;
  /** Where each came from: goes to lineage, never to an output. */
  readonly source: Int32Array;
  readonly offset: Float64Array;
  /** Path level at which it leaves. */
  readonly level: Uint8Array;
  /** `count` x attributes: codes at that level. */
  readonly codes: Int32Array;
  /** Ladder code, SENSITIVE_OTHER or SENSITIVE_STAR; empty when the view has no sensitive field. */
  readonly sensitive: Int32Array;
  /** TOKEN_BYTES a row; empty when the view has no pseudonym and nobody authorised. */
  readonly pseudonym: Uint8Array;
}

/** Makes a `Released`; for `gate` only (checked by the layer test). */
export const brandReleased = (fields: Omit<Released, typeof brand>): Released => fields as Released;
