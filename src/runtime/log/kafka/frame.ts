import type { SourceBatch } from '../../../model/record.ts';
import type { TopicPartition } from './reader.ts';
import type { RecordRun } from './wire/records.ts';

/** Avro with the 5-byte prefix begins with a zero byte, which no JSON text does. A value that is neither is told by decode. */
const formOf = (run: RecordRun, row: number): 'json' | 'avro' =>
  run.valueLength[row] > 0 && run.bytes[run.valueStart[row]] === 0 ? 'avro' : 'json';

const slice = (run: RecordRun, from: number, to: number, source: number, { topic, partition }: TopicPartition): SourceBatch => ({
  source,
  topic,
  partition,
  count: to - from,
  bytes: run.bytes,
  valueStart: run.valueStart.subarray(from, to),
  valueLength: run.valueLength.subarray(from, to),
  recordStart: run.recordStart.subarray(from, to),
  recordLength: run.recordLength.subarray(from, to),
  offset: run.offset.subarray(from, to),
  appendMs: run.timestampMs.subarray(from, to),
  form: formOf(run, from),
  schema: -1,
  bare: false,
  fault: new Uint8Array(to - from),
});

/** Fetched records as batches of the pipeline, in order, cut where the form of the values changes. Nothing is copied. */
export const frameRun = (run: RecordRun, source: number, of: TopicPartition): SourceBatch[] => {
  const batches: SourceBatch[] = [];
  for (let from = 0; from < run.count; ) {
    const form = formOf(run, from);
    let to = from + 1;
    while (to < run.count && formOf(run, to) === form) to++;
    batches.push(slice(run, from, to, source, of));
    from = to;
  }
  return batches;
};
