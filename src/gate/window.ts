import { ACTOR_BYTES, type Candidates, TOKEN_BYTES } from '../model/candidate.ts';
import { invariant } from '../model/invariant.ts';
import type { ViewPlan } from '../model/plan.ts';
import { HOUR_MS } from '../model/time.ts';
import { REASONS } from '../model/verdict.ts';
import { createActorTable, internActor } from './actors.ts';
import { sinkVerdict, type VerdictSink } from './sink.ts';
import { createTokenTable, grown, internToken, readWord, TOKEN_WORDS, type TokenTable } from './tokens.ts';
import { createTupleTable, internTuple, type TupleTable } from './tuples.ts';

/**
 * Survivors of one (view, window): per (subject, start level, tuple at the start level) the `contribution` candidates
 * with the smallest event token. The only thing that changes them is `offer`.
 *
 * One survivor costs 43 B (subject 4, tuple 4, event 16, source 4, offset 8, age 2, fresh 1, slot 4) and one subject 20 B: 63 B per
 * (subject, view) besides growth slack; 4 B more each for a sensitive field, a gateway rule, and contribution > 1.
 * Tuples are shared: each costs 4 B and 4 B per level and attribute, once.
 */
export interface GateWindow {
  readonly view: ViewPlan;
  readonly startMs: number;
  readonly endMs: number;
  readonly subjects: TokenTable;
  /** With a control log: subject, then the words of the actor (see actors.ts). `subject` then numbers these, until the close. */
  readonly actors: TupleTable | null;
  readonly gateways: TokenTable;
  /** Start level, then the codes of every path level; 0 below the start level, where codes mean nothing. */
  readonly tuples: TupleTable;
  /** Rows that are kept: 0 .. count - 1 of the arrays below. */
  count: number;
  subject: Int32Array;
  tuple: Int32Array;
  /** TOKEN_WORDS a row. */
  event: Int32Array;
  source: Int32Array;
  offset: Float64Array;
  /** Hours from the event to the window's end; AGE_OLDEST when that or more, AGE_UNKNOWN when nobody knows. */
  age: Uint16Array;
  /** UNKNOWN_GATEWAY when the event names none; empty without a gateway rule. */
  gateway: Int32Array;
  /** -1 when missing; empty without a sensitive field. */
  sensitive: Int32Array;
  /** Next row of the same (subject, tuple), or -1; empty when contribution is 1. */
  next: Int32Array;
  /** 1 for rows that were written since `takeFresh`: those that a restart could not offer again yet. */
  fresh: Uint8Array;
  /** Open-addressed index over (subject, tuple), laid out as in tokens.ts: hash bits over first row + 1, or 0. */
  slots: Int32Array;
  /** Reused to look a tuple up. */
  readonly scratch: Int32Array;
}

export const AGE_OLDEST = 0xfffe;
export const AGE_UNKNOWN = 0xffff;
export const UNKNOWN_GATEWAY = -1;

const FIRST_ROWS = 16;

/** `hasActors`: candidates say whom control records may be about. */
export const createGateWindow = (view: ViewPlan, windowStartMs: number, hasActors = false): GateWindow => {
  const width = 1 + view.path.length * view.attributes.length;
  return {
    view,
    startMs: windowStartMs,
    endMs: windowStartMs + view.windowMs,
    subjects: createTokenTable(),
    actors: hasActors ? createActorTable() : null,
    gateways: createTokenTable(),
    tuples: createTupleTable(width),
    count: 0,
    subject: new Int32Array(FIRST_ROWS),
    tuple: new Int32Array(FIRST_ROWS),
    event: new Int32Array(FIRST_ROWS * TOKEN_WORDS),
    source: new Int32Array(FIRST_ROWS),
    offset: new Float64Array(FIRST_ROWS),
    age: new Uint16Array(FIRST_ROWS),
    gateway: new Int32Array(view.gateways === null ? 0 : FIRST_ROWS),
    sensitive: new Int32Array(view.sensitive === null ? 0 : FIRST_ROWS),
    next: new Int32Array(view.contribution > 1 ? FIRST_ROWS : 0),
    fresh: new Uint8Array(FIRST_ROWS),
    slots: new Int32Array(2 * FIRST_ROWS),
    scratch: new Int32Array(width),
  };
};

/**
 * Offers row `row` to the window. Idempotent and order-free as to what is kept: offering again, in any order and any
 * batches, what was ever offered changes nothing. Verdicts that this makes final go to `sink`: `duplicate` for the
 * same event at other coordinates (the smallest coordinates stay), `folded` for the one that is pushed out or not kept.
 */
export const offer = (window: GateWindow, candidates: Candidates, row: number, sink: VerdictSink): void => {
  const start = candidates.start[row]!;
  invariant(start < window.view.path.length, 'a candidate starts at a level that its path does not have');
  const subject = personOf(window, candidates, row);
  const tuple = tupleOf(window, candidates, row, start);
  const hashed = hash(subject, tuple);
  const slot = findSlot(window, subject, tuple, hashed);
  const mask = window.slots.length - 1;
  const head = (window.slots[slot]! & mask) - 1;
  if (head < 0) {
    window.slots[slot] = (hashed & ~mask) | (append(window, candidates, row, subject, tuple, -1) + 1);
    growIndex(window);
    return;
  }
  const chained = window.next.length > 0;
  let kept = 0;
  let largest = head;
  for (let at = head; at >= 0; at = chained ? window.next[at]! : -1) {
    const order = compareWithKept(window, at, candidates.event, row * TOKEN_BYTES);
    if (order === 0) {
      settleDuplicate(window, at, candidates, row, sink);
      return;
    }
    if (kept++ > 0 && compareEvents(window, at, largest) > 0) largest = at;
  }
  if (kept < window.view.contribution) {
    const added = append(window, candidates, row, subject, tuple, window.next[head]!);
    window.next[head] = added;
    growIndex(window);
  } else if (compareWithKept(window, largest, candidates.event, row * TOKEN_BYTES) < 0) {
    sinkVerdict(sink, window.source[largest]!, window.offset[largest]!, REASONS.folded.code);
    store(window, largest, candidates, row);
  } else {
    sinkVerdict(sink, candidates.source[row]!, candidates.offset[row]!, REASONS.folded.code);
  }
};

/** Compares the event tokens of two kept rows. */
export const compareEvents = (window: GateWindow, left: number, right: number): number => {
  const { event } = window;
  for (let i = 0; i < TOKEN_WORDS; i++) {
    const difference = event[left * TOKEN_WORDS + i]! - event[right * TOKEN_WORDS + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
};

/** The event of the candidate against the event of the kept row. */
const compareWithKept = (window: GateWindow, kept: number, bytes: Uint8Array, at: number): number => {
  for (let i = 0; i < TOKEN_WORDS; i++) {
    const difference = readWord(bytes, at + 4 * i) - window.event[kept * TOKEN_WORDS + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Same event twice: nothing to do when it is the same record; otherwise the smaller coordinates stay. */
const settleDuplicate = (window: GateWindow, kept: number, candidates: Candidates, row: number, sink: VerdictSink): void => {
  const source = candidates.source[row]!;
  const offset = candidates.offset[row]!;
  const keptSource = window.source[kept]!;
  const keptOffset = window.offset[kept]!;
  const difference = source - keptSource || offset - keptOffset;
  if (difference < 0) {
    sinkVerdict(sink, keptSource, keptOffset, REASONS.duplicate.code);
    store(window, kept, candidates, row);
  } else if (difference > 0) {
    sinkVerdict(sink, source, offset, REASONS.duplicate.code);
  }
};

/** The subject, apart for each actor: what a control record takes away from one must not have pushed another's out. */
const personOf = ({ subjects, actors }: GateWindow, candidates: Candidates, row: number): number => {
  const subject = internToken(subjects, candidates.subject, row * TOKEN_BYTES);
  return actors === null ? subject : internActor(actors, subject, candidates.actor, row * ACTOR_BYTES);
};

const tupleOf = (window: GateWindow, candidates: Candidates, row: number, start: number): number => {
  const { scratch, view } = window;
  const width = scratch.length - 1;
  const known = start * view.attributes.length;
  scratch[0] = start;
  for (let i = 0; i < known; i++) scratch[1 + i] = 0;
  for (let i = known; i < width; i++) scratch[1 + i] = candidates.codes[row * width + i]!;
  return internTuple(window.tuples, scratch, 0);
};

const append = (window: GateWindow, candidates: Candidates, row: number, subject: number, tuple: number, next: number): number => {
  const at = window.count++;
  if (at === window.subject.length) growRows(window, at + 1);
  window.subject[at] = subject;
  window.tuple[at] = tuple;
  if (window.next.length > 0) window.next[at] = next;
  store(window, at, candidates, row);
  return at;
};

/** Writes everything of a row that can change while its (subject, tuple) stays. */
const store = (window: GateWindow, at: number, candidates: Candidates, row: number): void => {
  for (let i = 0; i < TOKEN_WORDS; i++) window.event[at * TOKEN_WORDS + i] = readWord(candidates.event, row * TOKEN_BYTES + 4 * i);
  window.source[at] = candidates.source[row]!;
  window.offset[at] = candidates.offset[row]!;
  window.fresh[at] = 1;
  window.age[at] = ageOf(window, candidates.eventHour[row]!);
  if (window.gateway.length > 0) window.gateway[at] = gatewayOf(window, candidates.gateway, row * TOKEN_BYTES);
  if (window.sensitive.length > 0) window.sensitive[at] = candidates.sensitive[row]!;
};

/** Last hour that an event of the window can lie in, since 1970: 5 minutes of clock error may touch the next one. */
export const lastHour = (window: GateWindow): number => Math.ceil(window.endMs / HOUR_MS);

const ageOf = (window: GateWindow, eventHour: number): number =>
  eventHour < 0 ? AGE_UNKNOWN : Math.max(0, Math.min(AGE_OLDEST, lastHour(window) - eventHour));

/** A token of zeros says that the event names no gateway. */
const gatewayOf = (window: GateWindow, bytes: Uint8Array, at: number): number => {
  for (let i = 0; i < TOKEN_BYTES; i++) if (bytes[at + i] !== 0) return internToken(window.gateways, bytes, at);
  return UNKNOWN_GATEWAY;
};

const growRows = (window: GateWindow, rows: number): void => {
  window.subject = grown(window.subject, rows);
  window.tuple = grown(window.tuple, rows);
  window.event = grown(window.event, rows * TOKEN_WORDS);
  window.source = grown(window.source, rows);
  window.offset = grown(window.offset, rows);
  window.age = grown(window.age, rows);
  window.fresh = grown(window.fresh, rows);
  if (window.gateway.length > 0) window.gateway = grown(window.gateway, rows);
  if (window.sensitive.length > 0) window.sensitive = grown(window.sensitive, rows);
  if (window.next.length > 0) window.next = grown(window.next, rows);
};

const hash = (subject: number, tuple: number): number => {
  const mixed = Math.imul(subject, 0x9e3779b1) ^ Math.imul(tuple, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
};

const findSlot = (window: GateWindow, subject: number, tuple: number, hashed: number): number => {
  const { slots } = window;
  const mask = slots.length - 1;
  for (let slot = hashed & mask; ; slot = (slot + 1) & mask) {
    const found = slots[slot]!;
    if (found === 0) return slot;
    if (((found ^ hashed) & ~mask) !== 0) continue;
    const row = (found & mask) - 1;
    if (window.subject[row] === subject && window.tuple[row] === tuple) return slot;
  }
};

/**
 * Keeps three slots of four for rows, also for those that have none because they are chained: row numbers must fit below the
 * hash bits. Takes rows in the order in which they came, since the first of a (subject, tuple) leads its chain.
 */
const growIndex = (window: GateWindow): void => {
  if (window.count * 4 <= window.slots.length * 3) return;
  window.slots = new Int32Array(window.slots.length * 2);
  const mask = window.slots.length - 1;
  for (let row = 0; row < window.count; row++) {
    const hashed = hash(window.subject[row]!, window.tuple[row]!);
    const slot = findSlot(window, window.subject[row]!, window.tuple[row]!, hashed);
    if (window.slots[slot] === 0) window.slots[slot] = (hashed & ~mask) | (row + 1);
  }
};
