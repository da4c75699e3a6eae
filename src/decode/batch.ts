import type { FaultName } from '../model/fault.ts';
import type { SourceBatch } from '../model/record.ts';
import { codeOf } from './faults.ts';
import type { Span } from './line.ts';

/** What is the same for all records of a batch. */
export type BatchHead = Pick<SourceBatch, 'source' | 'topic' | 'partition' | 'form' | 'schema' | 'bare'>;

/** Gathers records of one (topic, partition) and form; spans point into bytes that the caller gives at the end. */
export interface BatchBuilder {
  readonly head: BatchHead;
  add(record: FramedRecord): void;
  done(bytes: Uint8Array): SourceBatch;
}

export interface FramedRecord {
  readonly offset: number;
  readonly appendMs: number;
  readonly valueStart: number;
  /** -1: no value. */
  readonly valueLength: number;
  readonly recordStart: number;
  readonly recordLength: number;
  /** Where key and headers lie as they are written; bare records have none. */
  readonly key?: Span | undefined;
  readonly headers?: Span | undefined;
  readonly fault: FaultName | null;
}

/** `keepsAround`: where key and headers lie is kept too. */
export const createBatch = (head: BatchHead, keepsAround = false): BatchBuilder => {
  const valueStart: number[] = [];
  const valueLength: number[] = [];
  const recordStart: number[] = [];
  const recordLength: number[] = [];
  const offset: number[] = [];
  const appendMs: number[] = [];
  const keyStart: number[] = [];
  const keyLength: number[] = [];
  const headersStart: number[] = [];
  const headersLength: number[] = [];
  const fault: number[] = [];
  return {
    head,
    add(record) {
      valueStart.push(record.valueStart);
      valueLength.push(record.valueLength);
      recordStart.push(record.recordStart);
      recordLength.push(record.recordLength);
      offset.push(record.offset);
      appendMs.push(record.appendMs);
      if (keepsAround) {
        const { key, headers } = record;
        keyStart.push(key === undefined ? 0 : key.start);
        keyLength.push(key === undefined ? -1 : key.end - key.start);
        headersStart.push(headers === undefined ? 0 : headers.start);
        headersLength.push(headers === undefined ? -1 : headers.end - headers.start);
      }
      fault.push(record.fault === null ? 0 : codeOf(record.fault));
    },
    done: (bytes) => ({
      ...head,
      count: offset.length,
      bytes,
      valueStart: Int32Array.from(valueStart),
      valueLength: Int32Array.from(valueLength),
      recordStart: Int32Array.from(recordStart),
      recordLength: Int32Array.from(recordLength),
      offset: Float64Array.from(offset),
      appendMs: Float64Array.from(appendMs),
      around: !keepsAround
        ? null
        : {
            form: 'json',
            keyStart: Int32Array.from(keyStart),
            keyLength: Int32Array.from(keyLength),
            headersStart: Int32Array.from(headersStart),
            headersLength: Int32Array.from(headersLength),
          },
      fault: Uint8Array.from(fault),
    }),
  };
};
