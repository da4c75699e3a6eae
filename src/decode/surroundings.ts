import type { Origin } from '../model/derived.ts';
import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { type JsonRead, readJson } from './json-read.ts';
import { type FoundHeader, findHeader } from './kafka-headers.ts';
import { textOf } from './members.ts';

/**
 * What stands around the value of one record at a time: key, headers and topic as texts. Nothing is read until an event asks
 * for it, so that events that look at their value alone pay nothing.
 */
export interface Surroundings {
  /** Turns to a record of a batch whose bytes are `bytes`. */
  turnTo(batch: SourceBatch, bytes: Buffer, record: number): void;
  /** Tells that the value of the record is the envelope of a CloudEvent, which then has the attributes. */
  enter(envelope: Readonly<Record<string, unknown>>): void;
  /** A text; null when there is none, or an empty one. What cannot be read is null too and sets `fault`. */
  text(origin: Exclude<Origin, { kind: 'field' }>): string | null;
  /** Why the text that was asked for last could not be read. */
  readonly fault: FaultName | null;
}

interface State {
  readonly limits: Limits;
  readonly names: Map<string, Buffer>;
  readonly found: FoundHeader;
  batch: SourceBatch | null;
  bytes: Buffer;
  record: number;
  /** Headers of an envelope, read once a record; undefined: not yet. */
  headers: JsonRead | undefined;
  /** Envelope of a CloudEvent in structured mode. */
  envelope: Readonly<Record<string, unknown>> | null;
  fault: FaultName | null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const QUOTE = 34;
const BACKSLASH = 92;

const fail = (state: State, fault: FaultName): null => {
  state.fault ??= fault;
  return null;
};

/** The bytes of a span as text; bytes that are no UTF-8 are at fault. */
const decoded = (state: State, start: number, length: number): string | null => {
  if (length > state.limits.stringBytes) return fail(state, 'string-too-long');
  try {
    return utf8.decode(state.bytes.subarray(start, start + length));
  } catch {
    return fail(state, 'bad-text');
  }
};

/** A JSON text between its quotes; the line that it stands in was scanned, so that its escapes are sound. */
const quoted = (state: State, start: number, length: number): string | null => {
  if (decoded(state, start + 1, length - 2) === null) return null;
  const end = start + length - 1;
  return textOf(state.bytes, { start: start + 1, end, isEscaped: state.bytes.subarray(start, end).includes(BACKSLASH) });
};

const isNull = ({ bytes }: State, start: number): boolean => bytes[start] === 110;

const keyOf = (state: State): string | null => {
  const around = state.batch?.around ?? null;
  const length = around === null ? -1 : around.keyLength[state.record];
  if (around === null || length < 0) return null;
  const start = around.keyStart[state.record];
  if (around.form === 'kafka') return decoded(state, start, length);
  if (state.bytes[start] === QUOTE) return quoted(state, start, length);
  return isNull(state, start) ? null : fail(state, 'identity-unreadable');
};

const NONE: JsonRead = { value: {} };

/** The headers of an envelope: an object of texts, each name once. */
const envelopeHeaders = (state: State, start: number, length: number): JsonRead => {
  if (isNull(state, start)) return NONE;
  const read = readJson(state.bytes, start, start + length, state.limits);
  if (!('fault' in read)) return read;
  if (read.fault === 'duplicate-key') return { fault: 'header-doubled' };
  return read.fault === 'not-an-object' ? { fault: 'identity-unreadable' } : read;
};

const headerOfEnvelope = (state: State, name: string, start: number, length: number): string | null => {
  state.headers ??= envelopeHeaders(state, start, length);
  if ('fault' in state.headers) return fail(state, state.headers.fault);
  const headers = state.headers.value;
  const value = Object.hasOwn(headers, name) ? headers[name] : null;
  return value === null || typeof value === 'string' ? value : fail(state, 'identity-unreadable');
};

const headerOfRecord = (state: State, name: string, start: number, length: number): string | null => {
  const { found, names, bytes } = state;
  const wanted = names.get(name) ?? Buffer.from(name);
  names.set(name, wanted);
  findHeader(bytes, start, length, wanted, found);
  if (found.times < 0) return fail(state, 'identity-unreadable');
  if (found.times > 1) return fail(state, 'header-doubled');
  return found.length < 0 ? null : decoded(state, found.start, found.length);
};

const headerOf = (state: State, name: string): string | null => {
  const around = state.batch?.around ?? null;
  const length = around === null ? -1 : around.headersLength[state.record];
  if (around === null || length < 0) return null;
  const start = around.headersStart[state.record];
  return around.form === 'kafka' ? headerOfRecord(state, name, start, length) : headerOfEnvelope(state, name, start, length);
};

/** An attribute of a CloudEvent: in the envelope, or in a header. */
const attributeOf = (state: State, name: string): string | null => {
  const { envelope } = state;
  if (envelope === null) return headerOf(state, name === 'datacontenttype' ? 'content-type' : `ce_${name}`);
  const value = Object.hasOwn(envelope, name) ? (envelope[name] ?? null) : null;
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : fail(state, 'identity-unreadable');
};

const read = (state: State, origin: Exclude<Origin, { kind: 'field' }>): string | null => {
  switch (origin.kind) {
    case 'key':
      return keyOf(state);
    case 'header':
      return headerOf(state, origin.name);
    case 'topic':
      return state.batch === null || state.batch.bare ? null : state.batch.topic;
    case 'attribute':
      return attributeOf(state, origin.name);
    default:
      return origin satisfies never;
  }
};

export const createSurroundings = (limits: Limits): Surroundings => {
  const state: State = {
    limits,
    names: new Map(),
    found: { start: 0, length: -1, times: 0 },
    batch: null,
    bytes: Buffer.alloc(0),
    record: 0,
    headers: undefined,
    envelope: null,
    fault: null,
  };
  return {
    turnTo(batch, bytes, record) {
      state.batch = batch;
      state.bytes = bytes;
      state.record = record;
      state.headers = undefined;
      state.envelope = null;
      state.fault = null;
    },
    enter(envelope) {
      state.envelope = envelope;
    },
    text(origin) {
      state.fault = null;
      const text = read(state, origin);
      return text === '' ? null : text;
    },
    get fault() {
      return state.fault;
    },
  };
};
