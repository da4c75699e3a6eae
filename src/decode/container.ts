import type { Plan } from '../model/plan.ts';
import { fingerprintOf } from './avro-canonical.ts';

/** Why a container file cannot be read. The file's owner has to act; nothing of the file is quoted. */
export type ContainerError = 'container-broken' | 'container-schema-unknown' | 'container-codec-unknown' | 'container-too-large';

/** Unpacks a deflated block into at most `maxBytes`. Given by the runtime. */
export type Inflate = (bytes: Uint8Array, maxBytes: number) => Uint8Array | 'container-broken' | 'container-too-large';

const MAGIC = [79, 98, 106, 1];
const SYNC_BYTES = 16;
const MAX_META_ENTRIES = 1000;
/** A header lies within so many bytes at the front of its file, or it is none. */
export const MAX_HEADER_BYTES = 1 << 20;
/** The largest block, packed or not, that is taken into memory. */
export const MAX_BLOCK_BYTES = 16 << 20;

/** A cursor over bytes that may end too early; `null` answers mean "not enough bytes", not "broken". */
interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Zig-zag varint; NaN when it is longer than any long. Exact up to 2^53. */
const readLong = (cursor: Cursor): number | null => {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    if (cursor.at >= cursor.bytes.length) return null;
    const byte = cursor.bytes[cursor.at++];
    value += (byte & 127) * scale;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 128;
  }
  return Number.NaN;
};

const readBytes = (cursor: Cursor, count: number | null): Uint8Array | null => {
  if (count === null || !(count >= 0) || cursor.at + count > cursor.bytes.length) return null;
  cursor.at += count;
  return cursor.bytes.subarray(cursor.at - count, cursor.at);
};

/** What a container's header says, and where its first block begins. */
export interface ContainerHeader {
  /** Index over the schemas of all events, in plan order. */
  readonly schema: number;
  readonly codec: 'null' | 'deflate';
  readonly sync: Uint8Array;
  readonly end: number;
}

const readMeta = (cursor: Cursor): Map<string, Uint8Array> | null => {
  const meta = new Map<string, Uint8Array>();
  for (;;) {
    const count = readLong(cursor);
    if (count === null || !(Math.abs(count) <= MAX_META_ENTRIES)) return null;
    if (count === 0) return meta;
    if (count < 0) readLong(cursor);
    for (let i = 0; i < Math.abs(count); i++) {
      const key = readBytes(cursor, readLong(cursor));
      const value = key === null ? null : readBytes(cursor, readLong(cursor));
      if (key === null || value === null) return null;
      meta.set(Buffer.from(key).toString('utf8'), value);
    }
  }
};

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

/**
 * Reads the header at the front of a file. The writer's schema must be one that the policy names, by canonical form: a schema
 * that comes with data is compared and never compiled.
 */
export const readHeader = (bytes: Uint8Array, plan: Plan): ContainerHeader | ContainerError => {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return 'container-broken';
  const cursor: Cursor = { bytes: bytes.subarray(0, MAX_HEADER_BYTES), at: MAGIC.length };
  const meta = readMeta(cursor);
  const sync = meta === null ? null : readBytes(cursor, SYNC_BYTES);
  if (meta === null || sync === null) return 'container-broken';
  const codec = textOf(meta.get('avro.codec')) || 'null';
  if (codec !== 'null' && codec !== 'deflate') return 'container-codec-unknown';
  let fingerprint: string;
  try {
    fingerprint = fingerprintOf(JSON.parse(textOf(meta.get('avro.schema'))));
  } catch {
    return 'container-broken';
  }
  const schema = plan.events.flatMap((event) => event.schemas).findIndex((known) => known.fingerprint === fingerprint);
  return schema < 0 ? 'container-schema-unknown' : { schema, codec, sync: sync.slice(), end: cursor.at };
};

/** One block: how many records it claims, its bytes unpacked, and where it ends in the buffer. */
export interface ContainerBlock {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** Reads the block at `at`; null when the buffer holds only a part of it. */
export const readBlock = (
  bytes: Uint8Array,
  at: number,
  header: ContainerHeader,
  inflate: Inflate,
): ContainerBlock | ContainerError | null => {
  const cursor: Cursor = { bytes, at };
  const count = readLong(cursor);
  const size = count === null ? null : readLong(cursor);
  if (count === null || size === null) return null;
  if (!(count >= 0) || !(size >= 0)) return 'container-broken';
  if (size > MAX_BLOCK_BYTES) return 'container-too-large';
  const packed = readBytes(cursor, size);
  const sync = packed === null ? null : readBytes(cursor, SYNC_BYTES);
  if (packed === null || sync === null) return null;
  if (sync.some((byte, i) => byte !== header.sync[i])) return 'container-broken';
  const unpacked = header.codec === 'null' ? packed : inflate(packed, MAX_BLOCK_BYTES);
  return typeof unpacked === 'string' ? unpacked : { count, bytes: unpacked, end: cursor.at };
};
