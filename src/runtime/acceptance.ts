import { createHash } from 'node:crypto';
import { type Change, diffPolicies } from '../policy/diff.ts';
import type { PlanTexts } from './plan-store.ts';
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
