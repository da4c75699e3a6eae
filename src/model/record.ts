/**
 * Source records as they lie in a log, before anybody looked inside.
 *
 * A batch is one run of records of one (topic, partition) in offset order, as arrays over one byte buffer: no object
 * per record exists anywhere on the path. Everything around the value (key, headers, topic, timestamp, order) is
 * identity: `recordStart/recordLength` covers it, so that quarantine can seal the record whole, and `around` points to it
 * for the events whose policy looks for ids there.
 */

/** Spans of keys and headers over the bytes of the batch. */
export interface Around {
  /** `json`: members of an NDJSON envelope as they are written. `kafka`: bytes of a record batch, a count before the headers. */
  readonly form: 'json' | 'kafka';
  /** Lengths are -1 where there is none. */
  readonly keyStart: Int32Array;
  readonly keyLength: Int32Array;
  readonly headersStart: Int32Array;
  readonly headersLength: Int32Array;
}

/** Records of one (topic, partition) in offset order. */
export interface SourceBatch {
  /** Index of the (topic, partition) in the runtime's list of sources; also the `source` of coordinates. */
  readonly source: number;
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  /** Bytes that all spans of this batch point into. */
  readonly bytes: Uint8Array;
  /** Span of the value: JSON text, or Avro with or without the Confluent 5-byte prefix. Length -1: no value. */
  readonly valueStart: Int32Array;
  readonly valueLength: Int32Array;
  /** Span of the whole record as it came (envelope line, bare line, container datum). */
  readonly recordStart: Int32Array;
  readonly recordLength: Int32Array;
  readonly offset: Float64Array;
  /** Append time in ms since 1970; NaN when only a field of the event knows it (bare events, container files). */
  readonly appendMs: Float64Array;
  /** How the value is written; `avro` has the 5-byte prefix, `datum` is bare Avro of `schema`. */
  readonly form: 'json' | 'avro' | 'datum';
  /** For `datum`, and for `avro` whose id somebody looked up: index of the source schema in the plan. -1 otherwise. */
  readonly schema: number;
  /** True when the record is a bare event: no topic says what it is, only its own fields do. */
  readonly bare: boolean;
  /** Null when records have nothing around them: bare events, container files. */
  readonly around: Around | null;
  /** Faults that framing already found (incomplete envelope, oversized line): a fault code, or 0. */
  readonly fault: Uint8Array;
}
