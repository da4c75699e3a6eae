import type { KeyObject } from 'node:crypto';
import type { RowBlock } from '../model/dataset.ts';
import type { PeriodOutput } from '../model/output.ts';
import type { Side } from '../policy/diff.ts';
import type { Classes } from './classes.ts';
import type { Decisions } from './decisions.ts';
import type { Sources } from './sources.ts';

/** Lines or records, from memory or as they are read. */
export type Rows<T> = Iterable<T> | AsyncIterable<T>;

/**
 * One record of the source log, in input order. Lines are given all, blank ones too, since they count for offsets.
 * A container file comes block by block: unpacked, with the number of records that it claims and the schema of the file.
 */
export type InputRecord =
  | { readonly kind: 'line'; readonly file: number; readonly bytes: Uint8Array }
  | KafkaRecord
  | { readonly kind: 'block'; readonly file: number; readonly schema: unknown; readonly count: number; readonly bytes: Uint8Array };

/** A record of a Kafka partition; `bytes` is what quarantine seals of it. */
export interface KafkaRecord {
  readonly kind: 'record';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly key: Uint8Array | null;
  readonly headers: readonly { readonly name: string; readonly value: Uint8Array | null }[];
  readonly value: Uint8Array | null;
  readonly bytes: Uint8Array;
}

/** A line of a log that says when it was appended, ms. */
export interface TimedLine {
  readonly text: string;
  readonly atMs: number;
}

/** A record of the control log. */
export interface ControlRow {
  /** Left out: they are numbered by their order, as those of a file. */
  readonly offset?: number;
  readonly atMs: number;
  readonly value: Uint8Array;
}

/** Where a schema registry told what schemas records name: what the service went by, and what the registry says now. */
export interface NamedSchemas {
  /** Offsets before which ids are those of the policy's own schema files. */
  readonly since: readonly SourceOffset[];
  /** Names, ids or GUIDs in hex, that stood for a schema of the policy, from an offset of each partition on. */
  readonly names: readonly { readonly name: number | string; readonly schema: string; readonly from: readonly SourceOffset[] }[];
  /** Text of the Avro schema that a name stands for; null: there is none that stands by itself. Rejects when nobody answers. */
  schema(name: number | string): Promise<string | null>;
}

export interface SourceOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * One of several tasks that share the views. Each decided its own source partitions by itself, so its classes are counted by
 * themselves; windows that its audit does not tell of are not decided yet.
 */
export interface TaskInputs {
  readonly task: number;
  readonly records: Rows<InputRecord>;
  /** Absent: ids are those of the policy's own schema files. */
  readonly schemas?: NamedSchemas | undefined;
  lineage(): Rows<string>;
  audit(): Rows<string | TimedLine>;
  /** Where the ledger says that the audit chain of the task stands, at least. */
  readonly head?: { readonly seq: number; readonly hash: string };
  /** The policy that decides now by the ledger, and from when on: its first window may not be closed yet. */
  readonly now?: { readonly policy: string; readonly fromMs: number };
}

/** Released records of one view: the lines of its file, or the records of its container with the schema it carries. */
export type ViewRows =
  | { readonly kind: 'ndjson'; readonly lines: Rows<string> }
  | { readonly kind: 'avro'; readonly schema: unknown; readonly records: Rows<unknown> };

/** What a run left behind. Every accessor may be called once; null where the file does not exist. */
export interface RunOutputs {
  /** What a view released: to its own output, to that of a combined-use period, or to the authorised one of the period. */
  view(name: string, period?: string, isAuthorised?: boolean): ViewRows | null | Promise<ViewRows | null>;
  /**
   * Offset of the first record that is still in each partition of an output of a view: its own (null), or one of a period. Left out where
   * outputs are files.
   */
  starts?(view: string, output: PeriodOutput | null): Promise<ReadonlyMap<number, number>>;
  avsc(view: string): string | null;
  /** Schema of its authorised outputs; null where there are none, left out where nobody keeps it beside them. */
  authorisedAvsc?(view: string): string | null;
  manifest(view: string): string | null;
  lineage(): Rows<string>;
  audit(): Rows<string>;
  quarantine(): Rows<string>;
  summary(): string | null;
  /** Names of all files, relative to DIR; identifiers must not stand in one. */
  names(): readonly string[];
  /** Every file that nobody asked for above and that is not in `keys/` (logs, reports): searched for identifiers. Asked for last. */
  others(): Rows<{ readonly name: string; readonly bytes: Uint8Array }>;
}

/** The true data of a registered dataset, as its owner has them. */
export interface TrueDataset {
  /** As the policy names it. */
  readonly name: string;
  /**
   * Beginning of the digest, in hex, of the index that was made of them; absent: they are what is in force after all of the control
   * log, or all of the time where it does not say so.
   */
  readonly digest?: string | undefined;
  /** Columns in the order of the policy. */
  readonly rows: Rows<RowBlock>;
}

export interface VerifyInputs {
  readonly policyText: string;
  readonly policyFile: string;
  /** Topics that a service reads, by event type, besides those that the policy names. */
  readonly topics?: Readonly<Record<string, string>>;
  /** Text of a file that the policy names, relative to it; throws when it cannot be read. */
  read(path: string): string;
  /** Offline IP-to-country table, asked for only when a ladder needs it. */
  ipTable(): { readonly v4: string; readonly v6: string };
  readonly records: Rows<InputRecord>;
  /** The control log from its first record on; left out where nobody gave it. */
  readonly controls?: Rows<ControlRow> | undefined;
  /** Of the registered datasets those whose data somebody gave. */
  readonly datasets?: readonly TrueDataset[] | undefined;
  /** By dataset the basis that records of its indexes for this policy have: of what columns, paths and ladders they were made. */
  readonly bases?: ReadonlyMap<string, string> | undefined;
  /** The tasks of a service; then `records` and the outputs' lineage and audit are not looked at. */
  readonly tasks?: readonly TaskInputs[];
  /** How long after its end a window of the tasks may be open without an alarm, ms; left out where there is no objective. */
  readonly objectiveMs?: number;
  /** Looks at what was decided in each view, once everything of it was read. */
  readonly observe?:
    | ((decisions: Decisions, classes: Classes, sources: Sources, epochOf: (windowStartMs: number) => number) => void)
    | undefined;
  readonly outputs: RunOutputs;
  /** Private X25519 key of the lineage; without it only what needs no lineage is checked. */
  readonly lineageKey: KeyObject | null;
  /** Private keys of the lineage of combined-use periods, by their ids: those that were not destroyed. */
  readonly periodKeys?: ReadonlyMap<string, KeyObject>;
  /** Private X25519 key of the quarantine; with it the coordinates of quarantined records are checked too. */
  readonly operatorKey: KeyObject | null;
  /** `keys/ring.json`, for the epochs that were destroyed. */
  readonly ring?: string | null;
  /** `keys/control.json`, for the control keys that were destroyed. */
  readonly controlKeys?: string | null;
  /**
   * When several policies decided, one after another: digest of the one that is given here, and those of all. Then only its
   * windows and its records are checked.
   */
  readonly among?: { readonly policy: string; readonly policies: readonly string[] };
  /** The outputs of a second run over the same input with the same keys (I18). */
  readonly second?: ((view: string, period?: string, isAuthorised?: boolean) => ViewRows | null) | null;
}

/** A policy that decided, with all that it names. */
export interface KeptPolicy extends Pick<VerifyInputs, 'read' | 'ipTable'> {
  readonly text: string;
  /** As policies are compared. */
  readonly side: Side;
}

/** What the checker wants to know of how policies followed one another. */
export interface PassageInputs {
  readonly tasks: readonly {
    readonly task: number;
    audit(): Rows<string | TimedLine>;
    /** Digest of the policy that decides now. */
    readonly now: string;
  }[];
  /** By digest; those that nobody has any more are missing. */
  readonly policies: ReadonlyMap<string, KeptPolicy>;
  /** The control log from its first record on. */
  controls(): Rows<ControlRow>;
}
