import { createHash } from 'node:crypto';
import type { DatasetPlan } from '../../model/dataset.ts';
import type { Plan } from '../../model/plan.ts';
import { parsePolicy } from '../../policy/parse.ts';
import { decodeAuditLine } from '../../record/audit.ts';
import { isNamedByLog } from '../dataset/guarding.ts';
import type { PlanTexts } from '../plan-store.ts';

/** Digests of the policies that decided the windows of a view that end at a time, ms; none: nobody says so any more. */
export type Deciders = (view: string, windowEndMs: number) => ReadonlySet<string>;

const NOBODY: ReadonlySet<string> = new Set();

/** Reads them from the audit lines of all tasks. */
export const readDeciders = async (lines: AsyncIterable<string>): Promise<Deciders> => {
  const byWindow = new Map<string, Set<string>>();
  for await (const text of lines) {
    const line = decodeAuditLine(text);
    if (!line.ok) continue;
    const { view, windowEnd, policy } = line.value;
    const name = `${view} ${windowEnd}`;
    byWindow.set(name, (byWindow.get(name) ?? new Set()).add(policy));
  }
  return (view, windowEndMs) => byWindow.get(`${view} ${windowEndMs}`) ?? NOBODY;
};

/** A policy with every text that its plan was made of. */
export interface KeptPlan {
  readonly plan: Plan;
  readonly texts: PlanTexts;
}

/**
 * SHA-256 hex over all that the texts of a view's tuples mean: attributes, path, and every ladder of the policy, used or not; null where it
 * has no such view, or not every text.
 */
export const meaningOf = ({ plan, texts }: KeptPlan, name: string): string | null => {
  const view = plan.views.find((one) => one.name === name);
  if (view === undefined) return null;
  const ladders = parsePolicy(texts.policy, '').policy?.ladders ?? {};
  const tables = Object.values(ladders).flatMap((ladder) => ('table' in ladder ? [texts.files.get(ladder.table)] : []));
  if (tables.includes(undefined)) return null;
  const climbs = view.attributes.map((index) => {
    const { name: attribute, ladder } = plan.events[view.event].attributes[index];
    return [attribute, ladder.name];
  });
  const meaning = [view.path, climbs, Object.entries(ladders), tables, texts.ip];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
};

/**
 * Says of which windows the texts mean what they mean by a policy: all who decided them had the same meaning. `kept` gives a policy by
 * its digest, null where nobody has it any more.
 */
export const readableBy = (
  own: KeptPlan,
  deciders: Deciders,
  kept: (digest: string) => KeptPlan | null,
): ((view: string, windowEndMs: number) => boolean) => {
  const known = new Map<string, string | null>();
  const meaning = (digest: string, view: string): string | null => {
    const name = `${view} ${digest}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const of = digest === own.plan.digest ? own : kept(digest);
    const made = of === null ? null : meaningOf(of, view);
    known.set(name, made);
    return made;
  };
  return (view, windowEndMs) => {
    const all = deciders(view, windowEndMs);
    const wanted = meaning(own.plan.digest, view);
    return all.size > 0 && [...all].every((digest) => wanted !== null && meaning(digest, view) === wanted);
  };
};

/**
 * Says of which windows of a view all who decided them held what left to an index of the dataset that the control log named, at the kMap
 * of this policy or more.
 */
export const guardedBy = (
  own: KeptPlan,
  deciders: Deciders,
  kept: (digest: string) => KeptPlan | null,
  { name, basis }: Pick<DatasetPlan, 'name' | 'basis'>,
): ((view: string, windowEndMs: number) => boolean) => {
  const known = new Map<string, Plan | null>([[own.plan.digest, own.plan]]);
  const planOf = (digest: string): Plan | null => {
    const plan = known.get(digest);
    if (plan !== undefined) return plan;
    const found = kept(digest)?.plan ?? null;
    known.set(digest, found);
    return found;
  };
  const kMapIn = (plan: Plan, view: string): number =>
    plan.datasets
      .find((dataset) => dataset.name === name && dataset.basis === basis)
      ?.guards.find((guard) => plan.views[guard.view].name === view)?.kMap ?? 0;
  return (view, windowEndMs) => {
    const all = [...deciders(view, windowEndMs)].map(planOf);
    const wanted = kMapIn(own.plan, view);
    return all.length > 0 && wanted > 0 && all.every((plan) => plan !== null && isNamedByLog(plan) && kMapIn(plan, view) >= wanted);
  };
};
