import type { Plan } from '../../../model/plan.ts';
import { headersOf } from './wire/headers.ts';
import type { RecordRun } from './wire/records.ts';

/** How a record names the schema of its value: the id of the 5-byte prefix, or the GUID of a header as 32 hex digits. */
export type SchemaName = number | string;

/** Index over the plan's source schemas; `unavailable`: nobody can tell just now. */
export type SchemaAnswer = number | 'unknown' | 'unavailable';

/** Port: what ids and GUIDs stand for. A folder's schemas know their own ids; a registry knows all. */
export interface SchemaResolver {
  resolve(name: SchemaName): Promise<SchemaAnswer>;
}

/** What a name stands for in the record at an offset of one source; null: no schema of the plan. */
export type SchemaAnswers = (name: SchemaName, offset: number) => number | null;

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
  // Most headers are not ours: a search is a tenth of reading them.
  const start = run.headersStart[row];
  if (!run.bytes.subarray(start, start + run.headersLength[row]).includes(HEADER)) return null;
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

/** The schema that a record names; null when its value needs none, or its name cannot be read. */
export const schemaNameOf = (run: RecordRun, row: number): SchemaName | null => {
  const length = run.valueLength[row];
  if (length < 0) return null;
  const named = schemaOfHeader(run, row);
  if (named !== null) return named === 'unreadable' ? null : named;
  const start = run.valueStart[row];
  return length >= ID_BYTES && run.bytes[start] === ID ? run.bytes.readInt32BE(start + 1) : null;
};

/** The ids that the plan's own schema files give themselves (`schemaId`). */
export const planSchemas = (plan: Plan): ((name: SchemaName) => number | null) => {
  const byId = new Map<SchemaName, number>();
  const schemas = plan.events.flatMap((event) => event.schemas);
  for (const [index, { id }] of schemas.entries()) if (id !== null && !byId.has(id)) byId.set(id, index);
  return (name) => byId.get(name) ?? null;
};
