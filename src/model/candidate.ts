declare const brand: unique symbol;

/** Bytes of a token (subject, gateway, event): a PRF output. */
export const TOKEN_BYTES = 16;

/** Bytes of an actor: three control tokens. */
export const ACTOR_BYTES = 3 * TOKEN_BYTES;

/**
 * Candidates: events of one batch projected to one view, as arrays. They hold tokens, generalised values and
 * coordinates; there is no slot for an identifier. Only `transform` makes them (branded).
 */
export interface Candidates {
  readonly [brand]: 'candidates';
  readonly view: number;
  readonly count: number;
  /** Where each came from; `source` indexes the runtime's list of (topic, partition). */
  readonly source: Int32Array;
  readonly offset: Float64Array;
  /** Append time, ms; it alone chooses the window. */
  readonly appendMs: Float64Array;
  /** Hour of the event since 1970, for the location lottery; -1 when unknown. */
  readonly eventHour: Int32Array;
  /** TOKEN_BYTES a row each. `gateway` is empty when the view has no gateway rule. */
  readonly subject: Uint8Array;
  readonly event: Uint8Array;
  readonly gateway: Uint8Array;
  /** ACTOR_BYTES a row: control tokens of device, account and named household, zeros where the event does not say. Empty without a control log. */
  readonly actor: Uint8Array;
  /** First path level at which every attribute has a value. */
  readonly start: Uint8Array;
  /** `count` x path levels x attributes, row-major: code of each attribute at each path level (0 for `*`). */
  readonly codes: Int32Array;
  /** Code of the sensitive field at its ladder's finest level (0); -1 when it has no value there; empty when the view has none. */
  readonly sensitive: Int32Array;
}

/** The same columns when nobody vouches for them: what survivors are written as, and what a reader has to check. */
export type CandidateColumns = Omit<Candidates, typeof brand>;

/** Makes a `Candidates`; for `transform` and for reading back persisted candidates only (checked by the layer test). */
export const brandCandidates = (fields: CandidateColumns): Candidates => fields as Candidates;
