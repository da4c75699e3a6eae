import { type Transaction, TransportError, type ViewOutput } from '../../../model/log.ts';
import type { OutMessage } from './sends.ts';
import type { OwnTopics } from './settings.ts';

/** Where the records of a view go. */
export interface ViewTopic {
  readonly view: string;
  /** Confluent schema id of its output schema. */
  readonly schemaId: number;
  /** That of the schema of what leaves of subjects who authorised a period; absent: nothing of it can be written. */
  readonly authorisedSchemaId?: number;
  readonly partitions: number;
}

/** Where a task writes what. */
export interface MessageOptions {
  readonly topics: OwnTopics;
  readonly task: number;
  readonly views: readonly ViewTopic[];
  /** Our clock, for the timestamps of our own topics. */
  readonly nowMs: () => number;
}

const PREFIX_BYTES = 5;
/** Ledger keys are 16 bytes: one record a task is all that compaction keeps. */
const ledgerKey = (task: number): Buffer => Buffer.from(`task-${String(task).padStart(11, '0')}`);

/** The Confluent wire format: a zero byte, the schema id, the datum. */
const framed = (schemaId: number, datum: Uint8Array): Buffer => {
  const value = Buffer.alloc(PREFIX_BYTES + datum.length);
  value.writeInt32BE(schemaId, 1);
  value.set(datum, PREFIX_BYTES);
  return value;
};

/** Topic and schema of an output: whoever reads one of them has no business in the others. */
const targetOf = ({ view, period, isAuthorised }: ViewOutput, of: ViewTopic, topics: OwnTopics): readonly [string, number] => {
  if (!isAuthorised) return [period === null ? topics.view(view) : topics.period(view, period), of.schemaId];
  if (period === null || of.authorisedSchemaId === undefined)
    throw new TransportError('misconfigured', 'no topic and schema for what subjects authorised', false);
  return [topics.authorised(view, period), of.authorisedSchemaId];
};

/** What a step writes, as records. A batch leaves in its own shuffled order, so that its partitions say nothing either. */
export const messagesOf = (transaction: Transaction, { topics, task, views, nowMs }: MessageOptions): OutMessage[] => {
  const released = transaction.outputs.flatMap((output) => {
    const { view, windowEndMs, avro } = output;
    const of = views.find((one) => one.view === view) as ViewTopic;
    const [topic, schemaId] = targetOf(output, of, topics);
    return avro.map((datum, i) => ({
      topic,
      partition: i % of.partitions,
      key: null,
      value: framed(schemaId, datum),
      timestampMs: windowEndMs,
    }));
  });
  const own = (topic: string, value: Uint8Array | string, key: Buffer | null = null): OutMessage => ({
    topic,
    partition: task,
    key,
    value: typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value.buffer, value.byteOffset, value.length),
    timestampMs: nowMs(),
  });
  return [
    ...released,
    ...transaction.quarantine.map((line) => own(topics.quarantine, line)),
    ...transaction.lineage.map((line) => own(topics.lineage, line)),
    ...transaction.audit.map((line) => own(topics.audit, line)),
    ...transaction.held.map((bytes) => own(topics.held, bytes)),
    ...(transaction.ledger === null ? [] : [own(topics.ledger, transaction.ledger, ledgerKey(task))]),
  ];
};
