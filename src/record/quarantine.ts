import type { KeyObject } from 'node:crypto';
import { createByteReader, createByteWriter } from './bytes.ts';
import { openSealed, type SealSession } from './seal.ts';

const VERSION = 1;

/** The clear part of a quarantine row: nothing in it says whose record it is. */
export interface QuarantineHead {
  readonly reason: string;
  readonly stage: string;
  /** Hour of the append, ms since 1970; null when the partition has no clock yet. */
  readonly hour: number | null;
  readonly size: string;
  readonly schema: string | null;
}

/** The sealed part: where the record stood, and the record itself. */
export interface QuarantineBody {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly record: Uint8Array;
}

const SIZES: readonly (readonly [number, string])[] = [
  [256, '<=256'],
  [1 << 10, '<=1k'],
  [4 << 10, '<=4k'],
  [16 << 10, '<=16k'],
  [64 << 10, '<=64k'],
  [1 << 20, '<=1M'],
];

/** Size of a record as it may be told: an exact one can tell records apart. */
export const sizeBucket = (bytes: number): string => SIZES.find(([limit]) => bytes <= limit)?.[1] ?? '>1M';

const headText = ({ reason, stage, hour, size, schema }: QuarantineHead): string => JSON.stringify({ v: VERSION, reason, stage, hour, size, schema });

/** One line of `quarantine.ndjson`: the clear head, and coordinates and record sealed to the operator. */
export const sealQuarantine = (session: SealSession, head: QuarantineHead, body: QuarantineBody): string => {
  const writer = createByteWriter();
  writer.byte(VERSION);
  writer.text(body.topic);
  writer.varint(body.partition);
  writer.varint(body.offset);
  writer.bytes(body.record);
  const clear = headText(head);
  return `${clear.slice(0, -1)},"sealed":"${Buffer.from(session.seal(clear, writer.done())).toString('base64')}"}`;
};

/** Opens a row; null when it is not one, was changed, or was sealed to another key. */
export const openQuarantine = (line: string, privateKey: KeyObject): (QuarantineHead & QuarantineBody) | null => {
  let parsed: QuarantineHead & { v?: unknown; sealed?: unknown };
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (parsed?.v !== VERSION || typeof parsed.sealed !== 'string') return null;
  const head = { reason: parsed.reason, stage: parsed.stage, hour: parsed.hour, size: parsed.size, schema: parsed.schema };
  const plain = openSealed(privateKey, 'quarantine', headText(head), Buffer.from(parsed.sealed, 'base64'));
  if (plain === null) return null;
  const reader = createByteReader(plain);
  if (reader.byte() !== VERSION) return null;
  const topic = reader.text();
  const partition = reader.varint();
  const offset = reader.varint();
  if (topic === null || partition === null || offset === null) return null;
  const taken = createByteWriter();
  taken.text(topic);
  taken.varint(partition);
  taken.varint(offset);
  return { ...head, topic, partition, offset, record: plain.subarray(1 + taken.done().length) };
};
