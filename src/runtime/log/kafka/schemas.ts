import { TransportError } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import { headersOf } from './wire/headers.ts';
import type { RecordRun } from './wire/records.ts';

/** How a record names the schema of its value: the id of the 5-byte prefix, or the GUID of a header as 32 hex digits. */
export type SchemaName = number | string;

/** Index over the plan's source schemas; `unavailable`: nobody can tell just now. */
export type SchemaAnswer = number | 'unknown' | 'unavailable';

/** Port: what ids and GUIDs stand for. A folder's schemas know their own ids; a registry knows all. Asked once a run for each name. */
export interface SchemaResolver {
  resolve(name: SchemaName): Promise<SchemaAnswer>;
}

/** What the names in one run stand for; null: no schema of the plan. */
export type SchemaAnswers = ReadonlyMap<SchemaName, number | null>;

/** Header of a value's schema (Confluent `SchemaId`): a zero byte and the id, or a one and the 16 bytes of the GUID. */
const HEADER = '__value_schema_id';
const ID = 0;
const ID_BYTES = 5;
const GUID = 1;
const GUID_BYTES = 17;

/** The name in the last such header of a record, as Confluent's deserialisers read it; null when it has none. */
export const schemaOfHeader = (run: RecordRun, row: number): SchemaName | 'unreadable' | null => {
  // One byte: the count of headers is 0.
  if (run.headersLength[row] <= 1) return null;
  const headers = readHeaders(run, row);
  if (headers === null) return 'unreadable';
  const value = headers.findLast(({ name }) => name === HEADER)?.value ?? null;
  if (value === null) return null;
  if (value[0] === ID && value.length === ID_BYTES) return value.readInt32BE(1);
  return value[0] === GUID && value.length === GUID_BYTES ? value.toString('hex', 1) : 'unreadable';
};

/** Null when the headers do not fit: such a record is at fault, not its batch. */
const readHeaders = (run: RecordRun, row: number): ReturnType<typeof headersOf> | null => {
  try {
    return headersOf(run, row);
  } catch {
    return null;
  }
};

const namesIn = (run: RecordRun): Set<SchemaName> => {
  const names = new Set<SchemaName>();
  for (let row = 0; row < run.count; row++) {
    const length = run.valueLength[row];
    if (length < 0) continue;
    const named = schemaOfHeader(run, row);
    if (named !== null) {
      if (named !== 'unreadable') names.add(named);
    } else if (length >= ID_BYTES && run.bytes[run.valueStart[row]] === ID) names.add(run.bytes.readInt32BE(run.valueStart[row] + 1));
  }
  return names;
};

/**
 * Asks for every name in a run. When one cannot be told just now, nothing of the run passes: throws `TransportError`
 * `unreachable`, and the task waits. A guess would send a readable record to quarantine for good.
 */
export const resolveSchemas = async (run: RecordRun, resolver: SchemaResolver): Promise<SchemaAnswers> => {
  const answers = new Map<SchemaName, number | null>();
  for (const name of namesIn(run)) {
    const answer = await resolver.resolve(name);
    if (answer === 'unavailable') throw new TransportError('unreachable', 'the schema registry does not answer', true);
    answers.set(name, answer === 'unknown' ? null : answer);
  }
  return answers;
};

/** The ids that the plan's own schema files give themselves (`schemaId`). */
export const planSchemas = (plan: Plan): SchemaResolver => {
  const byId = new Map<SchemaName, number>();
  const schemas = plan.events.flatMap((event) => event.schemas);
  for (const [index, { id }] of schemas.entries()) if (id !== null && !byId.has(id)) byId.set(id, index);
  return { resolve: async (name) => byId.get(name) ?? 'unknown' };
};
