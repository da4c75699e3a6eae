import type { FaultName } from '../model/fault.ts';
import type { SourceBatch } from '../model/record.ts';
import { codeOf } from './faults.ts';

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
  readonly fault: FaultName | null;
}

export const createBatch = (head: BatchHead): BatchBuilder => {
  const records: FramedRecord[] = [];
  return {
    head,
    add: (record) => void records.push(record),
    done: (bytes) => ({
      ...head,
      count: records.length,
      bytes,
      valueStart: Int32Array.from(records, (record) => record.valueStart),
      valueLength: Int32Array.from(records, (record) => record.valueLength),
      recordStart: Int32Array.from(records, (record) => record.recordStart),
      recordLength: Int32Array.from(records, (record) => record.recordLength),
      offset: Float64Array.from(records, (record) => record.offset),
      appendMs: Float64Array.from(records, (record) => record.appendMs),
      fault: Uint8Array.from(records, (record) => (record.fault === null ? 0 : codeOf(record.fault))),
    }),
  };
};
