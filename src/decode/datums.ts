import type { FaultName } from '../model/fault.ts';
import type { Plan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { compileWalk } from './avro-compile.ts';
import { smallestDatum } from './avro-size.ts';
import { type BatchHead, createBatch, type FramedRecord } from './batch.ts';
import type { ContainerBlock, ContainerHeader } from './container.ts';
import { FILE_TOPIC } from './line.ts';

/** Cuts blocks of one container file into batches of records; numbers them through the file. */
export type ContainerFramer = (block: ContainerBlock) => Generator<SourceBatch>;

/** Records of one batch: a block of tiny records is cut, so that its arrays stay small. */
const BATCH_RECORDS = 8192;

const NO_SLOTS: unknown[] = [];

/** A batch that is being gathered; full ones are taken away. */
const createCutter = (head: BatchHead, bytes: Uint8Array) => {
  let batch = createBatch(head);
  let count = 0;
  return {
    add(record: FramedRecord): void {
      batch.add(record);
      count++;
    },
    /** The batch when it holds at least `least` records. */
    *take(least: number): Generator<SourceBatch> {
      if (count < least) return;
      yield batch.done(bytes);
      batch = createBatch(head);
      count = 0;
    },
  };
};

/**
 * The walk finds where each datum ends. One whose end nobody can tell takes the rest of its block with it: it has all the
 * bytes, and each record behind it that the block claims and the bytes could hold is a fault too. Bytes behind the last
 * claimed record are one more record, and a fault. A claim beyond what the bytes can hold is not believed.
 */
export const createContainerFramer = (plan: Plan, header: ContainerHeader, fileIndex: number, source: number): ContainerFramer => {
  const { json } = plan.events.flatMap((event) => event.schemas)[header.schema];
  const walk = compileWalk(json, []);
  const smallest = smallestDatum(json);
  const head = { source, topic: FILE_TOPIC, partition: fileIndex, form: 'datum', schema: header.schema, bare: true } as const;
  let next = 0;
  const record = (start: number, end: number, fault: FaultName | null): FramedRecord => {
    const length = end - start;
    return {
      offset: next++,
      appendMs: Number.NaN,
      valueStart: start,
      valueLength: length,
      recordStart: start,
      recordLength: length,
      fault,
    };
  };
  /** Records that so many bytes can hold; those of a schema whose records are empty are bounded like items. */
  const capacity = (bytes: number): number => (smallest === 0 ? plan.limits.items : Math.floor(bytes / smallest));
  return function* (block) {
    const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.length);
    const end = bytes.length;
    const believed = capacity(end);
    const cutter = createCutter(head, block.bytes);
    let at = 0;
    let lost = 0;
    for (let i = 0; i < block.count && lost === 0; i++) {
      const start = at;
      const walked = i < believed ? walk(bytes, start, end, plan.limits, NO_SLOTS) : { at: end, isLost: true };
      at = walked.at;
      if (walked.isLost) lost = Math.max(1, Math.min(block.count - i, believed - i, capacity(end - start)));
      // Faults that lose nothing are left to decode, which finds them again and knows the schema.
      cutter.add(record(start, at, walked.isLost ? 'bad-avro' : null));
      yield* cutter.take(BATCH_RECORDS);
    }
    for (let i = 1; i < lost; i++) {
      cutter.add(record(end, end, 'bad-avro'));
      yield* cutter.take(BATCH_RECORDS);
    }
    if (at < end) cutter.add(record(at, end, 'avro-trailing-bytes'));
    yield* cutter.take(1);
  };
};
