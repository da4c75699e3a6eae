import type { ColumnKind } from './columns.ts';
import type { DatasetPlan } from './dataset.ts';
import type { Derived, NamedList, Pattern } from './derived.ts';
import type { Ladder } from './ladder.ts';

/**
 * The plan: policy x schemas x ladders, compiled once. Stages interpret it; nothing looks at the policy at run time.
 */
export interface Plan {
  readonly name: string;
  /** SHA-256 hex over the policy, schemas and ladder files: content address of what decided. */
  readonly digest: string;
  readonly prf: 'aes-256-cmac' | 'hmac-sha-256';
  /** Length of a key epoch; a multiple of every window. */
  readonly epochMs: number;
  readonly limits: Limits;
  readonly events: readonly EventPlan[];
  readonly views: readonly ViewPlan[];
  /** Who may sign control records; none: there is no control log, and candidates carry no control tokens. */
  readonly signers: readonly SignerPlan[];
  /** Registered personal datasets; none of them may be missing when a run starts. */
  readonly datasets: readonly DatasetPlan[];
}

/** `key`: an Ed25519 public key (SPKI, base64 of DER); `may`: kinds of control records. */
export interface SignerPlan {
  readonly name: string;
  readonly key: string;
  readonly may: readonly string[];
}

/** Hard bounds on input, checked before decoding. */
export interface Limits {
  readonly recordBytes: number;
  readonly depth: number;
  readonly items: number;
  readonly stringBytes: number;
}

export interface EventPlan {
  readonly name: string;
  readonly index: number;
  readonly schemas: readonly SourceSchema[];
  /** Topics whose values are this event; a topic whose last dot segment is `name` always is. */
  readonly topics: readonly string[];
  /** Patterns of topics whose values are this event. */
  readonly topicPatterns: readonly Pattern[];
  /** Which bare JSON events are this event: `path` equals one of `values`. */
  readonly when: { readonly path: string; readonly values: readonly string[] } | null;
  /** Field of a bare event that gives the append time. */
  readonly appendTime: TimeField | null;
  readonly eventTime: TimeField | null;
  /** Fields that get a column, in column order. */
  readonly fields: readonly TouchedField[];
  /** Column indexes; -1 when the event has none. */
  readonly slots: {
    readonly id: number;
    readonly device: number;
    readonly household: number;
    readonly gateway: number;
    readonly account: number;
  };
  readonly household: 'trusted' | 'bindings' | 'gateway';
  /** What paths of fields, `eventTime` and `when` stand for that are of no schema. Empty for most events. */
  readonly derived: ReadonlyMap<string, DerivedPlan>;
  /** Lists whose items have names; no name may stand twice in one. */
  readonly lists: readonly NamedList[];
  /** Records of the event are CloudEvents, in binary or structured mode. */
  readonly isCloudEvent: boolean;
  /** Fields whose JSON text stands for a record. */
  readonly embedded: readonly string[];
  readonly attributes: readonly AttributePlan[];
  /** Indexes into `Plan.views`. */
  readonly views: readonly number[];
}

/** A derived path; `isRequired`: a record without it is at fault. */
export type DerivedPlan = Derived & { readonly isRequired: boolean };

/** An Avro schema (parsed JSON) of the policy. `id` is its Confluent schema id when it has one. */
export interface SourceSchema {
  readonly file: string;
  readonly id: number | null;
  readonly json: unknown;
  /** Hex of CRC-64-AVRO or SHA-256 of the canonical form, for quarantine rows and container files. */
  readonly fingerprint: string;
}

export interface TimeField {
  readonly path: string;
  /** Numbers are of this unit; text is ISO 8601 (RFC 3339) whatever the unit. */
  readonly unit: 'ms' | 's' | 'us';
}

export interface TouchedField {
  /** Dotted path in the event; a key of a map is a path segment too. */
  readonly path: string;
  readonly kind: ColumnKind;
  /** Canonicaliser of an identifier, or null. */
  readonly identifier: string | null;
  /** Declared value of a `constant` field: any other value is a fault. */
  readonly constant: string | null;
}

export interface AttributePlan {
  readonly name: string;
  readonly ladder: Ladder;
  /** Column index per ladder input. */
  readonly inputs: readonly number[];
}

export interface ViewPlan {
  readonly name: string;
  readonly index: number;
  readonly event: number;
  readonly purpose: string;
  readonly consumers: readonly string[];
  readonly subject: 'household' | 'device';
  readonly windowMs: number;
  readonly k: number;
  /** Attributes of the tuple: indexes into `EventPlan.attributes`. */
  readonly attributes: readonly number[];
  /** Per path level, per attribute: ladder level; `ladder.levels.length` is `*`. */
  readonly path: readonly (readonly number[])[];
  /** The view's one sensitive field. */
  readonly sensitive: {
    readonly name: string;
    readonly attribute: number;
    readonly revealing: readonly number[];
    readonly topShare: number;
  } | null;
  readonly pseudonym: 'none' | 'class';
  readonly contribution: number;
  /** `publishers`: tokens are made at run time from these gateway ids. */
  readonly gateways: { readonly min: number; readonly publishers: readonly string[] } | null;
  /** A place is among its attributes: lottery, stale fixes, 6 h time. */
  readonly location: boolean;
  readonly retentionMs: number;
}
