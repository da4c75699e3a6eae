import type { Plan } from '../model/plan.ts';
import { AUTHORISED, isReleased, REASONS, type Reason, reasonOf } from '../model/verdict.ts';

/** Exact counts of a run; for the operator's own machine (file mode 0600), never exported. */
export interface Summary {
  readonly policy: string;
  read: number;
  noView: number;
  quarantined: number;
  /** Quarantined by fault code name. */
  readonly faults: Record<string, number>;
  readonly views: Record<string, ViewSummary>;
}

export interface ViewSummary {
  /** Records released per path level. */
  readonly released: number[];
  /** Records released of subjects who authorised a combined-use period; left out when there are none. */
  authorised?: number;
  /** Records blocked per reason; duplicates and folded repetitions among them. */
  readonly blocked: Partial<Record<Reason, number>>;
  windows: number;
  /** Distinct subjects of the smallest class released; 0 when nothing was. */
  smallestClass: number;
}

export const createSummary = (plan: Plan): Summary => ({
  policy: plan.digest,
  read: 0,
  noView: 0,
  quarantined: 0,
  faults: {},
  views: Object.fromEntries(
    plan.views.map((view) => [view.name, { released: view.path.map(() => 0), blocked: {}, windows: 0, smallestClass: 0 }]),
  ),
});

export type Counts = Pick<ViewSummary, 'released' | 'authorised' | 'blocked'>;

/** Verdict counts by byte, as released per level or as authorised, and blocked per reason. */
export const countsOf = (verdicts: Float64Array, levels: number): Counts => {
  const released = Array.from({ length: levels }, (_, level) => verdicts[level]);
  const blocked: Partial<Record<Reason, number>> = {};
  for (let byte = 0; byte < verdicts.length; byte++) {
    const reason = isReleased(byte) ? undefined : reasonOf(byte);
    if (reason !== undefined && verdicts[byte] > 0) blocked[reason] = verdicts[byte];
  }
  const authorised = verdicts[AUTHORISED];
  return { released, ...(authorised > 0 ? { authorised } : {}), blocked };
};

/** The other way: counts by verdict byte. */
export const verdictsOf = ({ released, authorised = 0, blocked }: ViewSummary): Float64Array => {
  const verdicts = new Float64Array(256);
  verdicts.set(released);
  verdicts[AUTHORISED] = authorised;
  for (const [reason, count] of Object.entries(blocked) as [Reason, number][]) verdicts[REASONS[reason].code] = count;
  return verdicts;
};

/** Adds a closed window's counts to its view. */
export const addWindow = (summary: ViewSummary, verdicts: Float64Array, smallestClass: number): void => {
  const { released, authorised = 0, blocked } = countsOf(verdicts, summary.released.length);
  for (const [level, count] of released.entries()) summary.released[level] += count;
  if (authorised > 0) summary.authorised = (summary.authorised ?? 0) + authorised;
  for (const [reason, count] of Object.entries(blocked) as [Reason, number][])
    summary.blocked[reason] = (summary.blocked[reason] ?? 0) + count;
  summary.windows++;
  if (smallestClass > 0)
    summary.smallestClass = summary.smallestClass === 0 ? smallestClass : Math.min(summary.smallestClass, smallestClass);
};

/** Reasons that say nothing about joinability: repetitions. Share released leaves them out. */
const REPETITIONS: readonly Reason[] = ['duplicate', 'folded'];

/** Records released, of those released or blocked by a rule; NaN when there were none. */
export const shareReleased = (view: ViewSummary): number => {
  const released = view.released.reduce((sum, count) => sum + count, view.authorised ?? 0);
  const blocked = (Object.keys(REASONS) as Reason[])
    .filter((reason) => !REPETITIONS.includes(reason))
    .reduce((sum, reason) => sum + (view.blocked[reason] ?? 0), 0);
  return released / (released + blocked);
};
