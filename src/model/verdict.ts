/**
 * Verdicts: what became of one (event, view). One byte each in lineage: 0..62 released at that path level, 63 released as authorised,
 * 64 and up blocked for one reason. Numbers are persisted and never reused.
 */
export const RELEASED_MAX = 63;

/**
 * Released to the authorised output of a combined-use period: finest values under a pseudonym, counted in no class. It is no path level:
 * paths have fewer.
 */
export const AUTHORISED = RELEASED_MAX;

/** Why the gate or the transform blocked. A reason means the policy worked; nobody has to act. */
export const REASONS = {
  'no-subject': {
    code: 64,
    meaning: 'the subject whom k counts cannot be told',
    remedy: 'let gateways send the household field, or bind the device',
  },
  'no-level': {
    code: 65,
    meaning: 'no level of the path has a value for every attribute',
    remedy: 'add a coarser path level, or list the value in the ladder',
  },
  future: {
    code: 66,
    meaning: 'the event time is more than 5 minutes after the append time',
    remedy: 'correct the clock of the device or gateway',
  },
  stale: { code: 67, meaning: 'a location older than 24 hours', remedy: 'none: old positions never leave' },
  lottery: {
    code: 68,
    meaning: 'the location lottery did not draw this hour for this subject',
    remedy: 'none: four hours of a day may leave',
  },
  duplicate: { code: 69, meaning: 'the same event was already counted in this window', remedy: 'none' },
  folded: { code: 70, meaning: 'the subject already has its contribution of this tuple in this window', remedy: 'raise contribution' },
  contribution: {
    code: 71,
    meaning: 'the subject already leaves its contribution of records in the released class',
    remedy: 'raise contribution',
  },
  k: {
    code: 72,
    meaning: 'the class holds fewer than k distinct subjects of whom nothing left finer, at the coarsest level',
    remedy: 'a coarser last level, a longer window, or fewer attributes',
  },
  gateways: {
    code: 73,
    meaning: 'too few gateways, or too much of the class behind one gateway',
    remedy: 'a coarser last level or a longer window',
  },
  publishers: {
    code: 74,
    meaning: 'without the subjects of a publisher that reads the view, some but fewer than k remain',
    remedy: 'take the publisher off the readers of the view',
  },
  dataset: { code: 75, meaning: 'the tuple singles out persons of a registered dataset', remedy: 'a coarser last level' },
  direct: { code: 76, meaning: 'an outgoing value is in a direct join index', remedy: 'drop the field' },
  'combined-use': { code: 77, meaning: 'a combined-use period forbids it', remedy: 'wait for the end of the period' },
  minor: { code: 78, meaning: 'a minor, or a child profile of unknown age', remedy: 'none' },
  consent: { code: 79, meaning: 'the subject denied or withdrew consent to the purpose of the view', remedy: 'none' },
  shutdown: { code: 81, meaning: 'the service was shut down before the window began', remedy: 'none' },
  destroyed: {
    code: 82,
    meaning: 'the keys of the window were destroyed before it was decided',
    remedy: 'destroy keys of an epoch when all of its windows are decided',
  },
  erased: { code: 80, meaning: 'the subject was erased', remedy: 'none' },
} as const;

export type Reason = keyof typeof REASONS;

const names = new Map<number, Reason>(Object.entries(REASONS).map(([name, entry]) => [entry.code, name as Reason]));

export const isReleased = (verdict: number): boolean => verdict <= RELEASED_MAX;

/** The reason of a blocking verdict byte; undefined when the byte is none. */
export const reasonOf = (verdict: number): Reason | undefined => names.get(verdict);

/** Verdicts that became final, as arrays; `windowStartMs` is the window of the view that the event fell in. */
export interface Verdicts {
  readonly view: number;
  readonly windowStartMs: number;
  readonly count: number;
  readonly source: Int32Array;
  readonly offset: Float64Array;
  readonly verdict: Uint8Array;
}
