import { FAULTS, type FaultName, type Stage } from '../model/fault.ts';
import { HOUR_MS } from '../model/time.ts';
import { createByteReader, createByteWriter } from './bytes.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isText, isWhole, LINE_VERSION, sealedBytes, sealLine, splitLine } from './line.ts';
import { type KeyObject, openSealed, type SealSession } from './seal.ts';

const VERSION = 1;

/** The clear part of a quarantine row: nothing in it says whose record it is. */
export interface QuarantineHead {
  readonly reason: FaultName;
  readonly stage: Stage;
  /** Hour of the append, ms since 1970; null when the partition has no clock yet. */
  readonly hour: number | null;
  readonly size: SizeBucket;
  /** Fingerprint of the schema, hex; null when it was not known. */
  readonly schema: string | null;
}

/** The sealed part: where the record stood, and the record itself. */
export interface QuarantineBody {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly record: Uint8Array;
}

const SIZES = [
  [1 << 8, '<=256'],
  [1 << 10, '<=1k'],
  [1 << 12, '<=4k'],
  [1 << 14, '<=16k'],
  [1 << 16, '<=64k'],
  [1 << 20, '<=1M'],
  [Number.POSITIVE_INFINITY, '>1M'],
] as const;

export type SizeBucket = (typeof SIZES)[number][1];

/** Size of a record in bytes as it may be told: the exact one can tell records apart. */
export const sizeBucket = (bytes: number): SizeBucket => SIZES.find(([limit]) => bytes <= limit)?.[1] ?? '>1M';

const clearText = ({ reason, stage, hour, size, schema }: QuarantineHead): string =>
  JSON.stringify({ v: LINE_VERSION, reason, stage, hour, size, schema });

export const encodeQuarantine = ({ topic, partition, offset, record }: QuarantineBody): Uint8Array => {
  const writer = createByteWriter();
  writer.byte(VERSION);
  writer.text(topic);
  writer.varint(partition);
  writer.varint(offset);
  writer.bytes(record);
  return writer.done();
};

export const decodeQuarantine = (bytes: Uint8Array): Decoded<QuarantineBody> => {
  const reader = createByteReader(bytes);
  if (reader.byte() !== VERSION) return refused('unknown-version');
  const body = { topic: reader.text(), partition: reader.varint(), offset: reader.varint(), record: reader.rest() };
  return reader.ended() ? decoded(body) : refused('malformed');
};

/** One line of `quarantine.ndjson`: the clear head, and coordinates and record sealed to the operator. */
export const sealQuarantine = (session: SealSession, head: QuarantineHead, body: QuarantineBody): string =>
  sealLine(session, clearText(head), encodeQuarantine(body));

const isReason = (reason: unknown): reason is FaultName => isText(reason) && Object.hasOwn(FAULTS, reason);

const headOf = (fields: Readonly<Record<string, unknown>>): QuarantineHead | null => {
  const { reason, hour, schema } = fields;
  const size = SIZES.find(([, bucket]) => bucket === fields['size'])?.[1];
  if (!isReason(reason) || size === undefined || FAULTS[reason].stage !== fields['stage']) return null;
  if (hour !== null && !(isWhole(hour) && hour % HOUR_MS === 0)) return null;
  if (schema !== null && !(isText(schema) && /^[0-9a-f]{16,64}$/.test(schema))) return null;
  return { reason, stage: FAULTS[reason].stage, hour, size, schema };
};

/** The parts of a row, its head checked. */
const rowOf = (line: string): Decoded<{ readonly head: QuarantineHead; readonly clear: string; readonly sealed: Uint8Array }> => {
  const split = splitLine(line, 'sealed');
  if (!split.ok) return split;
  const { clear, last, fields } = split.value;
  const head = headOf(fields);
  const sealed = sealedBytes(last);
  return head === null || sealed === null || clearText(head) !== clear ? refused('malformed') : decoded({ head, clear, sealed });
};

/** The clear part of a row. Without the private key nobody can tell whether it is the one that was sealed. */
export const readQuarantineHead = (line: string): Decoded<QuarantineHead> => {
  const row = rowOf(line);
  return row.ok ? decoded(row.value.head) : row;
};

/** Opens a row with the operator's private key. */
export const openQuarantine = (line: string, privateKey: KeyObject): Decoded<QuarantineHead & QuarantineBody> => {
  const row = rowOf(line);
  if (!row.ok) return row;
  const { head, clear, sealed } = row.value;
  const plaintext = openSealed(privateKey, 'quarantine', clear, sealed);
  if (plaintext === null) return refused('unopenable');
  const body = decodeQuarantine(plaintext);
  return body.ok ? decoded({ ...head, ...body.value }) : body;
};
