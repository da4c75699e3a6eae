import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { decodeBase64, decodedBytes } from './base64.ts';
import { type BatchBuilder, type BatchHead, createBatch } from './batch.ts';
import { FILE_TOPIC, lineLimits, readLine, type Value } from './line.ts';
import { textOf } from './members.ts';

export { FILE_TOPIC, longestLine } from './line.ts';

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
  /** Last offset by source, shared by the framers of files that are one log; without it, this file's own. */
  readonly lastOffset?: Map<number, number>;
  /** Whether the policy looks around values (`looksAround`); when it does not, nobody keeps where key and headers lie. */
  readonly keepsAround?: boolean;
}

export interface Framer {
  /** Frames lines as batches, one per (topic, partition, form), each in its own order. */
  frame(lines: LineSpans): SourceBatch[];
}

/** Where a value lies in the bytes of the batch; length -1 when there is none. */
interface Span {
  readonly start: number;
  readonly length: number;
  readonly fault: FaultName | null;
}

/** Avro values of a stretch as bytes, put behind the lines they came in: those stay as they are, for quarantine. */
const createTail = (base: Buffer) => {
  let bytes = base;
  let used = base.length;
  const decode = (from: Uint8Array, start: number, end: number): Span => {
    // Allocated once: base64 of a line is longer than what it decodes to.
    if (bytes === base) bytes = Buffer.concat([base], base.length + decodedBytes(base.length));
    const length = decodeBase64(from, start, end, bytes, used);
    if (length < 0) return { start: 0, length: -1, fault: 'bad-base64' };
    used += length;
    return { start: used - length, length, fault: null };
  };
  return {
    place(value: Value): Span {
      if (value.form === 'none') return { start: 0, length: -1, fault: 'no-value' };
      if (value.form === 'json') return { start: value.start, length: value.end - value.start, fault: null };
      if (!value.isEscaped) return decode(base, value.start, value.end);
      const text = Buffer.from(textOf(base, value), 'utf8');
      return decode(text, 0, text.length);
    },
    bytes: () => bytes.subarray(0, used),
  };
};

/** The batches of a stretch. A partition whose form changes gets a new one, so that its order stays what it was. */
const createBatches = (keepsAround: boolean) => {
  const all: BatchBuilder[] = [];
  const current = new Map<number, BatchBuilder>();
  return {
    all,
    of(head: BatchHead): BatchBuilder {
      const open = current.get(head.source);
      if (open !== undefined && open.head.form === head.form && open.head.bare === head.bare) return open;
      const batch = createBatch(head, keepsAround && !head.bare);
      current.set(head.source, batch);
      all.push(batch);
      return batch;
    },
  };
};

/**
 * Frames the lines of one input file. A line that cannot be framed keeps the file's own coordinates. An offset that does
 * not rise within its partition is a fault, as no log repeats itself.
 */
export const createFramer = ({ fileIndex, limits, sourceIndex, lastOffset = new Map(), keepsAround = true }: FramerOptions): Framer => {
  const bounds = lineLimits(limits);
  return {
    frame({ bytes, count, start, length, number }) {
      const base = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const tail = createTail(base);
      const batches = createBatches(keepsAround);
      for (let i = 0; i < count; i++) {
        const record = { recordStart: start[i], recordLength: length[i] };
        const line = readLine(base, start[i], length[i], bounds);
        if (line.kind !== 'envelope') {
          const fault = line.kind === 'fault' ? line.fault : null;
          const source = sourceIndex(FILE_TOPIC, fileIndex);
          const head = { source, topic: FILE_TOPIC, partition: fileIndex, form: 'json', schema: -1, bare: true } as const;
          const own = { offset: number[i], appendMs: Number.NaN, valueStart: start[i], valueLength: length[i], ...record, fault };
          batches.of(head).add(own);
          continue;
        }
        const { topic, partition, offset, appendMs } = line.at;
        const source = sourceIndex(topic, partition);
        const isRepeated = offset <= (lastOffset.get(source) ?? -1);
        if (!isRepeated) lastOffset.set(source, offset);
        const span = tail.place(line.value);
        const form = line.value.form === 'base64' ? 'avro' : 'json';
        const fault = isRepeated ? 'offset-repeated' : span.fault;
        const place = { offset, appendMs, valueStart: span.start, valueLength: span.length, key: line.key, headers: line.headers };
        batches.of({ source, topic, partition, form, schema: -1, bare: false }).add({ ...place, ...record, fault });
      }
      const whole = tail.bytes();
      return batches.all.map((batch) => batch.done(whole));
    },
  };
};
