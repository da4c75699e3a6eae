import { invariant } from '../model/invariant.ts';
import { isReleased, reasonOf } from '../model/verdict.ts';
import { createByteReader, createByteWriter } from './bytes.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isCount, isText, isWhole, LINE_VERSION, sealedBytes, sealLine, splitLine } from './line.ts';
import { type KeyObject, openSealed, type SealSession } from './seal.ts';
import { type RecordSource, readSources, writeSources } from './sources.ts';

/** Bytes of an output digest in a lineage row. */
export const LINEAGE_DIGEST_BYTES = 8;
const VERSION = 1;
/** Bytes of the shortest row: source, offset, verdict. */
const SHORTEST_ROW = 3;

/** Which verdict a record got: `source` indexes the chunk's sources; `digest` is there only when it was released. */
export interface LineageRow {
  readonly source: number;
  readonly offset: number;
  readonly verdict: number;
  readonly digest: Uint8Array | null;
}

/** Rows sorted by (source, offset), no record twice. */
export interface LineageRows {
  readonly sources: readonly RecordSource[];
  readonly rows: readonly LineageRow[];
}

/** The clear part of a chunk; the sealed part is bound to it. */
export interface LineageHead {
  readonly view: string;
  readonly windowStart: number;
  /** Number of the chunk in its window (and task), from 0. */
  readonly chunk: number;
  /** Which of several tasks decided; left out where one decides everything. */
  readonly task?: number;
  /** Combined-use period to whose own key the rows are sealed; left out where it is the auditor's. */
  readonly period?: string;
}

export type LineageChunk = LineageHead & LineageRows;

const follows = (row: LineageRow, before: LineageRow | undefined): boolean =>
  before === undefined || row.source > before.source || (row.source === before.source && row.offset > before.offset);

/** Bytes of rows: version, sources, rows. Throws `InvariantError` for rows that are out of order or lack their digest. */
export const encodeLineage = ({ sources, rows }: LineageRows): Uint8Array => {
  const writer = createByteWriter();
  writer.byte(VERSION);
  writeSources(writer, sources);
  writer.varint(rows.length);
  for (const [i, row] of rows.entries()) {
    const { source, offset, verdict, digest } = row;
    invariant(source < sources.length && follows(row, rows[i - 1]), 'lineage rows are sorted by source and offset, none twice');
    writer.varint(source);
    writer.varint(offset);
    writer.byte(verdict);
    if (!isReleased(verdict)) continue;
    invariant(digest?.length === LINEAGE_DIGEST_BYTES, 'a released row has the digest of its output');
    writer.bytes(digest);
  }
  return writer.done();
};

/** Reads rows back; refuses anything that `encodeLineage` does not write. */
export const decodeLineage = (bytes: Uint8Array): Decoded<LineageRows> => {
  const reader = createByteReader(bytes);
  if (reader.byte() !== VERSION) return refused('unknown-version');
  const sources = readSources(reader);
  const rows: LineageRow[] = [];
  for (let left = reader.count(SHORTEST_ROW); left > 0; left--) {
    const source = reader.varint();
    const offset = reader.varint();
    const verdict = reader.byte();
    const digest = isReleased(verdict) ? reader.bytes(LINEAGE_DIGEST_BYTES) : null;
    const row = { source, offset, verdict, digest };
    if (source >= sources.length || (digest === null && reasonOf(verdict) === undefined) || !follows(row, rows.at(-1))) reader.fail();
    rows.push(row);
  }
  return reader.ended() ? decoded({ sources, rows }) : refused('malformed');
};

const clearText = ({ view, windowStart, chunk, task, period }: LineageHead): string =>
  JSON.stringify({
    v: LINE_VERSION,
    view,
    windowStart,
    chunk,
    ...(task === undefined ? {} : { task }),
    ...(period === undefined ? {} : { period }),
  });

/** One line of `lineage.ndjson`: the clear head, and the rows sealed to the auditor's key. */
export const sealLineage = (
  session: SealSession,
  head: LineageHead,
  sources: readonly RecordSource[],
  rows: readonly LineageRow[],
): string => sealLine(session, clearText(head), encodeLineage({ sources, rows }));

/** Private keys of lineage: the auditor's, and those of combined-use periods by their ids; null: nobody has it any more. */
export type LineageKeys = (period: string | null) => KeyObject | null;

/** Opens a line with the auditor's private key alone, or with those that there are. */
export const openLineage = (line: string, keys: KeyObject | LineageKeys): Decoded<LineageChunk> => {
  const split = splitLine(line, 'sealed');
  if (!split.ok) return split;
  const { clear, last, fields } = split.value;
  const { view, windowStart, chunk, task, period } = fields;
  const sealed = sealedBytes(last);
  if (!isText(view) || !isWhole(windowStart) || !isCount(chunk) || sealed === null) return refused('malformed');
  if (task !== undefined && !isCount(task)) return refused('malformed');
  if (period !== undefined && !isText(period)) return refused('malformed');
  const head = { view, windowStart, chunk, ...(task === undefined ? {} : { task }), ...(period === undefined ? {} : { period }) };
  if (clearText(head) !== clear) return refused('malformed');
  const key = typeof keys === 'function' ? keys(period ?? null) : keys;
  const plaintext = key === null ? null : openSealed(key, 'lineage', clear, sealed);
  if (plaintext === null) return refused('unopenable');
  const rows = decodeLineage(plaintext);
  return rows.ok ? decoded({ ...head, ...rows.value }) : rows;
};
