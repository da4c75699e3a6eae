import type { Plan, SourceSchema } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { fingerprintOf } from './avro-schema.ts';
import { compileWalk } from './avro-limits.ts';
import { createBatch } from './batch.ts';
import { FILE_TOPIC } from './envelope.ts';

/** Why a container file cannot be read. The file's owner has to act; nothing of the file is quoted. */
export type ContainerError = 'container-broken' | 'container-schema-unknown' | 'container-codec-unknown' | 'container-too-large';

/** Unpacks a deflated block into at most `maxBytes`; null when it is broken or larger. Given by the runtime. */
export type Inflate = (bytes: Uint8Array, maxBytes: number) => Uint8Array | null;

const MAGIC = [79, 98, 106, 1];
const SYNC_BYTES = 16;
const MAX_META_BYTES = 1 << 20;
/** The largest block, packed or not, that is taken into memory. */
export const MAX_BLOCK_BYTES = 64 << 20;

/** A cursor over bytes that may end too early; `null` answers mean "not enough bytes", not "broken". */
interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

const readLong = (cursor: Cursor): number | null => {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 9; count++) {
    if (cursor.at >= cursor.bytes.length) return null;
    const byte = cursor.bytes[cursor.at++];
    value += (byte & 127) * scale;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 128;
  }
  return Number.NaN;
};

const readBytes = (cursor: Cursor, count: number): Uint8Array | null => {
  if (!(count >= 0) || cursor.at + count > cursor.bytes.length) return null;
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
    if (count === null || Number.isNaN(count) || Math.abs(count) > 1000) return null;
    if (count === 0) return meta;
    if (count < 0) readLong(cursor);
    for (let i = 0; i < Math.abs(count); i++) {
      const key = readBytes(cursor, readLong(cursor) ?? -1);
      const value = key === null ? null : readBytes(cursor, readLong(cursor) ?? -1);
      if (key === null || value === null) return null;
      meta.set(Buffer.from(key).toString('utf8'), value);
    }
  }
};

const schemasOf = (plan: Plan): SourceSchema[] => plan.events.flatMap((event) => event.schemas);

/** Reads the header at the front of a file. The writer's schema must be one that the policy names (by canonical form). */
export const readHeader = (bytes: Uint8Array, plan: Plan): ContainerHeader | ContainerError => {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return 'container-broken';
  const cursor: Cursor = { bytes: bytes.subarray(0, MAX_META_BYTES), at: MAGIC.length };
  const meta = readMeta(cursor);
  const sync = meta === null ? null : readBytes(cursor, SYNC_BYTES);
  if (meta === null || sync === null) return 'container-broken';
  const codec = Buffer.from(meta.get('avro.codec') ?? Buffer.from('null')).toString('utf8');
  if (codec !== 'null' && codec !== 'deflate') return 'container-codec-unknown';
  let fingerprint: string;
  try {
    fingerprint = fingerprintOf(JSON.parse(Buffer.from(meta.get('avro.schema') ?? []).toString('utf8')));
  } catch {
    return 'container-broken';
  }
  const schema = schemasOf(plan).findIndex((known) => known.fingerprint === fingerprint);
  return schema < 0 ? 'container-schema-unknown' : { schema, codec, sync: sync.slice(), end: cursor.at };
};

/** One block: how many records it claims, its bytes unpacked, and where it ends in the buffer. */
export interface ContainerBlock {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** Reads the block at `at`; null when the buffer holds only a part of it. */
export const readBlock = (bytes: Uint8Array, at: number, header: ContainerHeader, inflate: Inflate): ContainerBlock | ContainerError | null => {
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
  return unpacked === null ? 'container-broken' : { count, bytes: unpacked, end: cursor.at };
};

/**
 * Cuts a block into records. The walk finds where each datum ends; a datum that breaks a rule takes the rest of its block
 * with it, one fault a record that the block claims, as nobody can tell where the next one begins.
 */
export const createContainerFramer = (plan: Plan, header: ContainerHeader, fileIndex: number, source: number) => {
  const walk = compileWalk(schemasOf(plan)[header.schema].json);
  let next = 0;
  return (block: ContainerBlock): SourceBatch => {
    const head = { source, topic: FILE_TOPIC, partition: fileIndex, form: 'datum', schema: header.schema, bare: true } as const;
    const batch = createBatch(head);
    let at = 0;
    // A claimed count is not believed beyond what the bytes can hold: an empty datum is still counted, up to the item limit.
    const count = Math.min(block.count, Math.max(block.bytes.length, plan.limits.items));
    for (let i = 0; i < count; i++) {
      const { end, fault } = walk(block.bytes, at, block.bytes.length, plan.limits);
      const length = end - at;
      const span = { valueStart: at, valueLength: length, recordStart: at, recordLength: length };
      batch.add({ offset: next++, appendMs: Number.NaN, ...span, fault: fault === null ? null : fault });
      at = end;
    }
    return batch.done(block.bytes);
  };
};
