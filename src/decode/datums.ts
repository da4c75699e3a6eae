import type { FaultName } from '../model/fault.ts';
import type { Plan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { compileWalk } from './avro-compile.ts';
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
 * The walk finds where each datum ends. Where nobody can tell, the rest of the block is one record and a fault, with all its
 * bytes; the block's other records lose their places, those of the next block do not: its ordinals begin where this
 * block's claim ends. Bytes behind the last claimed record are one more record, and a fault. A claim beyond what the bytes
 * can hold is not believed, and datums without bytes are bounded like items.
 */
export const createContainerFramer = (plan: Plan, header: ContainerHeader, fileIndex: number, source: number): ContainerFramer => {
  const { json } = plan.events.flatMap((event) => event.schemas)[header.schema];
  const walk = compileWalk(json, []);
  const { limits } = plan;
  const head = { source, topic: FILE_TOPIC, partition: fileIndex, form: 'datum', schema: header.schema, bare: true } as const;
  let next = 0;
  const record = (offset: number, start: number, end: number, fault: FaultName | null): FramedRecord => {
    const length = end - start;
    return { offset, appendMs: Number.NaN, valueStart: start, valueLength: length, recordStart: start, recordLength: length, fault };
  };
  return function* (block) {
    const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.length);
    const end = bytes.length;
    const claimed = Math.min(block.count, Math.max(end, limits.items) + 1);
    const cutter = createCutter(head, block.bytes);
    const first = next;
    next += claimed;
    let at = 0;
    let empty = 0;
    for (let i = 0; i < claimed; i++) {
      const start = at;
      const walked = walk(bytes, start, end, limits, NO_SLOTS);
      at = walked.at;
      if (at === start) empty++;
      const isLost = walked.isLost || empty > limits.items;
      if (isLost) at = end;
      // Faults that lose nothing are left to decode, which finds them again and knows the schema.
      cutter.add(record(first + i, start, at, isLost ? 'bad-avro' : null));
      yield* cutter.take(BATCH_RECORDS);
      if (isLost) break;
    }
    if (at < end) cutter.add(record(next++, at, end, 'avro-trailing-bytes'));
    yield* cutter.take(1);
  };
};
