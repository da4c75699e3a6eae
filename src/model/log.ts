import type { SourceBatch } from './record.ts';

/** One (topic, partition) that is read; `SourceBatch.source` and coordinates index the list of them. */
export interface SourcePartition {
  readonly source: number;
  readonly topic: string;
  readonly partition: number;
}

/** Released records of one window of one view, encoded: JSON lines and Avro bytes side by side. */
export interface ViewOutput {
  readonly view: string;
  readonly count: number;
  readonly json: readonly string[];
  readonly avro: readonly Uint8Array[];
}

/**
 * What one step of a task writes, all of it or nothing: outputs, quarantine, lineage and audit lines.
 */
export interface Transaction {
  readonly outputs: readonly ViewOutput[];
  readonly quarantine: readonly string[];
  readonly lineage: readonly string[];
  readonly audit: readonly string[];
}

/**
 * Port: an append-only log of partitions with transactions. Memory, files and Kafka implement it; one conformance suite
 * holds them to the same behaviour.
 */
export interface Log {
  /** Every source partition there is. Known before the first fetch, so that no partition can come too late to count. */
  sources(): Promise<readonly SourcePartition[]>;
  /** Next offset after the last record of a source; 0 when it is empty. */
  highWatermark(source: number): Promise<number>;
  /** Next batches in an order that keeps each partition's; empty when everything was read. */
  fetch(): Promise<readonly SourceBatch[]>;
  /** Offset that `fetch` has passed for a source. */
  position(source: number): number;
  /** Appends atomically; a log that was fenced by a newer owner refuses with `TransportError` `fenced`. */
  append(transaction: Transaction): Promise<void>;
  /** Makes what was appended visible as a whole (files) and releases everything held. */
  close(): Promise<void>;
  /** Leaves nothing behind that looks complete. */
  abort(): Promise<void>;
}

/** The log cannot be used just now, or not by us. Operators act on it; holds no record content. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: 'fenced' | 'unreadable' | 'unwritable' | 'closed';
  readonly canRetry: boolean;
  constructor(code: TransportError['code'], message: string, canRetry: boolean) {
    super(message);
    this.code = code;
    this.canRetry = canRetry;
  }
}
