import { ACTOR_BYTES, brandCandidates, type CandidateColumns, type Candidates, TOKEN_BYTES } from '../model/candidate.ts';
import { invariant } from '../model/invariant.ts';
import { RELEASED_MAX } from '../model/verdict.ts';
import { type ByteReader, createByteReader, createByteWriter } from './bytes.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isDigest, isWhole } from './line.ts';
import { type RecordSource, readSources, writeSources } from './sources.ts';

/** Candidates of one window of one view, as they are held for a restart. */
export interface HeldCandidates {
  /** Digest of the plan that made them (SHA-256, hex): view, levels and codes mean nothing under another. */
  readonly plan: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  /** Path levels and attributes of the view: their product is the number of codes a row. */
  readonly levels: number;
  readonly attributes: number;
  /** What `candidates.source` indexes. */
  readonly sources: readonly RecordSource[];
  readonly candidates: Candidates;
}

/** What is written: survivors come from the gate, which vouches for nothing but their content. */
export type HeldColumns = Omit<HeldCandidates, 'candidates'> & { readonly candidates: CandidateColumns };

const VERSION = 1;
const DIGEST_BYTES = 32;
/** More than any view has; bounds what a broken number can ask for. */
const MAX_ATTRIBUTES = 255;
/** Bits of the byte that says which optional columns are there. */
const HAS_GATEWAY = 1;
const HAS_SENSITIVE = 2;
const HAS_ACTOR = 4;
/** Source, offset, append time, hour, two tokens, start level: what each row has at least. */
const ROW_BYTES = 4 + 8 + 8 + 4 + 2 * TOKEN_BYTES + 1;

/**
 * Bytes of candidates: version, plan digest, view, window, shape, sources, rows, then column by column, all of fixed
 * width and big-endian. There are identifiers neither in it nor in what it was made from.
 */
export const encodeCandidates = (held: HeldColumns): Uint8Array => {
  const { candidates: rows, levels, attributes } = held;
  invariant(isDigest(held.plan) && isSound(held), 'held candidates are of a known plan and lie in their window');
  invariant(rows.codes.length === rows.count * levels * attributes, 'a code for every row, level and attribute');
  const writer = createByteWriter();
  writer.byte(VERSION);
  writer.bytes(Buffer.from(held.plan, 'hex'));
  writer.varint(rows.view);
  writer.float64(held.windowStart);
  writer.float64(held.windowEnd);
  writer.varint(levels);
  writer.varint(attributes);
  const has = (column: { readonly length: number }, bit: number): number => (column.length > 0 ? bit : 0);
  writer.byte(has(rows.gateway, HAS_GATEWAY) | has(rows.sensitive, HAS_SENSITIVE) | has(rows.actor, HAS_ACTOR));
  writeSources(writer, held.sources);
  writer.varint(rows.count);
  for (const column of [rows.source, rows.eventHour, rows.codes, rows.sensitive]) for (const value of column) writer.int32(value);
  for (const column of [rows.offset, rows.appendMs]) for (const value of column) writer.float64(value);
  for (const column of [rows.subject, rows.event, rows.gateway, rows.actor, rows.start]) writer.bytes(column);
  return writer.done();
};

const int32s = (reader: ByteReader, count: number): Int32Array => Int32Array.from({ length: count }, () => reader.int32());

const float64s = (reader: ByteReader, count: number): Float64Array => Float64Array.from({ length: count }, () => reader.float64());

const isOffset = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);

/** What holds for candidates whatever the plan: sources and levels exist, and every row lies in the window. */
const isSound = ({ sources, windowStart, windowEnd, levels, attributes, candidates: rows }: HeldColumns): boolean =>
  isWhole(windowStart) &&
  isWhole(windowEnd) &&
  windowStart < windowEnd &&
  levels >= 1 &&
  levels <= RELEASED_MAX + 1 &&
  attributes >= 1 &&
  attributes <= MAX_ATTRIBUTES &&
  rows.source.every((source) => source >= 0 && source < sources.length) &&
  rows.offset.every(isOffset) &&
  rows.appendMs.every((at) => at >= windowStart && at < windowEnd) &&
  rows.eventHour.every((hour) => hour >= -1) &&
  rows.start.every((level) => level < levels) &&
  rows.sensitive.every((code) => code >= -1);

/** Reads candidates back; refuses anything that `encodeCandidates` does not write. */
export const decodeCandidates = (bytes: Uint8Array): Decoded<HeldCandidates> => {
  const reader = createByteReader(bytes);
  if (reader.byte() !== VERSION) return refused('unknown-version');
  const plan = Buffer.from(reader.bytes(DIGEST_BYTES)).toString('hex');
  const view = reader.varint();
  const windowStart = reader.float64();
  const windowEnd = reader.float64();
  const levels = reader.varint();
  const attributes = reader.varint();
  const columns = reader.byte();
  const sources = readSources(reader);
  const cells = levels * attributes;
  if (columns > (HAS_GATEWAY | HAS_SENSITIVE | HAS_ACTOR)) return refused('malformed');
  const gatewayBytes = columns & HAS_GATEWAY ? TOKEN_BYTES : 0;
  const actorBytes = columns & HAS_ACTOR ? ACTOR_BYTES : 0;
  const sensitiveCodes = columns & HAS_SENSITIVE ? 1 : 0;
  const count = reader.count(ROW_BYTES + 4 * cells + gatewayBytes + actorBytes + 4 * sensitiveCodes);
  if (count === 0 && columns !== 0) return refused('malformed');
  // Properties are read in the order in which the columns were written.
  const ints = { source: int32s(reader, count), eventHour: int32s(reader, count), codes: int32s(reader, count * cells) };
  const sensitive = int32s(reader, count * sensitiveCodes);
  const floats = { offset: float64s(reader, count), appendMs: float64s(reader, count) };
  const tokens = { subject: reader.bytes(count * TOKEN_BYTES), event: reader.bytes(count * TOKEN_BYTES) };
  const gateway = reader.bytes(count * gatewayBytes);
  const actor = reader.bytes(count * actorBytes);
  const candidates = brandCandidates({ view, count, ...ints, sensitive, ...floats, ...tokens, gateway, actor, start: reader.bytes(count) });
  const held = { plan, windowStart, windowEnd, levels, attributes, sources, candidates };
  return reader.ended() && isSound(held) ? decoded(held) : refused('malformed');
};

/** The rows of candidates for which `keep` says so, in order; `source` renumbers where they came from. */
export const selectCandidates = (rows: Candidates, keep: (row: number) => boolean, source: (of: number) => number): Candidates => {
  const kept = Array.from({ length: rows.count }, (_, row) => row).filter(keep);
  const cells = rows.count === 0 ? 0 : rows.codes.length / rows.count;
  const wide = <T extends Uint8Array | Int32Array>(column: T, width: number): T => {
    const length = column.length === 0 ? 0 : kept.length * width;
    // Bytes that were read back are Buffers, whose own constructor is not to be used any more.
    const out = (column instanceof Uint8Array ? new Uint8Array(length) : new Int32Array(length)) as T;
    if (column.length > 0) for (const [at, row] of kept.entries()) out.set(column.subarray(row * width, (row + 1) * width), at * width);
    return out;
  };
  return brandCandidates({
    view: rows.view,
    count: kept.length,
    source: Int32Array.from(kept, (row) => source(rows.source[row])),
    offset: Float64Array.from(kept, (row) => rows.offset[row]),
    appendMs: Float64Array.from(kept, (row) => rows.appendMs[row]),
    eventHour: wide(rows.eventHour, 1),
    subject: wide(rows.subject, TOKEN_BYTES),
    event: wide(rows.event, TOKEN_BYTES),
    gateway: wide(rows.gateway, TOKEN_BYTES),
    actor: wide(rows.actor, ACTOR_BYTES),
    start: wide(rows.start, 1),
    codes: wide(rows.codes, cells),
    sensitive: wide(rows.sensitive, 1),
  });
};
