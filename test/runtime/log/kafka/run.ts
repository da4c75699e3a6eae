import type { RecordRun } from '../../../../src/runtime/log/kafka/wire/records.ts';
import { walkRecords } from '../../../../src/runtime/log/kafka/wire/walk.ts';
import { encodeBatch, type TestRecord } from './wire/encode.ts';

/** Records as a fetch gives them. */
export const runOf = (records: readonly TestRecord[]): RecordRun => {
  const bytes = encodeBatch({ baseOffset: 100, records });
  return walkRecords(bytes, { fromOffset: 0, aborted: [], maxInflatedBytes: 0 }).runs[0];
};
