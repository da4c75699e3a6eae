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
  const valueStart: number[] = [];
  const valueLength: number[] = [];
  const recordStart: number[] = [];
  const recordLength: number[] = [];
  const offset: number[] = [];
  const appendMs: number[] = [];
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
      fault: Uint8Array.from(fault),
    }),
  };
};
