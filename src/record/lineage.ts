import type { KeyObject } from 'node:crypto';
import { isReleased } from '../model/verdict.ts';
import { createByteReader, createByteWriter } from './bytes.ts';
import { openSealed, type SealSession } from './seal.ts';

/** Bytes of an output digest in a lineage row. */
export const LINEAGE_DIGEST_BYTES = 8;
const VERSION = 1;

/** A (topic, partition) as lineage names it. */
export interface LineageSource {
  readonly topic: string;
  readonly partition: number;
}

/** Which verdict a record got: `source` indexes the chunk's sources; `digest` only when it was released. */
export interface LineageRow {
  readonly source: number;
  readonly offset: number;
  readonly verdict: number;
  readonly digest: Uint8Array | null;
}

/** The clear part of a chunk; the sealed part is bound to it. */
export interface LineageHead {
  readonly view: string;
  readonly windowStart: number;
  /** Number of the chunk in its window, from 0. */
  readonly chunk: number;
}

const headText = ({ view, windowStart, chunk }: LineageHead): string => JSON.stringify({ v: VERSION, view, windowStart, chunk });

/** Encodes rows, which must be sorted by (source, offset): version, sources, rows. */
export const encodeLineage = (sources: readonly LineageSource[], rows: readonly LineageRow[]): Uint8Array => {
  const writer = createByteWriter();
  writer.byte(VERSION);
  writer.varint(sources.length);
  for (const { topic, partition } of sources) {
    writer.text(topic);
    writer.varint(partition);
  }
  writer.varint(rows.length);
  for (const { source, offset, verdict, digest } of rows) {
    writer.varint(source);
    writer.varint(offset);
    writer.byte(verdict);
    if (isReleased(verdict)) writer.bytes(digest as Uint8Array);
  }
  return writer.done();
};

/** Decodes a chunk; null for anything but what `encodeLineage` of this version writes. */
export const decodeLineage = (bytes: Uint8Array): { sources: LineageSource[]; rows: LineageRow[] } | null => {
  const reader = createByteReader(bytes);
  if (reader.byte() !== VERSION) return null;
  const sources: LineageSource[] = [];
  for (let left = reader.varint() ?? 0; left > 0; left--) {
    const topic = reader.text();
    const partition = reader.varint();
    if (topic === null || partition === null) return null;
    sources.push({ topic, partition });
  }
  const rows: LineageRow[] = [];
  for (let left = reader.varint() ?? 0; left > 0; left--) {
    const source = reader.varint();
    const offset = reader.varint();
    const verdict = reader.byte();
    if (source === null || offset === null || verdict === null || source >= sources.length) return null;
    const digest = isReleased(verdict) ? reader.bytes(LINEAGE_DIGEST_BYTES) : null;
    if (digest === null && isReleased(verdict)) return null;
    rows.push({ source, offset, verdict, digest });
  }
  return reader.ended() ? { sources, rows } : null;
};

/** One line of `lineage.ndjson`: the clear head, and the rows sealed to the auditor's key. */
export const sealLineage = (session: SealSession, head: LineageHead, sources: readonly LineageSource[], rows: readonly LineageRow[]): string => {
  const clear = headText(head);
  const sealed = Buffer.from(session.seal(clear, encodeLineage(sources, rows))).toString('base64');
  return `${clear.slice(0, -1)},"sealed":"${sealed}"}`;
};

export type LineageChunk = LineageHead & { readonly sources: readonly LineageSource[]; readonly rows: readonly LineageRow[] };

/** Opens a line; null when it is not one, was changed, or was sealed to another key. */
export const openLineage = (line: string, privateKey: KeyObject): LineageChunk | null => {
  let parsed: { v?: unknown; view?: unknown; windowStart?: unknown; chunk?: unknown; sealed?: unknown };
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  const { v, view, windowStart, chunk, sealed } = parsed ?? {};
  if (v !== VERSION || typeof view !== 'string' || typeof windowStart !== 'number' || typeof chunk !== 'number' || typeof sealed !== 'string') return null;
  const head = { view, windowStart, chunk };
  const plain = openSealed(privateKey, 'lineage', headText(head), Buffer.from(sealed, 'base64'));
  const decoded = plain === null ? null : decodeLineage(plain);
  return decoded === null ? null : { ...head, ...decoded };
};
