import type { SourceBatch } from './record.ts';

/** One (topic, partition) that is read; `SourceBatch.source` and coordinates index the list of them. */
export interface SourcePartition {
  readonly source: number;
  readonly topic: string;
  readonly partition: number;
}

/** Released records of one window of one view, encoded: JSON lines and Avro bytes side by side, in the batch's own (shuffled) order. */
export interface ViewOutput {
  readonly view: string;
  /** Combined-use period whose own output this is; null: the view's ordinary one. */
  readonly period: string | null;
  /** Whether it is that of subjects who authorised the period: an output of its own. */
  readonly isAuthorised: boolean;
  /** The window's end, ms: the only time that a released record shows. */
  readonly windowEndMs: number;
  readonly count: number;
  readonly json: readonly string[];
  readonly avro: readonly Uint8Array[];
}

/**
 * What one step of a task writes, all of it or nothing: outputs, quarantine, lineage and audit lines, and what a restart
 * needs. Group offsets are no part of it: the ledger says how far the task has come.
 */
export interface Transaction {
  readonly outputs: readonly ViewOutput[];
  readonly quarantine: readonly string[];
  readonly lineage: readonly string[];
  readonly audit: readonly string[];
  /** Survivors that a restart offers again, encrypted (`record/held.ts`). */
  readonly held: readonly Uint8Array[];
  /** The entry that makes the step true (`record/ledger.ts`); null in a log that is not durable. */
  readonly ledger: Uint8Array | null;
}

/** One record of the held partition of a task, with its offset there. */
export interface HeldRecord {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * A name of a schema in records (the id of a prefix, or a GUID in hex) that stands for a schema of the plan, by its
 * fingerprint: in each source from an offset on, in one that is not listed from the beginning.
 */
export interface NamedSchema {
  readonly name: number | string;
  readonly fingerprint: string;
  readonly from: readonly (readonly [source: number, offset: number])[];
}

/** What a log learnt by asking: from which offset of each source on it asks, and the names that it was told. */
export interface Learnt {
  readonly since: readonly (readonly [source: number, offset: number])[];
  readonly names: readonly NamedSchema[];
}

/**
 * Names that a log has to ask somebody for. Whether a record could be read depends on the answer, so the answers are in the
 * ledger, and a restart goes by them.
 */
export interface NamedSchemas {
  learnt(): Learnt;
  /**
   * Goes on with what the ledger tells: nobody is asked about offsets before `ends` of a source, which are decided. Null: the
   * ledger was written when nobody was asked, and what it covers is read as it was then.
   */
  resume(learnt: Learnt | null, ends: ReadonlyMap<number, number>): void;
}

/**
 * Port: an append-only log of partitions with transactions, as one task owns it. Memory, files and Kafka implement it; one
 * conformance suite holds them to the same behaviour. Throws `TransportError` only.
 */
export interface Log {
  /** Whether a restart goes on where the last owner stopped: then every transaction carries a ledger entry. */
  readonly isDurable: boolean;
  /** Whether the log ends: then an empty `fetch` means that everything was read, else only that nothing came just now. */
  readonly isFinite: boolean;
  /**
   * Becomes the only owner: fences every earlier one first, and only then reads the last committed ledger entry (null when
   * there is none). Called once, before anything else.
   */
  recover(): Promise<Uint8Array | null>;
  /** Committed held records of this task from offset `from` on, in order. */
  held(from: number): AsyncIterable<HeldRecord>;
  /** Every source partition of the task. Known before the first fetch, so that none can come too late to count. */
  sources(): Promise<readonly SourcePartition[]>;
  /** Where the next fetch of a source begins; without it, at its start. */
  seek(source: number, offset: number): void;
  /**
   * Next batches in an order that keeps each partition's; empty when nothing (more) is there. Sources that are paused need
   * not be asked; what comes of them all the same is not wanted yet.
   */
  fetch(paused?: ReadonlySet<number>): Promise<readonly SourceBatch[]>;
  /** Offset that `fetch` has passed for a source, records without a value for us (markers, aborted ones) included. */
  position(source: number): number;
  /** Next offset after the last record of a source, as of the last fetch or later; 0 when it is empty. */
  highWatermark(source: number): Promise<number>;
  /** Offset below which every transaction of a source is settled, as of the last fetch or later; at most the high watermark. */
  lastStableOffset(source: number): Promise<number>;
  /** Names of schemas that somebody was asked for; absent where nobody is. */
  readonly schemas?: NamedSchemas;
  /** Whether the last `fetch` gave nothing because nobody could tell how what came has to be read; positions did not move then. */
  isHeld?(): boolean;
  /**
   * Appends atomically and returns the offset behind the last held record of the task. A log that was fenced by a newer
   * owner refuses with `fenced`; after any other error the log is not usable any more, and what became of the transaction
   * is only known after `recover` of a new one.
   */
  append(transaction: Transaction): Promise<{ readonly heldNext: number }>;
  /** Makes what was appended visible as a whole (files) and releases everything. */
  close(): Promise<void>;
  /** Leaves nothing behind that looks complete, and releases everything. */
  abort(): Promise<void>;
}

/** The log cannot be used just now, or not by us. Operators act on it; holds no record content. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportCode;
  readonly canRetry: boolean;
  constructor(code: TransportCode, message: string, canRetry: boolean) {
    super(message);
    this.code = code;
    this.canRetry = canRetry;
  }
}

/**
 * `fenced`: a newer owner exists. `unreadable`: input is not what it should be. `unwritable`: the target refuses. `closed`:
 * used after its end. `unreachable`: no broker answers. `denied`: the broker refuses us. `misconfigured`: a topic or broker
 * is not set up as it must be. `out-of-range`: data that a restart needs is gone. `corrupt`: bytes fail their checksum or shape.
 */
export type TransportCode =
  | 'fenced'
  | 'unreadable'
  | 'unwritable'
  | 'closed'
  | 'unreachable'
  | 'denied'
  | 'misconfigured'
  | 'out-of-range'
  | 'corrupt';
