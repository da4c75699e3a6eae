import { authorisedPrefix } from '../model/authorised.ts';
import { TOKEN_BYTES } from '../model/candidate.ts';
import type { Controls } from '../model/controls.ts';
import type { Prf } from '../model/keys.ts';
import { brandReleased, type Released, SENSITIVE_STAR } from '../model/released.ts';
import { AUTHORISED, REASONS } from '../model/verdict.ts';
import { actorOf } from './actors.ts';
import { codesAt, permuted, shuffle } from './batch.ts';
import { isStale } from './dataset.ts';
import { prfOf } from './prf.ts';
import { isActive, type Rules } from './rules.ts';
import { createTokenTable, internToken, TOKEN_WORDS, type TokenTable, writeToken } from './tokens.ts';
import type { GateWindow } from './window.ts';

/** Whose records of a window leave to the authorised output of its period. */
export interface Authorised {
  /** Control tokens of the subjects: the same in every window of the period. */
  readonly subjects: TokenTable;
  /** By row of the window; NOBODY: not authorised. */
  readonly subject: Int32Array;
}

export const NOBODY = -1;

/**
 * Who authorised what the window is used for, as of its end; null: nobody. Of several periods that the window touches every one has to
 * be authorised, and active: the strictest holds.
 */
export const authorisedOf = ({ view, actors, subject, count, startMs, endMs }: GateWindow, controls: Controls): Authorised | null => {
  const { subjects: people } = controls;
  const periods = controls.periods.filter((period) => period.view === view.index && isActive(period, { startMs, endMs }));
  if (actors === null || people?.authorised === undefined || periods.length === 0) return null;
  if (!periods.every(({ isSuspended, mayBeAuthorised }) => !isSuspended && mayBeAuthorised === true)) return null;
  const subjects = createTokenTable();
  const byActor = new Int32Array(actors.count);
  for (let id = 0; id < actors.count; id++) {
    const actor = actorOf(actors, id);
    const named = periods.map((period) => people.authorised?.(actor, period.id) ?? null);
    const [token] = named;
    byActor[id] = token == null || named.includes(null) ? NOBODY : internToken(subjects, Buffer.from(token, 'hex'), 0);
  }
  if (subjects.count === 0) return null;
  return { subjects, subject: Int32Array.from({ length: count }, (_, row) => byActor[subject[row]!]!) };
};

/**
 * Verdict of a row whose subject authorised its use. It leaves with the finest values, so that it has to have one of each attribute; and
 * none may be one that joins directly: what it authorised is the use of its data without identifiers.
 */
export const authorisedVerdict = (rules: Rules, window: GateWindow, row: number): number => {
  if (window.tuples.codes[window.tuple[row]! * window.tuples.width] !== 0) return REASONS['no-level'].code;
  return joins(rules, window, row) ? REASONS.direct.code : AUTHORISED;
};

const joins = ({ plan, view, direct }: Rules, window: GateWindow, row: number): boolean => {
  if (direct.length === 0) return false;
  const { attributes } = plan.events[view.event]!;
  const has = (attribute: number, level: number, code: number): boolean =>
    level < attributes[attribute]!.ladder.levels.length && direct.some((index) => index.has(attribute, level, code));
  const from = codesAt(window, row, 0);
  const sensitive = view.sensitive === null ? -1 : window.sensitive[row]!;
  return (
    direct.some((index) => isStale(index, window.endMs)) ||
    view.attributes.some((attribute, i) => has(attribute, view.path[0]![i]!, window.tuples.codes[from + i]!)) ||
    (view.sensitive !== null && sensitive >= 0 && has(view.sensitive.attribute, 0, sensitive))
  );
};

/**
 * The batch of those who authorised the use, in the order in which it leaves: the tuple at level 0, the sensitive field as it is (a
 * missing one as `*`), and a pseudonym. They are in no class: nobody's k counts on them.
 *
 * @param rows those whose verdict is AUTHORISED
 * @param periodKey the key of the period, asked for only when somebody leaves under it
 */
export const releaseAuthorised = (
  rules: Rules,
  window: GateWindow,
  { subjects, subject }: Authorised,
  rows: Int32Array,
  viewKey: Prf,
  periodKey: (id: string) => Prf,
): Released | null => {
  const { view, period } = rules;
  if (rows.length === 0 || period === null) return null;
  const width = view.attributes.length;
  const codes = new Int32Array(rows.length * width);
  const sensitive = new Int32Array(view.sensitive === null ? 0 : rows.length);
  for (const [i, row] of rows.entries()) {
    const from = codesAt(window, row, 0);
    codes.set(window.tuples.codes.subarray(from, from + width), i * width);
    if (view.sensitive !== null) sensitive[i] = window.sensitive[row]! < 0 ? SENSITIVE_STAR : window.sensitive[row]!;
  }
  const pseudonyms = pseudonymsOf(
    view.name,
    subjects,
    Int32Array.from(rows, (row) => subject[row]!),
    periodKey(period),
  );
  // All are of one level, so that it orders nothing.
  const leaving = { rows, count: rows.length, verdict: new Uint8Array(window.count) };
  const order = shuffle(window, leaving, codes, sensitive, viewKey);
  return brandReleased({
    view: view.index,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    period,
    isAuthorised: true,
    count: rows.length,
    source: Int32Array.from(order, (at) => window.source[rows[at]!]!),
    offset: Float64Array.from(order, (at) => window.offset[rows[at]!]!),
    level: new Uint8Array(rows.length),
    codes: permuted(codes, order, width),
    sensitive: sensitive.length === 0 ? sensitive : permuted(sensitive, order, 1),
    pseudonym: permuted(pseudonyms, order, TOKEN_BYTES),
  });
};

/**
 * PRF under the key of the period over (view, subject): it connects the records of one subject over the whole period in one view, and
 * nothing in another view or period. It stands under the key, so nobody recomputes it, and with the key it is gone.
 */
const pseudonymsOf = (view: string, subjects: TokenTable, of: Int32Array, periodKey: Prf): Uint8Array => {
  const prefix = authorisedPrefix(view);
  return prfOf(periodKey, prefix, prefix.length + TOKEN_BYTES, of.length, (i, bytes, at) => {
    writeToken(subjects.words, of[i]! * TOKEN_WORDS, bytes, at + prefix.length);
  });
};
