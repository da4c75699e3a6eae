import { ACTOR_BYTES, type CandidateColumns, TOKEN_BYTES } from '../model/candidate.ts';
import { subjectOf, writeActor } from './actors.ts';
import { TOKEN_WORDS, type TokenTable, writeToken } from './tokens.ts';
import { AGE_UNKNOWN, type GateWindow, lastHour, UNKNOWN_GATEWAY } from './window.ts';

const tokensOf = (table: TokenTable, ids: Int32Array, rows: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(rows.length * TOKEN_BYTES);
  rows.forEach((row, at) => {
    if (ids[row] !== UNKNOWN_GATEWAY) writeToken(table.words, ids[row]! * TOKEN_WORDS, bytes, at * TOKEN_BYTES);
  });
  return bytes;
};

const peopleOf = (window: GateWindow, rows: readonly number[]): Pick<CandidateColumns, 'subject' | 'actor'> => {
  const { subjects, actors, subject } = window;
  if (actors === null) return { subject: tokensOf(subjects, subject, rows), actor: new Uint8Array(0) };
  const tokens = new Uint8Array(rows.length * TOKEN_BYTES);
  const actor = new Uint8Array(rows.length * ACTOR_BYTES);
  for (const [at, row] of rows.entries()) {
    writeToken(subjects.words, subjectOf(actors, subject[row]!) * TOKEN_WORDS, tokens, at * TOKEN_BYTES);
    writeActor(actors, subject[row]!, actor, at * ACTOR_BYTES);
  }
  return { subject: tokens, actor };
};

const eventsOf = (window: GateWindow, rows: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(rows.length * TOKEN_BYTES);
  for (const [at, row] of rows.entries()) writeToken(window.event, row * TOKEN_WORDS, bytes, at * TOKEN_BYTES);
  return bytes;
};

/**
 * Rows of a window as candidates that, offered again to an empty window, leave it with these rows. What the window does
 * not keep stands in by a value that means the same to it: the window's start for the append time, zeros for codes below
 * the start level.
 */
const columnsOf = (window: GateWindow, rows: readonly number[]): CandidateColumns => {
  const width = window.scratch.length - 1;
  const start = new Uint8Array(rows.length);
  const codes = new Int32Array(rows.length * width);
  rows.forEach((row, at) => {
    const tuple = window.tuple[row]! * (width + 1);
    start[at] = window.tuples.codes[tuple]!;
    codes.set(window.tuples.codes.subarray(tuple + 1, tuple + 1 + width), at * width);
  });
  const hours = lastHour(window);
  return {
    view: window.view.index,
    count: rows.length,
    source: Int32Array.from(rows, (row) => window.source[row]!),
    offset: Float64Array.from(rows, (row) => window.offset[row]!),
    appendMs: new Float64Array(rows.length).fill(window.startMs),
    eventHour: Int32Array.from(rows, (row) => (window.age[row] === AGE_UNKNOWN ? -1 : Math.max(0, hours - window.age[row]!))),
    ...peopleOf(window, rows),
    event: eventsOf(window, rows),
    gateway: window.gateway.length > 0 ? tokensOf(window.gateways, window.gateway, rows) : new Uint8Array(0),
    start,
    codes,
    sensitive: window.sensitive.length > 0 ? Int32Array.from(rows, (row) => window.sensitive[row]!) : new Int32Array(0),
  };
};

/** Every survivor of a window. */
export const survivorsOf = (window: GateWindow): CandidateColumns =>
  columnsOf(
    window,
    Array.from({ length: window.count }, (_, row) => row),
  );

/** The survivors written since the last call; null when there are none. A survivor that is replaced is written anew. */
export const takeFresh = (window: GateWindow): CandidateColumns | null => {
  const rows: number[] = [];
  for (let row = 0; row < window.count; row++) if (window.fresh[row] === 1) rows.push(row);
  window.fresh.fill(0);
  return rows.length === 0 ? null : columnsOf(window, rows);
};
