import { TOKEN_BYTES } from '../model/candidate.ts';
import type { Controls, SubjectControls } from '../model/controls.ts';
import { invariant } from '../model/invariant.ts';
import type { Plan } from '../model/plan.ts';
import { REASONS } from '../model/verdict.ts';
import { actorOf, subjectOf } from './actors.ts';
import type { Draw } from './lottery.ts';
import { createTokenTable, internToken, TOKEN_WORDS, type TokenTable, writeToken } from './tokens.ts';
import type { TupleTable } from './tuples.ts';
import { AGE_UNKNOWN, type GateWindow, lastHour } from './window.ts';

/** A window whose subjects are those whom k counts, and what control records say of its rows. */
export interface Resolved {
  readonly window: GateWindow;
  /** Verdict of a row that may not be counted; null: it is of U. */
  refusal(row: number): number | null;
}

/** Whether only the control records as of the window's end tell whose household a record is of. */
export const isBound = (plan: Plan, { view }: GateWindow): boolean =>
  view.subject === 'household' && plan.events[view.event]!.household === 'bindings';

/** By actor: the number of its subject, and the verdict that takes it away (0: none). */
interface ActorTable {
  readonly subjects: TokenTable;
  readonly subject: Int32Array;
  readonly verdict: Uint8Array;
}

const resolveBound = (actors: TupleTable, controls: SubjectControls): ActorTable => {
  const subjects = createTokenTable();
  const subject = new Int32Array(actors.count);
  const verdict = new Uint8Array(actors.count);
  for (let id = 0; id < actors.count; id++) {
    const actor = actorOf(actors, id);
    const household = controls.household(actor);
    const refusal = controls.refusal(actor) ?? (household === null ? 'no-subject' : null);
    if (refusal !== null) verdict[id] = REASONS[refusal].code;
    else subject[id] = internToken(subjects, Buffer.from(household as string, 'hex'), 0);
  }
  return { subjects, subject, verdict };
};

const resolveTold = ({ subjects }: GateWindow, actors: TupleTable, controls: SubjectControls): ActorTable => {
  const subject = new Int32Array(actors.count);
  const verdict = new Uint8Array(actors.count);
  for (let id = 0; id < actors.count; id++) {
    subject[id] = subjectOf(actors, id);
    const refusal = controls.refusal(actorOf(actors, id));
    if (refusal !== null) verdict[id] = REASONS[refusal].code;
  }
  return { subjects, subject, verdict };
};

/** Households that were not known when a location was offered are drawn for now. */
const isDrawn = (window: GateWindow, tokens: Uint8Array, subject: Int32Array, draw: Draw, row: number): boolean => {
  const age = window.age[row]!;
  return age !== AGE_UNKNOWN && draw(tokens, subject[row]! * TOKEN_BYTES, lastHour(window) - age);
};

const bytesOf = ({ words, count }: TokenTable): Uint8Array => {
  const bytes = new Uint8Array(count * TOKEN_BYTES);
  for (let id = 0; id < count; id++) writeToken(words, id * TOKEN_WORDS, bytes, id * TOKEN_BYTES);
  return bytes;
};

/**
 * Applies the control rules of section 6 as of the window's end: whose household each record is of, and who is taken away before
 * anything is counted. Control tokens end here. A window without actors is as it was.
 *
 * @param draw the location lottery, where households are told by bindings; null else: then it was held when records were offered
 */
export const resolveSubjects = (plan: Plan, window: GateWindow, controls: Controls, draw: Draw | null): Resolved => {
  const { actors } = window;
  if (actors === null) {
    // Without a control log nobody is bound, so that nobody knows whose household a record is of.
    const unbound = isBound(plan, window) ? REASONS['no-subject'].code : null;
    return { window, refusal: () => unbound };
  }
  invariant(controls.subjects !== null, 'a window with actors is decided by control records');
  const bound = isBound(plan, window);
  const {
    subjects,
    subject: byActor,
    verdict,
  } = bound ? resolveBound(actors, controls.subjects) : resolveTold(window, actors, controls.subjects);
  const subject = new Int32Array(window.count);
  for (let row = 0; row < window.count; row++) subject[row] = byActor[window.subject[row]!]!;
  const tokens = draw === null ? null : bytesOf(subjects);
  return {
    window: { ...window, subjects, subject, actors: null },
    refusal(row) {
      const refused = verdict[window.subject[row]!]!;
      if (refused !== 0) return refused;
      if (draw === null || tokens === null) return null;
      return isDrawn(window, tokens, subject, draw, row) ? null : REASONS.lottery.code;
    },
  };
};
