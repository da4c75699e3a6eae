import type { KeyObject } from 'node:crypto';
import { TransportError } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import { openQuarantine } from '../../../record/quarantine.ts';
import type { OpenRow } from '../../quarantine/choose.ts';
import { readableBy } from '../../quarantine/mended.ts';
import { frameRun } from './frame.ts';
import { planSchemas, type SchemaName, type SchemaResolver, schemaNameOf } from './schemas.ts';
import type { OutMessage } from './sends.ts';
import type { KafkaSettings } from './settings.ts';
import { readToEnd } from './whole.ts';
import { headersOf } from './wire/headers.ts';
import { type RecordRun, runOfRecord } from './wire/records.ts';

const unreadable = (what: string): TransportError => new TransportError('unreadable', what, false);

/** Rows of the quarantine topic, opened with the operator's private key. Throws `TransportError` for a row that it does not open. */
export async function* quarantineRowsOf(
  settings: KafkaSettings,
  topic: string,
  partitions: number,
  key: KeyObject,
): AsyncGenerator<OpenRow> {
  for (let partition = 0; partition < partitions; partition++)
    for await (const { value } of readToEnd(settings, { topic, partition }, 'earliest')) {
      const row = openQuarantine(value?.toString('utf8') ?? '', key);
      if (!row.ok) throw unreadable('the quarantine does not open with the given key');
      yield row.value;
    }
}

/** The record of a row; null when its headers do not fit, or it was kept as it was packed, so that nobody knows what is in it. */
const runOf = ({ record, offset }: OpenRow): RecordRun | null => {
  try {
    const run = runOfRecord(Buffer.from(record), offset);
    headersOf(run, 0);
    return run;
  } catch {
    return null;
  }
};

/** Schemas that names stand for, asked once each. */
const createNames = (plan: Plan, resolver: SchemaResolver | null) => {
  const own = planSchemas(plan);
  const known = new Map<SchemaName, number | null>();
  return {
    async learn(name: SchemaName | null): Promise<void> {
      if (name === null || known.has(name)) return;
      const answer = resolver === null ? own(name) : await resolver.resolve(name);
      if (answer === 'unavailable') throw new TransportError('unreachable', 'the schema registry does not answer', true);
      known.set(name, answer === 'unknown' ? null : answer);
    },
    answer: (name: SchemaName): number | null => known.get(name) ?? null,
  };
};

/** Whether the plan reads quarantined records now. `learn` first: a registry may have to be asked what a record names. */
export const mendedRecords = (plan: Plan, resolver: SchemaResolver | null) => {
  const isReadable = readableBy(plan);
  const names = createNames(plan, resolver);
  return {
    async learn(row: OpenRow): Promise<void> {
      const run = runOf(row);
      if (run !== null) await names.learn(schemaNameOf(run, 0));
    },
    isMended(row: OpenRow): boolean {
      const run = runOf(row);
      return run !== null && isReadable(frameRun(run, 0, row, names.answer));
    },
  };
};

/** The record as it was, for the partition that it came from. Its append time is the broker's, now. */
export const messageOf = (row: OpenRow, timestampMs: number): OutMessage => {
  const run = runOf(row);
  if (run === null) throw unreadable('a quarantined record that is none');
  const part = (start: number, length: number): Buffer | null => (length < 0 ? null : run.bytes.subarray(start, start + length));
  const headers = new Map<string, Buffer[]>();
  for (const { name, value } of headersOf(run, 0)) headers.set(name, [...(headers.get(name) ?? []), value ?? Buffer.alloc(0)]);
  return {
    topic: row.topic,
    partition: row.partition,
    key: part(run.keyStart[0], run.keyLength[0]),
    value: part(run.valueStart[0], run.valueLength[0]),
    timestampMs,
    ...(headers.size === 0 ? {} : { headers: Object.fromEntries(headers) }),
  };
};
