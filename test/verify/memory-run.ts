import type { MemoryBroker } from '../../src/runtime/log/memory.ts';
import type { KafkaRecord } from '../../src/verify/inputs.ts';

/** The source records of a task's log in memory, as the checker reads them from Kafka. */
export const recordsOf = ({ batches: own }: MemoryBroker): KafkaRecord[] =>
  own.flat().flatMap((batch) =>
    Array.from({ length: batch.count }, (_, i): KafkaRecord => {
      const start = batch.valueStart[i];
      const length = batch.valueLength[i];
      return {
        kind: 'record',
        topic: batch.topic,
        partition: batch.partition,
        offset: batch.offset[i],
        appendMs: batch.appendMs[i],
        key: null,
        headers: [],
        value: length < 0 ? null : batch.bytes.subarray(start, start + length),
        bytes: batch.bytes.subarray(batch.recordStart[i], batch.recordStart[i] + batch.recordLength[i]),
      };
    }),
  );

/** The lines that a task's transactions wrote, in order. */
export const linesOf = (broker: MemoryBroker, what: 'lineage' | 'audit' | 'quarantine'): string[] =>
  broker.transactions.flatMap((transaction) => transaction[what]);
