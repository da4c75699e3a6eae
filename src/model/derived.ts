/**
 * What an event reads that is no field of its value: texts from around it, parts of texts that hold several names, and
 * items of lists of named values.
 */
export type Origin =
  | { readonly kind: 'key' }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'topic' }
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'field'; readonly path: string };

/** Literal text in front of each part, and behind the last: there is one more of them than there are parts. */
export interface Pattern {
  readonly literals: readonly string[];
  readonly parts: readonly string[];
}

/** A text, or the part of one by the first pattern that fits; `part` is null for a text as a whole. */
export interface DerivedText {
  readonly kind: 'text';
  readonly origin: Origin;
  readonly patterns: readonly Pattern[];
  readonly part: string | null;
}

/** A list whose items have a name and a value each. */
export interface NamedList {
  readonly list: string;
  /** Members of an item that hold its name and its value. */
  readonly name: string;
  readonly value: string;
}

/** The value of an item of such a list, by the item's name. */
export interface DerivedItem extends NamedList {
  readonly kind: 'item';
  readonly item: string;
}

export type Derived = DerivedText | DerivedItem;

/** As an event's id: the record's coordinates. */
export const POSITION = '$position';
/** As an event's time: when the record was appended. */
export const TIMESTAMP = '$timestamp';
