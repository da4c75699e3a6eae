import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { type BatchBuilder, createBatch } from './batch.ts';
import { type Member, scanJson } from './json-scan.ts';

/** Topic of records that no envelope names: bare lines, containers, and lines that are no envelope. */
export const FILE_TOPIC = 'file';

/** Lines of one stretch of a file: spans over `bytes`, and the 0-based number of each in the file. */
export interface LineSpans {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly start: Int32Array;
  readonly length: Int32Array;
  readonly number: Float64Array;
}

export interface FramerOptions {
  readonly fileIndex: number;
  readonly limits: Limits;
  /** Number of a (topic, partition) in the runtime's list of sources. */
  readonly sourceIndex: (topic: string, partition: number) => number;
}

export interface Framer {
  /** Frames lines as batches, one per (topic, partition, form), each in its own order. */
  frame(lines: LineSpans): SourceBatch[];
}

/** How much longer than its value an envelope's line may be: base64, key, headers. */
const ENVELOPE_BYTES = 64 << 10;

/** The longest line that can be a record at all. */
export const longestLine = (limits: Limits): number => Math.ceil(limits.recordBytes * 1.5) + ENVELOPE_BYTES;

const LATEST_MS = 8.64e15;
const MAX_PARTITION = 2 ** 31 - 1;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What a line turned out to be. `json` gives the span of the value; `avro` its bytes. */
type Framed =
  | { readonly kind: 'bare' }
  | { readonly kind: 'fault'; readonly fault: FaultName }
  | { readonly kind: 'envelope'; readonly at: Where; readonly value: Span | Uint8Array | null; readonly fault: FaultName | null };

interface Where {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
}

interface Span {
  readonly start: number;
  readonly length: number;
}

const parse = (bytes: Uint8Array, start: number, end: number): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes.subarray(start, end)));
  } catch {
    return undefined;
  }
};

const isWhole = (value: unknown, max: number): value is number => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;

const whereOf = (line: Record<string, unknown>): Where | null => {
  const { topic, partition, offset, timestamp } = line;
  if (typeof topic !== 'string' || topic === '' || !topic.isWellFormed()) return null;
  if (!isWhole(partition, MAX_PARTITION) || !isWhole(offset, Number.MAX_SAFE_INTEGER) || !isWhole(timestamp, LATEST_MS)) return null;
  return { topic, partition, offset, appendMs: timestamp };
};

const envelope = (line: Record<string, unknown>, members: readonly Member[]): Framed => {
  const at = whereOf(line);
  if (at === null) return { kind: 'fault', fault: 'envelope-incomplete' };
  const { value } = line;
  if (value === undefined) return { kind: 'fault', fault: 'envelope-incomplete' };
  if (value === null) return { kind: 'envelope', at, value: null, fault: 'no-value' };
  if (typeof value !== 'string') {
    const member = members.find(({ key }) => key === 'value') as Member;
    return { kind: 'envelope', at, value: { start: member.start, length: member.end - member.start }, fault: null };
  }
  if (!BASE64.test(value)) return { kind: 'envelope', at, value: null, fault: 'bad-base64' };
  return { kind: 'envelope', at, value: Buffer.from(value, 'base64'), fault: null };
};

const frameLine = (bytes: Uint8Array, start: number, length: number, limits: Limits): Framed => {
  if (length > longestLine(limits)) return { kind: 'fault', fault: 'too-long-line' };
  const scan = scanJson(bytes, start, start + length, { ...limits, stringBytes: longestLine(limits), depth: limits.depth + 1 }, false);
  const has = (name: string) => scan.members.some(({ key }) => key === name);
  if (!has('value') || !(has('topic') || has('partition') || has('offset'))) return { kind: 'bare' };
  if (scan.fault !== null) return { kind: 'fault', fault: scan.fault };
  const line = parse(bytes, start, start + length);
  if (typeof line !== 'object' || line === null) return { kind: 'fault', fault: 'bad-json' };
  return envelope(line as Record<string, unknown>, scan.members);
};

/** Bytes of Avro values of a stretch, put behind the lines' own bytes. */
const createTail = (base: Uint8Array) => {
  const parts: Uint8Array[] = [base];
  let length = base.length;
  return {
    push(part: Uint8Array): number {
      parts.push(part);
      length += part.length;
      return length - part.length;
    },
    bytes: () => (parts.length === 1 ? base : Buffer.concat(parts, length)),
  };
};

/**
 * Frames the lines of one input file. An object with `value` and one of topic, partition and offset is an envelope; anything
 * else is a bare event whose fields have to say what it is. A line that cannot be framed keeps the file's own coordinates.
 * The framer owns the last offset of each partition: one that does not rise is a fault, as no log repeats itself.
 */
export const createFramer = ({ fileIndex, limits, sourceIndex }: FramerOptions): Framer => {
  const lastOffset = new Map<number, number>();
  return {
    frame({ bytes, count, start, length, number }) {
      const tail = createTail(bytes);
      const batches: BatchBuilder[] = [];
      const current = new Map<number, BatchBuilder>();
      // A partition whose form changes gets a new batch, so that its order stays what it was.
      const batchOf = (source: number, topic: string, partition: number, form: 'json' | 'avro', bare: boolean): BatchBuilder => {
        const open = current.get(source);
        if (open !== undefined && open.head.form === form && open.head.bare === bare) return open;
        const batch = createBatch({ source, topic, partition, form, schema: -1, bare });
        current.set(source, batch);
        batches.push(batch);
        return batch;
      };
      for (let i = 0; i < count; i++) {
        const record = { recordStart: start[i], recordLength: length[i] };
        const framed = frameLine(bytes, start[i], length[i], limits);
        if (framed.kind !== 'envelope') {
          const fault = framed.kind === 'fault' ? framed.fault : null;
          const own = { offset: number[i], appendMs: Number.NaN, valueStart: start[i], valueLength: length[i], ...record, fault };
          batchOf(sourceIndex(FILE_TOPIC, fileIndex), FILE_TOPIC, fileIndex, 'json', true).add(own);
          continue;
        }
        const { at, value } = framed;
        const source = sourceIndex(at.topic, at.partition);
        const repeated = at.offset <= (lastOffset.get(source) ?? -1);
        if (!repeated) lastOffset.set(source, at.offset);
        const fault = repeated ? 'offset-repeated' : framed.fault;
        const avro = value instanceof Uint8Array;
        const span = value === null ? { start: 0, length: -1 } : avro ? { start: tail.push(value), length: value.length } : value;
        batchOf(source, at.topic, at.partition, avro ? 'avro' : 'json', false).add({
          offset: at.offset,
          appendMs: at.appendMs,
          valueStart: span.start,
          valueLength: span.length,
          ...record,
          fault,
        });
      }
      const whole = tail.bytes();
      return batches.map((batch) => batch.done(whole));
    },
  };
};
