import { createHash } from 'node:crypto';
import { type Change, diffPolicies, loosens } from '../policy/diff.ts';
import type { PlanStore, PlanTexts } from './plan-store.ts';
import { sideOf } from './policy-side.ts';

/** A plan beside the one before: what differs, and by which digest somebody accepts just that. */
export interface PlanDiff {
  /** Digests of the plans. */
  readonly before: string;
  readonly after: string;
  readonly changes: readonly Change[];
  readonly acceptance: string;
}

/** A plan as files or a folder of kept plans have it. */
export interface PlanOf {
  readonly digest: string;
  readonly texts: PlanTexts;
}

/**
 * SHA-256 in hex of both digests and of every code and path that loosens: whoever names it has seen these changes, of just
 * these two plans. Another change, and another text of either, give another one.
 */
const acceptanceOf = (before: string, after: string, changes: readonly Change[]): string => {
  const told = changes.filter(({ kind }) => kind === 'loosens').map(({ code, path }) => `${code} ${path}\n`);
  const lines = [...new Set(told)].sort();
  return createHash('sha256')
    .update(`unjoin acceptance 1\n${before}\n${after}\n${lines.join('')}`)
    .digest('hex');
};

/** Compares two plans; null when one of them is no policy that could be read. */
export const diffPlans = (before: PlanOf, after: PlanOf): PlanDiff | null => {
  const [from, to] = [sideOf(before.texts), sideOf(after.texts)];
  if (from === null || to === null) return null;
  const changes = before.digest === after.digest ? [] : diffPolicies(from, to);
  return { before: before.digest, after: after.digest, changes, acceptance: acceptanceOf(before.digest, after.digest, changes) };
};

/** Somebody's word that what loosens from one plan to another is wanted. */
export interface Acceptance {
  /** Of `diffPlans`. */
  readonly digest: string;
  readonly by: string;
  readonly why: string;
}

/** Whether a service may go on with another plan, and who answers for it where that is needed. */
export type Passage =
  | { readonly isOpen: true; readonly acceptance: Acceptance | null }
  /** Null: the plan before is not to be had, so that nobody can tell what it was. */
  | { readonly isOpen: false; readonly diff: PlanDiff | null };

/** Judges each step from one plan that was kept to another; by digests. */
export type Border = (before: string, after: string) => Passage;

const differing = (store: PlanStore, before: string, after: string): PlanDiff | null => {
  const [from, to] = [store.texts(before), store.texts(after)];
  return from === null || to === null ? null : diffPlans({ digest: before, texts: from }, { digest: after, texts: to });
};

/**
 * Nothing that loosens passes but by an acceptance of just that. `accepted` is asked each time, for what counts under the plan
 * before; comparing is not done twice.
 */
export const createBorder = (store: PlanStore, accepted: (before: string) => readonly Acceptance[]): Border => {
  const known = new Map<string, PlanDiff>();
  return (before, after) => {
    if (before === after) return { isOpen: true, acceptance: null };
    const diff = known.get(`${before} ${after}`) ?? differing(store, before, after);
    if (diff === null) return { isOpen: false, diff };
    known.set(`${before} ${after}`, diff);
    if (!loosens(diff.changes)) return { isOpen: true, acceptance: null };
    const acceptance = accepted(before).find(({ digest }) => digest === diff.acceptance);
    return acceptance === undefined ? { isOpen: false, diff } : { isOpen: true, acceptance };
  };
};
